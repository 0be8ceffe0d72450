"""The wordings in which people ask an interviewer for something, by intent. Pure data.

Each list is in the form of `domain.phrases`. Patterns are matched against one clause, in lower
case, without its opening politeness; nearly all are anchored, because "can we skip this?" and
"we skipped the demo" differ in how they begin. The lists are tried in this order.
"""

from __future__ import annotations

import re
from typing import Literal

from interviewer.domain.phrases import phrases

Aside = Literal["human", "stop", "skip", "repeat", "wait", "clarify", "company_question"]

# What begins a request: "could you ...", "is it okay if we ...", "I'd rather ...", "let's ...".
_ASK = (
    r"(?:(?:(?:can|could|would|will|may|might|should) (?:i|you|we|it be)|(?:do"
    r"|would) you mind|(?:is|would) (?:it|that) (?:be )?(?:okay|ok|possible|alright"
    r"|all right|fine|cool)|any (?:chance|way)|is there (?:a|any) (?:chance|way"
    r"|possibility)|i(?:'d| would| had| will|'ll|'m| am)"
    r"|i (?:really |just |do |kind of )?(?:want|need|have|wish|prefer|wonder)|i wanna"
    r"|i was (?:wondering|hoping)|i (?:do not|don'?t|cannot|can'?t)|let(?:'s| us)"
    r"|let me|how about|what if|why don'?t|can'?t|couldn'?t|please|go ahead"
    r"|do me a favou?r|you(?:'ll| will| can|'d| may)|we can|we could|if (?:we|you"
    r"|i) (?:can|could|may)|(?:be|are) (?:you|we) able|just)(?: [\w']+){0,6}? )"
)
_MACROS = {
    "ASK": _ASK,
    "NEVER_GOT": (
        r"(?:(?:did not|didn'?t|could not|couldn'?t|can'?t|cannot|don'?t|barely|hardly)"
        r"(?: \w+){0,2} (?:hear|catch|get|make out|remember|follow|recall)|only (?:got|heard"
        r"|caught)|missed|lost"
        r"|forgot|have forgotten|spaced out on|zoned out on)"
    ),
    "TALK": (
        r"(?:talk|speak|chat|deal|interview|do this|connect|be connected|get (?:connected"
        r"|through|transferred)|be (?:transferred|interviewed|put through)|transfer"
        r"(?: me)?|connect me|put me(?: through)?|patch me|hand me over|switch(?:ed)?"
        r"|reach|have|get me|meet)"
    ),
    "PERSON": (
        r"(?:"
        r"(?:a |an |the |some |your |any |another |real |actual |live |human |genuine |proper )+"
        r"(?:human|person|people|recruiter|being|representative|rep|agent|interviewer"
        r"|manager|one|employee|operator|man|woman|guy|team|hiring manager|colleague"
        r"|voice)s?(?: being)?|humans?|people|somebody|someone|anyone|anybody|hr)"
    ),
    "MACHINE": (
        r"(?:a |an |the |this |some |any |your )*(?:machine|robot|bot|computer|ai|a\.i\."
        r"|algorithm|chatbot|software|program|recording|automated \w+|voice bot"
        r"|artificial \w+)s?"
    ),
    "JOB": (
        r"(?:salary|pay|paid|compensation|wages?|money|ote|commissions?|bonus|bonuses|equity"
        r"|benefits?|perks|insurance|vacation|pto|holidays?|time off|remote(?:ly)?|hybrid"
        r"|on-?site|office|(?:work|working) from home|headquarter(?:s|ed)|hours|schedule"
        r"|shifts?|overtime|start date|visa|sponsor(?:ship)?|relocat\w+|hear back"
        r"|next steps?|next stage|hiring process|interview process|get the results?"
        r"|decision|position|role|job|company|employees|culture|team size|the team"
        r"|report to|manager|boss|probation|contract|full[- ]?time|part[- ]?time|training"
        r"|promot\w+|career path|you guys|rounds?|record(?:ing|ed)|your (?:\w+ )?(?:product"
        r"|customers|clients|competitors|company|team|offices?|platform|stack)|feedback"
        r"|interviewers?|how many people|budget|travel)"
    ),
    "WONDER": (
        r"(?:(?:what|what's|whats|how|where|when|who|which|why|is|are|do|does|will|would|can"
        r"|could|am|has|have|any)|i(?:'m| am| was)? ?(?:just |also )?(?:wondering|curious"
        r"|wonder|wanted to (?:ask|know)|(?:do )?have a question about|interested)|i(?:'d"
        r"| would) (?:like|love) to (?:know|ask|hear)|tell me(?: more)? (?:about|what|how"
        r"|if)|may i|might i)"
    ),
    "MOMENT": (r"(?:second|sec|moment|minute|min|bit|beat|breather|while|time|tick)s?"),
    "FINE": (
        r"(?: (?:please|then|now|today|instead|for now|if (?:that|you|it|possible|we).*"
        r"|thanks))*"
    ),
}

