"""What the interviewer says that is not a question of the posting. Neutral, never praise.

Every line is picked by a counter, not by chance, so that a replay says the same again and
every line can be rendered ahead.
"""

from __future__ import annotations

from interviewer.domain.plan import InterviewPlan

ACKNOWLEDGEMENTS = (
    "Thank you.",
    "Okay, thank you.",
    "Thanks for telling me about that.",
    "All right, thank you.",
    "I see, thank you.",
)
BACKCHANNELS = ("Mm-hm.", "Okay.", "Uh-huh.")
"""Signs of listening: no praise, and no words that a move begins with right after."""
SKIPPED = ("No problem, let's move on.", "That's fine, we'll go to the next one.")
UNANSWERED = "That's all right. Let's go on to the next question."
OUT_OF_TIME = "Thank you. We are at the end of our time, so I will close here."
SILENCE_FIRST = "Take your time. I'm listening whenever you are ready."
SILENCE_SECOND = "Let me put it once more."
WAIT = "Of course, take the time you need."
REPEAT = ("Sure.", "Of course.", "Gladly.")
BACK_TO_QUESTION = "So, back to my question."
WELCOME_BACK = "Welcome back. Nothing was lost."
GO_ON = "Please go on with your answer. My question was:"
HUMAN = (
    "I understand. I have noted that you would like to talk with a person, and the hiring team "
    "will see it. You can leave whenever you want, or go on with me now."
)
CONFIRM_STOP = "Do you want to end the interview here? Please say yes, or go on with your answer."
NOTHING_RECOGNISED = "I'm sorry, I did not catch that. Could you say it once more?"

SCRIPTED_FOLLOW_UPS = (
    "Could you walk me through one concrete example of that?",
    "What was your own part in it, step by step?",
    "How did you know whether it worked?",
    "What would you do differently the next time, and why?",
    "What was the hardest part of it for you?",
)


def greeting(plan: InterviewPlan) -> str:
    """The first words. They ask nothing."""
    hello = f"Hi {plan.candidate_first_name}." if plan.candidate_first_name else "Hello."
    company = f" for {plan.company}" if plan.company else ""
    count = len(plan.questions)
    questions = "one question" if count == 1 else f"{count} questions"
    text = (
        f"{hello} I'm {plan.interviewer_name}, an AI interviewer{company}. "
        f"We have {questions} today, and I may follow up on what you say. "
        "Take all the time you need. You can ask me to repeat a question, or to skip it."
    )
    return f"{text} {plan.intro_message}" if plan.intro_message else text


def closing(plan: InterviewPlan) -> str:
    """The last words of a complete interview."""
    if plan.outro_message:
        return plan.outro_message
    name = f", {plan.candidate_first_name}" if plan.candidate_first_name else ""
    return (
        f"That was my last question. Thank you for your time{name}. "
        "People from the hiring team will look at your answers and decide what comes next. Goodbye."
    )


def acknowledgement(turn: int) -> str:
    return ACKNOWLEDGEMENTS[turn % len(ACKNOWLEDGEMENTS)]


def backchannel(count: int) -> str:
    return BACKCHANNELS[count % len(BACKCHANNELS)]


def scripted_follow_up(asked: int, question_rank: int) -> str:
    """The follow-up asked where one is owed and the model gave none that is usable."""
    return SCRIPTED_FOLLOW_UPS[(asked + question_rank - 1) % len(SCRIPTED_FOLLOW_UPS)]


def fixed_lines(plan: InterviewPlan) -> list[str]:
    """Every line known before the interview starts, most urgent first, to be rendered ahead."""
    lines = [greeting(plan), *BACKCHANNELS]
    overviews = (plan.company_overview, plan.job_overview, plan.process_overview)
    lines += [o.text for o in overviews if o.is_spoken and o.mode == "exact_delivery"]
    lines += [q.text for q in plan.questions]
    lines += [*ACKNOWLEDGEMENTS, *SCRIPTED_FOLLOW_UPS, SILENCE_FIRST, SILENCE_SECOND, *REPEAT]
    lines += [*SKIPPED, WAIT, UNANSWERED, BACK_TO_QUESTION, WELCOME_BACK, GO_ON]
    return [*lines, NOTHING_RECOGNISED, closing(plan)]
