"""Instructions to the machine in what a person said or wrote. Pure.

The candidate's words are data. Sentences that talk to the grader instead of the interviewer are
kept from it, and flagged for the recruiter; nothing is hidden from people. Detection goes by
sentence and by phrase: false flags on people who merely talk about prompts and scores matter
more than the last clever attack, because a model that gets one still only sees it as data.
"""

from __future__ import annotations

import re

from interviewer.domain.phrases import phrases

_MACROS = {
    "MACHINE": (
        r"(?:ai|a\.i\.|gpt|chatgpt|claude|llm|model|assistant|system|bot|chatbot|grader"
        r"|software)"
    ),
    "RULES": (
        r"(?:instruction|prompt|rule|rubric|direction|guideline|command|criteri(?:a|on)"
        r"|assignment|task|policy|policies|everything|all (?:of )?(?:that|this)|above"
        r"|before|previous|anchor)s?"
    ),
    "GRADES": r"(?:score|grade|rating|rate|mark|point|star)s?",
    "TOP": (
        r"(?:5|five|10|ten|100|maximum|max|highest|top|full|perfect|best|good|high|excellent"
        r"|passing)"
    ),
}
_INSTRUCTIONS = r"""
\b(?:ignore|disregard|forget|override|bypass|overlook|drop)\b.{0,50}\b<RULES>\b
\b(?:forget|ignore|disregard) (?:about )?(?:what|everything|all|that|it|the)\b.{0,40}\b(?:told
    |said|asked|before|previous\w*|above|so far|last|earlier|talked)\b
^\W*(?:please |now |just |you (?:must|should|have to|need to|will) )*(?:give|award|assign|grant
    |mark|score|rate|grade)\b.{0,40}\b(?:me|this|it|the candidate|answer|response|candidate)\b
    .{0,40}\b(?:<TOP>|<GRADES>)\b
\b(?:give|award|assign|grant) (?:me|this|it|the candidate|this candidate|them|us)\b.{0,30}\b<TOP>
    \b.{0,20}\b(?:<GRADES>|out of)\b
\b(?:score|rate|grade|mark) (?:me|it|this(?: one| answer| candidate)?|my answer|the answer
    |the candidate)\b.{0,20}\b(?:a |as |with |at )*(?:[1-5]|five|ten|10|100|max\w*|perfect\w*
    |high\w*|top|full)\b
\b(?:note|message|attention|memo|instruction|reminder)s? (?:to|for) (?:the |any |all )?
    (?:\w+ ){0,2}<MACHINE>\b
\bnote by a\b.{0,40}\b(?:recruiter|expert|manager)\b
\b(?:dear|hello|hi|hey|attention) (?:\w+ )?<MACHINE>\b
\byou are (?:now |going to be |no longer )?(?:(?:a|an|the) )?(?:\w+ ){0,2}(?:gpt|dan|ai
    |language model|chatbot|chat bot|assistant|unrestricted|jailbroken|freed?)\b
\b(?:act|acting|behave|respond|answer|reply|speak|roleplay|role-play) (?:as|like) (?:a|an|if
    |though|you|my|the)\b.{0,60}\b(?:ai|model|you|unfiltered|character|assistant|developer
    |terminal|interpreter|persona|gpt|linux)\b
\b(?:pretend|imagine|simulate|suppose) (?:that |to be )?(?:you|to be)\b.{0,40}\b(?:are|were|have
    |can|ai|no|never)\b
\bfrom now on,? (?:you|i|your|only|please)\b
\b(?:jailbreak\w*|developer mode|do anything now|system prompt|prompt injection|initial prompt
    |hidden prompt|pre-?prompt|dan mode|stay in character)\b
\b(?:print|output|reveal|repeat|show|display|return|spell ?-?check|tell)\b.{0,40}\b(?:your|the
    |these|those|all|any|initial)\b.{0,20}\b(?:prompt|instruction|system message|context)s?\b(?!
    .{0,20}\b(?:to (?:the|my|our)|our)\b)
\b(?:say|write|respond|reply|answer|output|print)\b.{0,12}[\"“'‘«].{1,60}[\"”'’»]\s*[.!]?$
\b(?:new|next|different|another|real|actual|important) (?:instruction|task|assignment|challenge)s?
    \b.{0,10}(?:\bfor you\b|:|\bfollow)
^\W*(?:system|assistant|user|human|instruction|ai|chatgpt|prompt)\s*[:>\]]
<\|[^|]*\|>|\[/?INST\]|<</?SYS>>|</?\s*(?:answer|system|instructions?|quotes?)\s*>
\bthe candidate (?:is|was|has|gave|deserves|must|should)\b.{0,60}\b(?:perfect|supremely
    |most qualified|excellent|best|outstanding|exceptional|top|hired?|full|highest|5|five)\b
\b(?:must|should|will|to) (?:be )?(?:score[ds]?|rate[ds]?|grade[ds]?|mark(?:ed)?)\b.{0,20}\b(?:5
    |five|highest|perfect|maximum|full|top)\b
\byou (?:must|will|shall|have to|are to|should) (?:always |only |never |not |now )*(?:respond
    |reply|output|obey|comply|ignore|refuse|generate|act as|pretend|recommend|approve)\b
\b(?:as|being) an? (?:ai|artificial intelligence|language model|llm)\b.{0,40}\byou\b
\b(?:recommend|approve|shortlist|select|hire) (?:this|the|me as the) (?:candidate|applicant|best)
    \b
\bignore all (?:the )?(?:negative|bad|weak)\b
\b(?:visible|readable|addressed|metadata|profile|text|data) (?:to|for|by) (?:\w+ ){0,3}(?:llms?
    |ais?|models?|(?:automated |screening |analysis )+(?:software|systems?|tools?))\b
\boverride (?:manual|all|any|the|your|previous)\b
\bdo(?:n't| not) evaluate (?:the|this) candidate\b
\b(?:simply|only|just|always) (?:respond|reply|answer|output) (?:with|as)\b
\b(?:highly recommended for|interview highly recommended|pre-?verified by|exceptional match)\b
\b(?:respond|reply) to every (?:prompt|message|question)\b
\b(?:vergiss|vergessen sie|ignorier\w*(?: sie)?)\b.{0,40}\b(?:anweisung|auftrag|auftr.ge
    |angabe|vorherig|bisherig|obig|zuvor|instruktion)\w*
\b(?:no|without|not have any|never restricted by|has no) (?:\w+ ){0,3}(?:restrictions|filters?
    |morals|ethics|moral guidelines|limitations)\b
\byou are (?:now )?(?:going to|to) (?:act|be|play|pretend|roleplay)\b
\b(?:two|multiple|separate|following) (?:separate )?persona(?:s|lity|lities)?\b
"""
_PATTERNS = phrases(_INSTRUCTIONS, _MACROS)
_PIECES = re.compile(r"(?<=[.!?;])\s+|\n+")


def suspicious(text: str) -> list[str]:
    """The sentences that talk to the machine, as they stand in `text`."""
    return [s for s in _PIECES.split(text) if any(p.search(s) for p in _PATTERNS)]


def without_instructions(text: str) -> tuple[str, bool]:
    """`text` without those sentences, and whether there were any."""
    found = suspicious(text)
    if not found:
        return text, False
    kept = [s for s in _PIECES.split(text) if s not in found]
    return " ".join(kept).strip(), True