_HUMAN = r"""
^<ASK>?<TALK>(?: (?:directly|instead|over|through|on|in person))*(?: (?:to|with|by
    |from))? <PERSON>\b(?: (?:instead|please|at|from|in|on|about|for|who|not|right|now|there|here
    |rather|actual|else|do|take|conduct|interview|call).*)?$
\b(?:don'?t|do not|won'?t|not|refuse to|hate|instead of|uncomfortable|never)(?: \w+){0,4} (?:talk
    (?:ing)?|speak(?:ing)?|interviewed|answer(?:ing)?|deal(?:ing)?|do(?:ing)? this|chat(?:ting)?
    |interview(?:ing)?)(?: \w+)? (?:to|with|by|for|from) <MACHINE>\b
^(?:<ASK>|i )?(?:need|want|get|prefer|like|rather have|have|see|request|ask for|insist on)
    (?: to (?:see|have|get))? <PERSON>(?: (?:instead|please|on the line|here|for this|to (?:talk
    |speak|interview).*|interview|interviewer))*$
\b(?:rather|prefer|better|comfortable)(?: \w+)? (?:talking|speaking|chatting) (?:to
    |with) <PERSON>\b
^(?:can|could|may|will|would) <PERSON>(?: \w+){0,4} (?:call|talk|speak|interview|phone|ring
    |do this)\b
^(?:human|a human|real person|a real person|representative|operator|agent|human being)<FINE>$
\bis there (?:a |an |any |some )?(?:real |actual |live )?<PERSON>(?: \w+){0,2} (?:i|that|who|to
    |available|there|around)\b
"""

_STOP = r"""
^<ASK>?(?:stop|end|quit|terminate|finish|abort|cancel|leave|exit|wrap up|close|conclude|cut
    |break off|drop out of|withdraw from|discontinue|hang up)(?: (?:this|the|our|it|things?|here
    |now|right|there|everything|up|off|short))*(?: (?:interview|call|conversation|session|there
    |today|early|process|application|chat|immediately|at this point|right|now|here))*<FINE>$
^<ASK>?(?:not |n't )?(?:want|wish|like|going)? ?(?:to )?(?:continue|go on|keep going|carry on
    |do this|proceed|go any further)(?: (?:with|any|this|the|anymore|any more|further|longer
    |interview|it|that|right now|process))*<FINE>$
^i(?:'m| am) (?:done|finished|through|out|leaving|quitting|hanging up)(?: (?:with (?:this|the|it
    |you|all).*|here|now|of here|interviewing.*|doing this.*))$
^i(?:'m| am) (?:out|leaving|quitting|hanging up|withdrawing.*|no longer interested.*
    |not interested.*)$
^i(?:'ve| have)? ?(?:got to|to|gotta|need to|must|should|have to) (?:go|leave|run|stop|drop off
    |hang up|end)(?: (?:now|here|this|it|the interview|right now|unfortunately|soon|i'?m afraid
    |call|there))*$
^(?:goodbye|bye|bye bye|good bye|see you|i quit|stop|enough|that's enough|stop the interview
    |end interview|cancel|stop it|stop this|i give up)<FINE>$
\b(?:no longer|not) (?:interested|want)(?: in| to)? (?:this|the|be|continue|pursu\w+|go|do|apply
    |carry)\b
\bwithdraw (?:my|the) (?:application|candidacy)\b
^(?:this|it)(?: interview)? is (?:over|a waste of (?:my )?time)$
\bi (?:do not|don'?t) (?:really )?(?:want|wish|feel like|care) ?(?:to )?(?:continue|continuing|do
    (?:ing)? this|go on|going on|carry on|be interviewed|proceed|finish)(?: \w+){0,4}$
\bcall it (?:a day|quits)\b
^(?:can|could|may) (?:i|we) (?:go|leave|stop|be done|finish)(?: (?:now|here|early))*<FINE>$
"""

