"""What a candidate's turn was meant as, read by rules. Pure.

A turn is cut into clauses, and each clause is an aside (a request to the interviewer), filling
(politeness, hesitation) or content. Content makes an answer: who asks *and* answers has answered.
The rules look at how a clause begins, because what separates "can we skip this?" from "we skipped
the demo" is who is asked to do what. Where words alone cannot tell, the confidence says so, and
`llm.intents` asks the model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Intent = Literal[
    "answer",
    "repeat",
    "clarify",
    "company_question",
    "wait",
    "skip",
    "human",
    "stop",
    "silence",
]


@dataclass(frozen=True, slots=True)
class Reading:
    """`confidence`: 0 to 1; under 0.8 somebody who understands the words should look."""

    intent: Intent
    confidence: float


# Words of content beside an aside ...
_FEW = 6  # ... that are only its wrapping
_SOME = 22  # ... that may be its reason, said before it
_ALWAYS_ANSWER = 45  # words in a turn: nobody asks so long without answering
_PLAIN_ANSWER = 12  # words in a turn without any sign of an aside

_FILLING = (
    r"(?:u+[hm]+|e+r+m*|h+m+|m+h*m+|mm-?hmm?|uh-?huh|ah+|oh+|okay|ok|alright|all right|right|well|so|"
    r"yeah|yes|no|and|but|then|now|just|like|sure|sorry|i'?m (?:so |very |really )?sorry|"
    r"my apologies|apologies|i apologi[sz]e|excuse me|pardon(?: me)?|please|thanks|thank you|"
    r"hey|hi|hello|actually|honestly|basically|listen|look|you know what|you know|i mean|"
    r"good question|great question|that'?s a (?:good|great|tough|hard) (?:one|question)|"
    r"wow|gosh|man|maybe|perhaps|kindly|real quick|quickly|quick question|first|before that|"
    r"before i answer(?: that)?|before we (?:go on|continue|move on))"
)
_LEAD = re.compile(rf"^(?:(?:{_FILLING})\b[\s,.!-]*)+")
_ONLY_FILLING = re.compile(rf"^(?:(?:{_FILLING})\b[\s,.!?…-]*)*$")
_CLAUSES = re.compile(r"(?<=[.?!;…])\s+|,\s+|\s+[-–—]+\s+")

# "could you ...", "would it be possible to ...", "I'd like you to ...", "I was wondering if ..."
_ASK = (
    r"(?:(?:(?:can|could|would|will|may|might|should) (?:i|you|we|it be)|do you mind|would you mind|"
    r"(?:is|would) (?:it|that) (?:be )?(?:okay|ok|possible|alright|all right|fine|cool)|"
    r"any (?:chance|way)|is there (?:a|any) (?:chance|way|possibility)|"
    r"i(?:'d| would| had| will|'ll|'m| am)|i (?:really |just |do |kind of )?(?:want|need|have|wish|prefer|wonder)|"
    r"i wanna|i was (?:wondering|hoping)|i (?:do not|don'?t|cannot|can'?t)|let(?:'s| us)|let me|how about|"
    r"what if|why don'?t|can'?t|couldn'?t|please|go ahead|do me a favou?r|you(?:'ll| will| can|'d| may)|"
    r"we can|we could|if (?:we|you|i) (?:can|could|may)|(?:be|are) (?:you|we) able|just)"
    r"(?: [\w']+){0,6}? )"
)
_QUESTION_WORD = r"(?:question|part|bit|prompt|topic|thing|last part)"

_REPEAT = (
    rf"{_ASK}?(?:repeat|rephrase|restate|reread|re-read|read|say|ask|state|run|go over|hear|have|put)"
    r"(?: me| to me)? ?(?:that|this|it|the (?:\w+ )?question|your (?:\w+ )?question|yourself|what you (?:just )?said)?"
    r"(?: (?:for me|to me|by me|out|back|over|through|all|just|just once|to|from the top|please))*"
    r" (?:again|once more|one more time|another time|a second time|over|twice|slower|more slowly|louder|by me)\b",
    rf"^{_ASK}?(?:repeat|restate)(?: (?:that|this|it|the|your|yourself|what|please|for|again|question)\b.*)?$",
    r"\b(?:what|which)(?: exactly)?(?: was|'s| is| were)(?: that| it)?(?: the| your)? ?(?:last |first |original |exact |full )?"
    r"(?:question|again|one more time|you (?:just )?(?:said|asked|say|ask))\b",
    r"^what (?:did|do) you (?:just )?(?:say|ask|want to know)(?: \w+){0,3}$",
    r"^what are you asking(?: me)?(?: again)?$",
    r"\b(?:come again|say again|once more|one more time|run that by me|how was that|what was that)\b",
    r"\bi (?:really |just |completely |totally |sort of |kind of |honestly |think i )?(?:(?:did not|didn'?t|could not|couldn'?t|"
    r"can'?t|cannot|don'?t|barely|hardly)(?: \w+){0,2} (?:hear|catch|get|make out|remember|follow|recall)|missed|lost|forgot|"
    r"have forgotten|spaced out on|zoned out on) "
    r"(?:that|you|it|a word|any of|what you (?:said|asked|were saying)|what (?:the|your) question|the (?:\w+ )*(?:question|part|bit|end|"
    r"beginning|half|words?)|your (?:last |whole )?question|all of|most of|half of|some of)(?: \w+){0,6}$",
    r"\b(?:you|your (?:voice|audio|sound|mic)|the (?:sound|audio|line|connection)|it)(?: just| kind of| all)? (?:cut|cuts|broke|breaks|"
    r"froze|dropped|is (?:breaking|cutting)|was (?:breaking|cutting)|were (?:breaking|cutting)|went|got)(?: \w+)? ?(?:out|up|off|silent|"
    r"quiet|dead|muffled|choppy|garbled)\b",
    r"\b(?:i )?(?:can'?t|cannot|couldn'?t) hear you\b",
    r"^(?:what|huh|sorry|pardon|pardon me|excuse me|eh|hm|say what|come again|beg your pardon|i beg your pardon|again)$",
    r"\bspeak (?:up|louder|more slowly|slower)\b",
)
_CLARIFY = (
    r"\bwhat (?:do|did|would) you mean\b", r"\bwhat(?:'s| is| was|s)? ?(?:exactly )?(?:meant|that mean|it mean)\b",
    r"\bwhat (?:does|do|did)(?: [\w-]+){1,4} (?:mean|stand for|refer to)\b",
    r"\bwhat (?:is|are|'s) (?:that|this|it) supposed to mean\b",
    rf"^{_ASK}(?:clarify|explain|rephrase|reword|define|simplify|elaborate(?: a bit)? on (?:that|the|your)|be (?:a bit |a little )?(?:more )?"
    r"(?:specific|precise|clear(?:er)?)|expand on (?:that|the|your)|unpack|break (?:that|it|the question) down|put (?:that|it) (?:differently|"
    r"another way|in (?:other|simpler|plain) words)|say (?:that|it) (?:differently|in (?:other|simpler) words)|give me an example of "
    r"what you|tell me what you mean)\b",
    rf"^(?:clarify|explain|define|rephrase|reword)\b(?: \w+){{0,7}}$",
    r"\bi (?:really |just |honestly |still )?(?:do not|don'?t|didn'?t|did not|can'?t)(?: \w+){0,2} (?:understand|get|follow|see)"
    r" (?:you|it|that|this|the (?:\w+ )?(?:question|term|word|part)|your question|what (?:you|that|the|it|your|this)\b)(?: \w+){0,8}$",
    r"\bi(?:'m| am) (?:a bit |a little |kind of |so |just )?(?:not (?:quite |really |entirely |totally )?(?:sure|clear|certain)(?: i (?:understand|"
    r"follow|get))? ?(?:on |about )?(?:what|how|which|the question|your question|that question)|confused|lost|unsure what|unclear|"
    r"not (?:following|familiar with (?:the|that) (?:term|word)|with you))\b",
    r"^(?:do|did) you mean\b", r"^(?:are|were) you (?:asking|talking|referring|looking)\b", r"^you mean\b.*\?$",
    r"^(?:what|which) (?:kind|kinds|sort|type|types) of (?:\w+ ){0,3}(?:do you|are you|would you|should i|did you)\b",
    r"^in what (?:sense|way|context|regard)\b", r"^(?:like|such as) what\b", r"^what (?:do|are) you (?:looking for|want(?:ing)?|after|getting at)\b",
    r"^(?:does|do) (?:it|this|that|they) (?:have|need) to be\b", r"^(?:can|could|should|must|may) (?:it|this|that|i) (?:be (?:a|an|any|"
    r"something|from|personal)|use (?:a|an|any|something)|pick (?:a|an|any)|talk about (?:a|an|any|something)|choose|give an example from)\b",
    r"^(?:what'?s|what is|what are|whats|who is|who'?s) (?:a |an |the )?[\w-]+(?: [\w-]+)?(?: mean)?\?$",
    r"^is (?:that|it|this) (?:about|a question about|the same as|supposed)\b", r"\bi(?:'ve| have) never heard (?:of )?(?:that|the) (?:term|word|expression)\b",
    r"\bi (?:don'?t|do not) know what (?:that|you|this|the question|your question|\w+ (?:is|are|means?))\b(?: \w+){0,5}$",
    r"\bcould you be more (?:specific|precise|clear)\b", r"\bhow (?:so|do you mean|detailed|long should)\b",
    r"\bwhat exactly (?:are|do|did|would) you (?:want|asking|mean|like|looking|need|ask)\b",
)
_JOB = (
    r"(?:salary|pay|paid|compensation|wages?|money|ote|commissions?|bonus|bonuses|equity|benefits?|perks|insurance|vacation|pto|holidays?|"
    r"time off|remote(?:ly)?|hybrid|on-?site|office|work from home|working from home|headquarters|headquartered|hours|schedule|shifts?|overtime|"
    r"start date|visa|sponsor(?:ship)?|relocat\w+|hear back|next steps?|next stage|hiring process|interview process|process after|"
    r"get the results?|decision|decide|position|role|job|company|employees|culture|team size|the team|report to|manager|"
    r"boss|probation|contract|full[- ]?time|part[- ]?time|training|promotion|career path|you guys|your (?:product|customers|clients|competitors|"
    r"company|team|office|offices|platform|tech stack|stack)|rounds?|recording|recorded|feedback|interviewers?|how many people|budget|travel)"
)
_ASKS = (
    r"^(?:what|what's|whats|how|where|when|who|which|why|is|are|do|does|will|would|can|could|am|has|have|any)\b"
)
_WONDERS = (
    r"^(?:i (?:was|am|'m)?(?:'m)? ?(?:just |also )?(?:wondering|curious|wanted to (?:ask|know)|wonder|have a question about|do have a question about)|"
    r"i(?:'m| am) (?:curious|wondering|interested)|i(?:'d| would) (?:like|love) to (?:know|ask|hear)(?: \w+)? (?:about|what|how|if|whether|more)|"
    r"(?:can|could|may|might) (?:i|you|we) (?:ask|tell me|talk about|know|say|share|give me)|tell me(?: more)? (?:about|what|how|if)|"
    r"(?:can|could) you (?:tell|share|say|give)|do you (?:know|have)|what about)\b"
)
_COMPANY = (
    rf"{_ASKS}.*\b{_JOB}\b", rf"{_WONDERS}.*\b{_JOB}\b",
    r"\bhow much (?:does|do|would|will|is|are) (?:it|this|you|i|the|that)\b", r"\bhow big (?:is|are)\b",
    r"^what (?:does|do|is) (?:your|the|this) (?:company|firm|business|product)\b", r"^(?:are|is) you(?:r|re)? (?:company )?(?:hiring|remote)\b",
    r"^are you (?:a |an |actually |really )*(?:robot|bot|ai|human|real|machine|computer|person|chatbot|recording)\b",
    r"^(?:am i (?:talking|speaking) (?:to|with)|is this) (?:a |an )?(?:real |actual |live )?(?:robot|bot|ai|human|machine|computer|person|recording|chatbot)\b",
    r"^who (?:is|are|will|would) (?:you|i|be|watching|listening|reading|seeing)\b", r"^when (?:will|would|do|can|should) i (?:hear|know|start|expect|find)\b",
    r"^how (?:long|many)(?: more| other)? (?:questions?|is (?:this|the) interview|does (?:this|the) (?:interview|take)|will this)\b",
    r"^how much (?:longer|time)\b", r"^where (?:are you|is (?:the|your)|would i|will i)\b", r"^(?:can|do|will|would) i (?:work|get|have) (?:from home|a laptop|to travel|to relocate)",
)
_WAIT = (
    r"\b(?:give|gimme|grant|spare|allow|lend) ?(?:me|us)?(?: just| like)? (?:a|one|another|half a|some|two|a few|a couple(?: of)?|thirty|ten|five)?"
    r" ?(?:more )?(?:quick |short |little |brief )?(?:second|sec|moment|minute|min|time|bit|seconds|minutes|beat)s?\b",
    r"^(?:just |one |a |hang on |hold on |wait )*(?:one|a|just a|half a|two|a few|another) (?:quick )?(?:second|sec|moment|minute|min|seconds|secs|minutes|tick)\b(?: please| to \w+.*| while .*)?$",
    r"^(?:please )?(?:hold on|hang on|wait|hold up|hang tight|bear with me|stand by|one sec|just a sec)(?: (?:a|one|for|there|just|please|up|while|let|on|i)\b.*)?$",
    r"^(?:let me|lemme|i'?ll|i(?:'d| would) like to|i (?:need|want|have) to|i just need to|i'?m going to|i'?m gonna|i'?m) (?:just )?(?:quickly )?(?:have a )?"
    r"(?:think|thinking|still thinking|gather|collect|organi[sz]e|consider|reflect|see|remember|recall|pause|take a (?:moment|second|minute|sip|breath|drink|beat)|"
    r"get (?:some|a glass of|my) \w+|grab|close (?:the|my)|mull|sort|compose|process that|ponder)"
    r"(?: (?:about|of|for|on|my|it|that|this|a|an|the|here|over|through|thoughts?|now|please|second|moment|minute|sec|bit|first|one|out|all|some|how|what|glass|water|sip|door|window|notes?|ideas?|head|example|good|question|to|say|in|with|is|yourself|myself))*$",
    rf"^{_ASK}(?:take|have|get|need|use)(?: \w+){{0,2}} (?:second|sec|moment|minute|min|seconds|minutes|time|while|beat|breather)\b(?: (?:to|please|before|and|for|here)\b.*)?$",
    r"^i need (?:a |some |more |just |to )*(?:second|sec|moment|minute|time|think)\b.*$", r"^(?:thinking|still thinking|one moment)$", r"^not yet$",
    r"\bi(?:'m| am) (?:still |just )?(?:thinking|not (?:ready|done) yet)\b(?: \w+){0,3}$",
)
_SKIP = (
    rf"^{_ASK}?(?:skip|pass(?: on)?|bypass|drop|leave(?: out)?|move past|jump over|jump past)"
    r"(?: (?:ahead|forward|over|to|on|past))*(?: (?:this|that|it|the|these|your))?(?: (?:one|question|topic|part|bit|next|thing|last))*"
    r"(?: (?:for now|please|out|and move on|and go on|and go to.*|today|question|one|if (?:that|you|it|possible|we).*|instead|entirely|altogether|alone|on this|on that|and come back.*))*$",
    rf"^{_ASK}?(?:move|go|carry|continue|proceed|get|jump|switch)(?: (?:on|along|ahead|forward|over))*(?: (?:to|with|onto))? ?(?:the |another |a )?"
    r"(?:next|different|other|following|on|something else|another)(?: (?:one|question|topic|thing|please|now|then|to|from (?:this|that|here).*|instead))*$",
    r"^(?:next|next one|next question|the next one|pass|skip|hard pass|skip it|skip this|i pass|i'?ll pass|no comment|move on|let'?s move on)(?: (?:please|question|on (?:this|that).*|then))*$",
    r"\bi(?:'d| would)? ?(?:really |just )?(?:rather|prefer|want|like|do|choose)?(?: to| do)? ?(?:not|n't)(?: want| like| wish| have| feel comfortable| prefer| care)*(?: to| any)? ?(?:answer|answering|talk about|talking about|discuss|discussing|comment on|comment|get into|go into|say|respond)"
    r"(?: (?:to|about|that|this|it|the|your|one|question|here|on|right now|today|please|anything|these|those|my \w+|any))*$",
    r"\bi (?:don'?t|do not) (?:really )?(?:want|wish|care|like|feel like|feel comfortable) ?(?:to )?(?:answer|answering|talk about|talking about|discuss|discussing|do|sharing|share)(?: (?:that|this|it|the|one|question|to|here|about|right now|with you))*$",
    r"\bi(?:'m| am) (?:not )?(?:comfortable|going|gonna|willing|able|happy)(?: with| to)? ?(?:answer(?:ing)?|pass|skip|discuss(?:ing)?|shar(?:e|ing)|talk(?:ing)?|that|this)(?: (?:that|this|it|about|on|one|question|the))*$",
    r"\b(?:ask|give|try|have) (?:me )?(?:something else|another question|a different (?:question|one)|a new question|the next (?:one|question)|another one)\b",
    r"\b(?:next question|skip this|skip that|skip the question|skip it)(?: please)?$",
    r"\b(?:come|circle|get|go) back to (?:this|that|it)(?: (?:one|question))?(?: later.*| at the end.*| another time.*)?$",
    r"^(?:i (?:can'?t|cannot) answer (?:that|this|it)(?: one| question)?|that(?:'s| is) (?:private|personal|none of your business|too personal)|not answering (?:that|this).*)$",
)
_PERSON = (
    r"(?:(?:a |an |the |some |your |any |another |real |actual |live |human |genuine |proper |flesh.and.blood )+(?:human|person|people|recruiter|being|representative|rep|agent|interviewer|manager|one|"
    r"employee|operator|man|woman|guy|team|hiring manager|colleague|lady|voice)s?(?: being)?|humans?|people|somebody|someone|anyone|anybody|hr)"
)
_MACHINE = r"(?:a |an |the |this |some |any |your )*(?:machine|robot|bot|computer|ai|a\.i\.|algorithm|chatbot|software|program|recording|automated \w+|voice bot|artificial \w+)s?"
_HUMAN = (
    rf"{_ASK}?(?:talk|speak|chat|deal|interview|do this|connect|be connected|get (?:connected|through|transferred)|be (?:transferred|interviewed|put through)|transfer|transfer me|connect me|put me|put me through|patch me|hand me over|switch|switched|reach|have|get me|meet)"
    rf"(?: (?:directly|instead|over|through|on|up|in person|face to face))*(?: (?:to|with|by|from))? {_PERSON}\b(?: (?:instead|please|at|from|in|on|about|for|who|not|real|right|now|there|here|rather|human|actual|else|alive|ask|do|take|the|your|hr|team|actually|conduct|interview|call).*)?$",
    rf"\b(?:don'?t|do not|won'?t|not|refuse to|hate|rather not|instead of|uncomfortable|never)(?: \w+){{0,4}} (?:talk(?:ing)?|speak(?:ing)?|interviewed|answer(?:ing)?|deal(?:ing)?|do(?:ing)? this|chat(?:ting)?|interview(?:ing)?)(?: \w+)? (?:to|with|by|for) {_MACHINE}\b",
    rf"^{_ASK}?(?:need|want|get|prefer|like|rather have|have|see|request|ask for|insist on)(?: to (?:see|have|get))? {_PERSON}(?: (?:instead|please|on the line|here|for this|to (?:talk|speak|interview).*|interview|interviewer))*$",
    rf"^(?:human|a human|real person|a real person|representative|operator|agent|human being)(?: please)?$",
    rf"\bis there (?:a |an |any |some )?(?:real |actual |live )?(?:human|person|people|somebody|someone|anyone|recruiter)(?: \w+){{0,2}} (?:i|that|who|to|available|there|around)\b.*$",
)
_STOP = (
    rf"^{_ASK}?(?:stop|end|quit|terminate|finish|abort|cancel|leave|exit|wrap up|close|conclude|cut|break off|drop out of|withdraw from|discontinue|hang up)"
    r"(?: (?:this|the|our|it|things?|here|now|right|there|everything|up|off|short))*(?: (?:interview|call|conversation|session|here|now|there|today|please|right|up|early|process|application|chat|if (?:that|you|it).*|immediately|at this point))*$",
    rf"^{_ASK}?(?:not |n't )?(?:want|wish|like|going)? ?(?:to )?(?:continue|go on|keep going|carry on|do this|proceed|go any further)(?: (?:with|any|this|the|anymore|any more|further|longer|interview|it|that|right now|today|process|please))*$",
    r"\bi(?:'m| am) (?:done|finished|through|out|leaving|quitting|hanging up)(?: (?:with (?:this|the|it|you|all).*|here|now|of here|interviewing.*|doing this.*))$",
    r"^i(?:'m| am) (?:out|leaving|quitting|hanging up|withdrawing.*|no longer interested.*|not interested.*)$",
    r"^i(?:'ve| have) (?:got )?to (?:go|leave|run|stop|drop off|hang up|end)(?: (?:now|here|this|it|the interview|right now|unfortunately|soon|i'?m afraid|call|there))*$",
    r"^i (?:need|must|should|gotta) (?:to )?(?:go|leave|run|stop|drop off|hang up)(?: (?:now|here|this|it|the interview|right now|unfortunately|there))*$",
    r"^(?:goodbye|bye|bye bye|good bye|see you|i quit|stop|enough|that's enough|stop the interview|end interview|cancel|stop it|stop this|i give up)$",
    r"\b(?:no longer|not) (?:interested|want)(?: in| to)? (?:this|the|be|continue|pursu\w+|go|do|apply|carry)\b.*$",
    r"\bwithdraw (?:my|the) (?:application|candidacy)\b", r"^(?:this|it)(?: interview)? is (?:over|a waste of (?:my )?time)$",
    r"\bi (?:do not|don'?t) (?:really )?(?:want|wish|feel like|care) ?(?:to )?(?:continue|continuing|do(?:ing)? this|go on|going on|carry on|be interviewed|proceed|finish)(?: \w+){0,4}$",
    r"\bcall it (?:a day|quits)\b", r"\b(?:can|could|may) (?:i|we) (?:go|leave|stop|be done|finish)(?: (?:now|here|early|please))*$",
)

_PATTERNS: tuple[tuple[Intent, tuple[re.Pattern[str], ...]], ...] = tuple(
    (intent, tuple(re.compile(pattern) for pattern in patterns))
    for intent, patterns in (
        ("human", _HUMAN),
        ("stop", _STOP),
        ("skip", _SKIP),
        ("repeat", _REPEAT),
        ("wait", _WAIT),
        ("clarify", _CLARIFY),
        ("company_question", _COMPANY),
    )
)
# Words that turn up in asides: a short turn without any of them is plainly an answer.
_SIGNS = re.compile(
    r"\?|\b(?:again|repeat|question|ask|asking|say|said|mean|means|hear|heard|catch|understand|explain|"
    r"clarify|sorry|pardon|skip|next|pass|move|rather|wait|second|sec|moment|minute|think|hold|hang|human|"
    r"person|someone|somebody|robot|bot|ai|stop|end|quit|leave|leaving|goodbye|bye|interview|continue|"
    r"salary|pay|job|company|confused|lost|what|could you|can you|can we|can i|let me|give me|answer)\b"
)


def read_by_rules(utterance: str) -> Reading:
    """What the turn was meant as, and how sure the rules are of it."""
    text = _normal(utterance)
    if _ONLY_FILLING.fullmatch(text) and not re.search(r"\b(?:yes|no|yeah|sure|right|okay|ok)\b", text):
        if re.search(r"\b(?:sorry|pardon|excuse me)\b", text):
            return Reading("repeat", 0.9)
        return Reading("silence", 0.9)
    count = len(text.split())
    if count >= _ALWAYS_ANSWER:
        return Reading("answer", 0.99)
    aside, before, after = _asides(text)
    if aside is None:
        if count >= _PLAIN_ANSWER or not _SIGNS.search(text):
            return Reading("answer", 0.95 if count >= _PLAIN_ANSWER or count <= 4 else 0.9)
        return Reading("answer", 0.6)
    content = before + after
    if content <= _FEW:
        return Reading(aside, 0.95)
    if after > _FEW or content > _SOME:
        return Reading("answer", 0.9)
    return Reading(aside, 0.6)


def _asides(text: str) -> tuple[Intent | None, int, int]:
    """The last aside in a turn, and the words of content before and after it."""
    found: Intent | None = None
    before = after = 0
    for clause in _CLAUSES.split(text):
        meant = _clause(clause)
        if meant is not None:
            found, before, after = meant, before + after, 0
        elif not _ONLY_FILLING.fullmatch(clause):
            after += len(_LEAD.sub("", clause).split())
    return found, before, after


def _clause(clause: str) -> Intent | None:
    bare = clause.strip().rstrip(".!;,… ")
    led = _LEAD.sub("", bare)
    for candidate in dict.fromkeys((led, bare)):
        plain = candidate.rstrip("?").rstrip()
        for intent, patterns in _PATTERNS:
            if any(p.search(candidate) or p.search(plain) for p in patterns):
                return intent
    return None


def _normal(utterance: str) -> str:
    text = utterance.lower().replace("’", "'").replace("“", '"').replace("”", '"')
    return re.sub(r"\s+", " ", text.replace('"', "").replace("...", "…")).strip()
