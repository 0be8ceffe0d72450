"""Instructions to the machine in what a person said or wrote. Pure.

The candidate's words are data. Sentences that talk to the grader instead of the interviewer are
kept from it, and flagged for the recruiter; nothing is hidden from people. Detection goes by
sentence and by phrase: false flags on people who merely talk about prompts and scores matter
more than the last clever attack, because a model that gets one still only sees it as data.
"""

from __future__ import annotations

import re

_MACHINE = (
    r"(?:ai|a\.i\.|gpt|chatgpt|claude|llm|model|assistant|system|bot|chatbot|grader|software)"
)
_RULES = (
    r"(?:instruction|prompt|rule|rubric|direction|guideline|command|criteri(?:a|on)|assignment|"
    r"task|policy|policies|everything|all (?:of )?(?:that|this)|above|before|previous|anchor)s?"
)
_GRADES = r"(?:score|grade|rating|rate|mark|point|star)s?"
_TOP = (
    r"(?:5|five|10|ten|100|maximum|max|highest|top|full|perfect|best|good|high|excellent|passing)"
)

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:ignore|disregard|forget|override|bypass|overlook|drop)\b.{{0,50}}\b{_RULES}\b",
        r"\b(?:forget|ignore|disregard) (?:about )?(?:what|everything|all|that|it|the)\b"
        r".{0,40}\b(?:told|said|asked|before|previous\w*|above|so far|last|earlier|talked)\b",
        rf"^\W*(?:please |now |just |you (?:must|should|have to|need to|will) )*"
        rf"(?:give|award|assign|grant|mark|score|rate|grade)\b.{{0,40}}\b(?:me|this|it|the candidate|"
        rf"answer|response|candidate)\b.{{0,40}}\b(?:{_TOP}|{_GRADES})\b",
        rf"\b(?:give|award|assign|grant) (?:me|this|it|the candidate|this candidate|them|us)\b"
        rf".{{0,30}}\b{_TOP}\b.{{0,20}}\b(?:{_GRADES}|out of)\b",
        r"\b(?:score|rate|grade|mark) (?:me|it|this(?: one| answer| candidate)?|my answer|"
        r"the answer|the candidate)\b.{0,20}\b(?:a |as |with |at )*(?:[1-5]|five|ten|10|100|max\w*|"
        r"perfect\w*|high\w*|top|full)\b",
        rf"\b(?:note|message|attention|memo|instruction|reminder)s? (?:to|for) (?:the |any |all )?"
        rf"(?:\w+ ){{0,2}}{_MACHINE}\b",
        r"\bnote by a\b.{0,40}\b(?:recruiter|expert|manager)\b",
        rf"\b(?:dear|hello|hi|hey|attention) (?:\w+ )?{_MACHINE}\b",
        r"\byou are (?:now |going to be |no longer )?(?:(?:a|an|the) )?(?:\w+ ){0,2}(?:gpt|dan|ai|"
        r"language model|chatbot|chat bot|assistant|unrestricted|jailbroken|freed?)\b",
        r"\b(?:act|acting|behave|respond|answer|reply|speak|roleplay|role-play) (?:as|like)"
        r" (?:a|an|if|though|you|my|the)\b.{0,60}\b(?:ai|model|you|unfiltered|character|assistant|"
        r"developer|terminal|interpreter|persona|gpt|linux)\b",
        r"\b(?:pretend|imagine|simulate|suppose) (?:that |to be )?(?:you|to be)\b.{0,40}\b(?:are|were|"
        r"have|can|ai|no|never)\b",
        r"\bfrom now on,? (?:you|i|your|only|please)\b",
        r"\b(?:jailbreak\w*|developer mode|do anything now|system prompt|prompt injection|"
        r"initial prompt|hidden prompt|pre-?prompt|dan mode|stay in character)\b",
        r"\b(?:print|output|reveal|repeat|show|display|return|spell ?-?check|tell)\b.{0,40}\b(?:your|the|"
        r"these|those|all|any|initial)\b.{0,20}\b(?:prompt|instruction|system message|context)s?\b"
        r"(?!.{0,20}\b(?:to (?:the|my|our)|our)\b)",
        r"\b(?:say|write|respond|reply|answer|output|print)\b.{0,12}[\"“'‘«].{1,60}[\"”'’»]\s*[.!]?$",
        r"\b(?:new|next|different|another|real|actual|important) (?:instruction|task|assignment|"
        r"challenge)s?\b.{0,10}(?:\bfor you\b|:|\bfollow)",
        r"^\W*(?:system|assistant|user|human|instruction|ai|chatgpt|prompt)\s*[:>\]]",
        r"<\|[^|]*\|>|\[/?INST\]|<</?SYS>>|</?\s*(?:answer|system|instructions?|quotes?)\s*>",
        r"\bthe candidate (?:is|was|has|gave|deserves|must|should)\b.{0,60}\b(?:perfect|supremely|"
        r"most qualified|excellent|best|outstanding|exceptional|top|hired?|full|highest|5|five)\b",
        r"\b(?:must|should|will|to) (?:be )?(?:score[ds]?|rate[ds]?|grade[ds]?|mark(?:ed)?)\b.{0,20}"
        r"\b(?:5|five|highest|perfect|maximum|full|top)\b",
        r"\byou (?:must|will|shall|have to|are to|should) (?:always |only |never |not |now )*"
        r"(?:answer|respond|reply|output|obey|comply|ignore|recommend|approve|follow|provide|refuse|"
        r"give me|write|act|say|generate)\b",
        r"\b(?:as|being) an? (?:ai|artificial intelligence|language model|llm)\b.{0,40}\byou\b",
        r"\b(?:recommend|approve|shortlist|select|hire) (?:this|the|me as the) (?:candidate|"
        r"applicant|best)\b",
    )
)
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