_SKIP = r"""
^<ASK>?(?:skip|pass(?: on)?|bypass|drop|leave(?: out)?|move past|jump over|jump past)(?: (?:ahead
    |forward|over|to|on|past))*(?: (?:this|that|it|the|these|your))?(?: (?:one|question|topic|part
    |bit|next|thing|last))*(?: (?:out|and (?:move|go|come back).*|question|one|entirely|altogether
    |alone|on this|on that))*<FINE>$
^<ASK>?(?:move|go|carry|continue|proceed|get|jump|switch)(?: (?:on|along|ahead|forward|over))*
    (?: (?:to|with|onto))? ?(?:the |another |a )?(?:next|different|other|following|on
    |something else|another)(?: (?:one|question|topic|thing|from (?:this|that|here).*))*<FINE>$
^(?:next|next one|next question|the next one|pass|skip|hard pass|skip it|skip this|i pass
    |i'?ll pass|no comment|move on|let'?s move on)(?: (?:question|on (?:this|that).*))*<FINE>$
^(?:i(?:'d| would| do)? ?)?(?:really |just )?(?:rather|prefer|want|like|choose|don'?t|do)?(?: to
    | do)? ?(?:not|n't)?(?: want| like| wish| have| feel comfortable| prefer| care)*(?: to
    | any)? ?(?:not )?(?:answer|answering|talk about|talking about|discuss|discussing|comment on
    |get into|go into|sharing)(?: (?:to|about|that|this|it|the|your|one|question|here|on|these
    |those))+<FINE>$
\bi(?:'d| would) (?:rather|prefer) not(?: \w+){0,4}$
\bi(?:'m| am) not (?:comfortable|willing|going to|gonna)(?: (?:with|to|answer(?:ing)?|discuss
    (?:ing)?|shar(?:e|ing)|talk(?:ing)?|about|that|this|it|one|question|the))*<FINE>$
^<ASK>?(?:ask|give|try|have) (?:me )?(?:something else|another question|a different (?:question
    |one)|a new question|the next (?:one|question)|another one)\b
\b(?:next question|skip (?:this|that|it|the question))<FINE>$
^<ASK>?(?:come|circle|get|go) back to (?:this|that|it)(?: (?:one|question))?(?: (?:later
    |at the end|another time).*)?$
^(?:i (?:can'?t|cannot) answer (?:that|this|it)(?: one| question)?|not answering (?:that|this).*
    |that(?:'s| is) (?:too )?(?:private|personal|none of your business))$
"""

_REPEAT = r"""
^<ASK>?(?:repeat|rephrase|restate|reread|re-read|read|say|ask|state|run|go over|hear|have|put
    |saying|repeating|rephrasing|reading|going over|asking)(?: me| to me)? ?(?:that|this|it
    |the (?:\w+ )?question|your (?:\w+ )?question|yourself|what you (?:just )?said)?(?: (?:for me
    |to me|by me|out|back|over|through|all|just|once|to|from the top|please))* (?:again|once more
    |one more time|another time|a second time|over|twice|slower|more slowly|louder|by me)\b
^<ASK>?(?:repeat|restate|repeating)(?: (?:that|this|it|the|your|yourself|what|please|for|again
    |question)\b.*)?$
\b(?:what|which)(?: exactly)?(?: was|'s| is| were)(?: that| it)?(?: the| your)? ?
    (?:last |first |original |exact |full )?(?:question|again|one more time|you (?:just )?(?:said
    |asked|say|ask))\b
^what (?:did|do) you (?:just )?(?:say|ask|want to know)(?: \w+){0,3}$
^what are you asking(?: me)?(?: again)?$
\b(?:come again|say again|once more|one more time|run that by me|how was that|what was that)\b
\bi (?:really |just |completely |totally |sort of |kind of |honestly |think i )?<NEVER_GOT> (?:that
    |you|it|a word|any of|what you (?:said|asked|were saying)|what (?:the|your) question
    |the (?:\w+ )*(?:question|part|bit|end|beginning|half|words?)|your (?:last |whole )?question
    |all of|most of|half of|some of)(?: \w+){0,6}$
\b(?:you|your (?:voice|audio|sound|mic)|the (?:sound|audio|line|connection)|it)(?: just| kind of
    | all)? (?:cut|cuts|broke|breaks|froze|dropped|(?:is|was|were|are) (?:breaking|cutting)|went
    |got)(?: \w+)? ?(?:out|up|off|silent|quiet|dead|muffled|choppy|garbled)\b
\b(?:can'?t|cannot|couldn'?t) hear you\b
^(?:what|huh|sorry|pardon|pardon me|excuse me|eh|hm|say what|beg your pardon|i beg your pardon
    |again)$
^<ASK>?(?:start (?:over|again)|begin again)<FINE>$
^<ASK>?speak (?:up|louder|more slowly|slower)\b
"""

_WAIT = r"""
\b(?:give|gimme|grant|spare|allow|lend) ?(?:me|us)?(?: just| like)? (?:a|one|another|half a|some
    |two|a few|a couple(?: of)?|thirty|ten|five)? ?(?:more )?
    (?:quick |short |little |brief )?<MOMENT>\b(?! chance)
^(?:just |hang on |hold on |wait )*(?:one|a|just a|half a|two|a few|another) (?:quick )?(?:second
    |sec|moment|minute|min|tick)s?\b(?: (?:to|while|i need|i have|i'?m|my) .*)?<FINE>$
^(?:hold on|hang on|wait|hold up|hang tight|bear with me|stand by|one sec|just a sec)(?: (?:a|one
    |for|there|just|please|up|while|let|on|i)\b.*)?$
^(?:let me|lemme|i'?ll|i(?:'d| would) like to|i (?:need|want|have) to|i just need to|i'?m going to
    |i'?m gonna|i'?m) (?:just )?(?:quickly )?(?:have a )?(?:think|thinking|still thinking|gather
    |collect|organi[sz]e|consider|reflect|see|remember|recall|pause|take a (?:moment|second|minute
    |sip|breath|drink|beat)|get (?:some|a glass of|my) \w+|grab|close (?:the|my)|mull|sort|compose
    |process that|ponder)(?: (?:about|of|for|on|my|it|that|this|a|an|the|here|over|through
    |thoughts?|now|please|second|moment|minute|sec|bit|first|one|out|all|some|how|what|glass|water
    |sip|door|window|notes?|ideas?|head|example|good|question|to|say|put|in|with|is|myself))*$
^<ASK>?(?:take|have|get|need|use)(?: \w+){0,2} <MOMENT>\b(?: (?:to|please|before|and|for
    |here)\b.*)?$
^i (?:just )?need (?:a |some |more |just |to )*(?:<MOMENT>|think)\b
^(?:thinking|still thinking|one moment|not yet)$
\bi(?:'m| am) (?:still |just )?(?:thinking|not (?:ready|done) yet)\b(?: \w+){0,3}$
"""

_COMPANY_QUESTION = r"""
^<WONDER>\b.*\b<JOB>\b
\bhow much (?:does|do|would|will|is|are) (?:it|this|you|i|the|that)\b
\bhow big (?:is|are)\b
^what (?:does|do|is) (?:your|the|this) (?:company|firm|business|product)\b
^(?:are|is) you(?:r|re)? (?:company )?(?:hiring|remote)\b
^are you (?:a |an |actually |really )*(?:robot|bot|ai|human|real|machine|computer|person|chatbot
    |recording)\b
^(?:am i (?:talking|speaking) (?:to|with)|is this) (?:a |an )?(?:real |actual |live )?(?:robot|bot
    |ai|human|machine|computer|person|recording|chatbot)\b
^who (?:is|are|will|would) (?:you|i|be|watching|listening|reading|seeing)\b
^when (?:will|would|do|can|should) i (?:hear|know|start|expect|find)\b
^how (?:long|many)(?: more| other)? (?:questions?|is (?:this|the) interview|does (?:this
    |the) (?:interview|take)|will this)\b
^how (?:much (?:longer|time)|long (?:is|does|will|would) (?:this|it|the interview))\b
^what (?:happens|comes|is) (?:after|next)\b
^(?:when|how|who)(?: \w+){0,2} (?:decide|decides|make the decision)\b(?! (?:which|what|to|on))
^where (?:are you|is (?:the|your)|would i|will i)\b
^(?:can|do|will|would) i (?:work|get|have) (?:from home|a laptop|to travel|to relocate)
"""

_CLARIFY = r"""
\bwhat (?:do|did|would) you mean\b
\bwhat(?:'s| is| was|s)? ?(?:exactly )?(?:meant|that mean|it mean)\b
\bwhat (?:does|do|did)(?: [\w-]+){1,4} (?:mean|stand for|refer to)\b
\bwhat (?:is|are|'s) (?:that|this|it) supposed to mean\b
^<ASK>(?:clarify|explain|rephrase|reword|define|simplify|elaborate(?: a bit)? on (?:that|the|your)
    |be (?:a bit |a little )?(?:more )?(?:specific|precise|clear(?:er)?)|expand on (?:that|the
    |your)|unpack|break (?:that|it|the question) down|put (?:that|it) (?:differently|another way
    |in (?:other|simpler|plain) words)|say (?:that|it) (?:differently|in (?:other|simpler) words)
    |give me an example of what you|tell me what you mean)\b
^(?:clarify|explain|define|rephrase|reword)\b(?: \w+){0,7}$
\bi (?:really |just |honestly |still )?(?:do not|don'?t|didn'?t|did not|can'?t)
    (?: \w+){0,2} (?:understand|get|follow) (?:you|it|that|this|the (?:\w+ )?(?:question|term
    |word|part)|your question|what (?:you|that|the|it|your|this)\b)(?: \w+){0,8}$
\bi(?:'m| am) (?:a bit |a little |kind of |so |just )?
    (?:not (?:quite |really |entirely |totally )?(?:sure|clear|certain)(?: i (?:understand|follow
    |get))? ?(?:on |about )?(?:what (?:you|that|the|it)|how|which|the question|your question
    |that question)|confused|unsure what|unclear|lost$|not (?:following|familiar with (?:the
    |that) (?:term|word)|with you))
^(?:do|did) you (?:just )?(?:mean|want)\b
^(?:are|were) you (?:asking|talking|referring|looking)\b
^you mean\b.*\?$
^(?:what|which) (?:kind|sort|type)s? of (?:\w+ ){0,3}(?:do you|are you|would you|should i
    |did you)\b
\bwhen you say\b.*\b(?:what|do you|is that)\b
^in what (?:sense|way|context|regard)\b
^(?:like|such as) what\b
^what (?:do|are) you (?:looking for|want(?:ing)?|after|getting at)\b
^(?:does|do) (?:it|this|that|they) (?:have|need) to be\b
^(?:can|could|should|must|may) (?:it|this|that|i) (?:be (?:a|an|any|something|from|personal)
    |use (?:a|an|any|something)|pick (?:a|an|any)|talk about (?:a|an|any|something)|choose
    |give an example from)\b
^(?:what'?s|what is|what are|whats) (?:a |an |the )?(?!.*\b<JOB>\b)[\w-]+(?: [\w-]+)?\?$
^is (?:that|it|this) (?:about|a question about|the same as|supposed)\b
\bi(?:'ve| have) never heard (?:of )?(?:that|the) (?:term|word|expression)\b
\bi (?:don'?t|do not) know what (?:that|you|this|the question|your question|\w+ (?:is|are
    |means?))\b(?: \w+){0,5}$
^i (?:do not|don'?t|can'?t|cannot) (?:quite |really )?follow$
\bhow (?:do you mean|detailed|long should)\b
\bwhat exactly (?:are|do|did|would) you (?:want|asking|mean|like|looking|need|ask)\b
"""

ASIDES: dict[Aside, tuple[re.Pattern[str], ...]] = {
    "human": phrases(_HUMAN, _MACROS),
    "stop": phrases(_STOP, _MACROS),
    "skip": phrases(_SKIP, _MACROS),
    "repeat": phrases(_REPEAT, _MACROS),
    "wait": phrases(_WAIT, _MACROS),
    "clarify": phrases(_CLARIFY, _MACROS),
    "company_question": phrases(_COMPANY_QUESTION, _MACROS),
}
