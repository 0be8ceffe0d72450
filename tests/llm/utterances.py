"""What candidates say that is no answer, and short answers that look as if they were not.

`TUNED` was looked at while the rules were written; `HELD_BACK` only once they were done. Written
by ear, as recognisers write: few commas, sometimes no question mark, wrong starts left in.
"""

from __future__ import annotations

from interviewer.domain.intent import Intent


def _rows(intent: Intent, lines: str) -> list[tuple[Intent, str]]:
    return [(intent, line.strip()) for line in lines.splitlines() if line.strip()]


TUNED = [
    *_rows(
        "repeat",
        """
        Could you repeat that?
        Sorry, what was the question again?
        Can you say that one more time please
        I didn't catch that.
        Pardon?
        Um, could you repeat the question please?
        Sorry you broke up there for a moment.
        Come again?
        What did you say?
        I missed the last part of your question.
        Would you mind saying that again?
        Could I hear the question once more
        """,
    ),
    *_rows(
        "clarify",
        """
        What do you mean by pipeline?
        I don't understand the question.
        Can you clarify what you mean by deal size?
        Could you rephrase that?
        Do you mean at my current job or ever?
        I'm not sure what you're asking.
        What does ARR stand for?
        Are you asking about outbound or inbound?
        Does it have to be a sales example?
        Can it be something from college?
        In what sense?
        Sorry, I don't really get what you mean by prospecting.
        """,
    ),
    *_rows(
        "company_question",
        """
        What's the salary?
        How much does this pay?
        Is this position remote?
        What does your company do exactly?
        Can I ask what the benefits are?
        When will I hear back from you guys?
        How big is the team?
        Who would I report to?
        Before I answer, could you tell me a bit more about the role?
        I was wondering if you sponsor visas.
        How many more questions are there?
        Am I talking to a real person?
        """,
    ),
    *_rows(
        "wait",
        """
        Give me a second.
        Hmm, let me think about that for a moment.
        One moment please.
        Hold on.
        Can I have a minute to think?
        I need a second to gather my thoughts.
        Just a sec.
        Hang on, let me close the door.
        Bear with me.
        Let me think.
        """,
    ),
    *_rows(
        "skip",
        """
        Can we skip this one?
        I'd rather not answer that.
        Next question please.
        Pass.
        Let's move on.
        I don't want to talk about that.
        Could we go to the next question?
        Skip.
        I'd like to skip this question if that's okay.
        Can we come back to this later?
        """,
    ),
    *_rows(
        "human",
        """
        I'd rather talk to a human.
        Can I speak to a real person?
        I don't want to talk to a robot.
        Is there a human I can talk to?
        I need a human.
        Please transfer me to a recruiter.
        I want to talk to someone from HR.
        I'm not comfortable being interviewed by an AI.
        """,
    ),
    *_rows(
        "stop",
        """
        I want to stop here.
        Can we end the interview?
        I don't want to continue.
        I have to go.
        Stop the interview.
        I'm done with this interview.
        Let's end it here.
        Goodbye.
        I'd like to withdraw my application.
        I quit.
        """,
    ),
    *_rows(
        "answer",
        """
        Yes.
        No, never.
        Two years at Oracle.
        About three hundred thousand dollars.
        I don't know.
        We skipped the demo and went straight to pricing.
        I asked him to repeat the order.
        I told her to give me a second chance.
        She said what do you mean, and I explained the pricing.
        I stopped selling on price.
        The client wanted to talk to a human, so I called them.
        I moved on to a bigger team after that.
        Let me think. I worked at Oracle for three years.
        I ask them what the salary budget is.
        My manager and two engineers.
        Hmm, probably the Acme deal.
        I pass leads to the account executives.
        I'd say curiosity.
        Because data tells you what to do next.
        I think it's the future.
        What excites me is the data.
        What I learned is to ask earlier.
        How I do it is I call in the morning.
        I was lost at first but then I found a champion.
        Sorry, it was two hundred K, not three hundred.
        It means a lot to me.
        You mean the deal? It was fifty thousand with Acme.
        Well, I had to stop and think about what the customer needed.
        I wait a day and then call again.
        Cold calls mostly, and some email.
        Yeah.
        Honestly I have no idea.
        That's all.
        That's it, I think.
        I'm done.
        No, I think that's everything.
        Not really.
        I would ask for the next steps in writing.
        I can't think of one.
        I never lost a deal.
        Is your team tired of guessing? With CloudMetrics they stop guessing.
        Imagine you knew every morning which customer is about to leave.
        I left because the company closed.
        The salary was not the reason.
        I end every call with a next step.
        First I think about who decides.
        He just hung up.
        I'd stop blaming the product.
        The team, the company and the pay.
        Nothing comes to mind.
        """,
    ),
]

HELD_BACK = [
    *_rows(
        "repeat",
        """
        Hey sorry my dog was barking can you run that by me again
        what was that last bit
        You went quiet for a second, could you start over?
        One more time?
        I'm sorry I was distracted, could you ask me again?
        I only got half of that.
        Would you please read the question to me again, a bit slower?
        Excuse me?
        I zoned out for a moment, what did you ask?
        The sound cut out right when you asked.
        Sorry I have a bad connection here can you say it again
        I forgot what you asked.
        """,
    ),
    *_rows(
        "clarify",
        """
        When you say pipeline what exactly is that?
        I'm a little confused by the question.
        Is that about inbound leads or cold ones?
        Sorry what's an ARR?
        Could you give me an example of what you're looking for?
        What kind of deal do you have in mind?
        How detailed do you want me to be?
        Can you put that in simpler words?
        I don't follow.
        You mean a deal that I lost personally?
        Should I talk about a recent one or any?
        Hmm what do you want to hear exactly?
        """,
    ),
    *_rows(
        "company_question",
        """
        So what are we talking about moneywise for this position?
        Do you guys offer health insurance?
        Where is the office located?
        Just curious, is it fully remote or do I have to come in?
        What happens after this interview?
        Who are your biggest competitors?
        Could you tell me about the commission structure first?
        How long is this going to take?
        Are you a robot?
        Is there any travel involved?
        Do people get promoted quickly there?
        What would my first month look like in this job?
        """,
    ),
    *_rows(
        "wait",
        """
        Ooh that's a tough one, let me think.
        Can you give me thirty seconds?
        Wait a second, somebody is at the door.
        I'm still thinking.
        Need a moment.
        Okay um let me see
        May I take a moment to collect myself?
        Sorry one second I need to grab some water.
        Let me think about how to put this.
        Give me just a little bit of time here.
        """,
    ),
    *_rows(
        "skip",
        """
        Can I pass on this one?
        I don't really have an answer, can we go on to the next one?
        Next.
        I'm not comfortable answering that.
        Do you mind if we skip ahead?
        I'd prefer not to say.
        No comment.
        Could you ask me something else?
        That's private.
        I don't want to get into that, let's go to another question.
        """,
    ),
    *_rows(
        "human",
        """
        Can you get me an actual person please?
        Look, I'd feel better speaking with someone real.
        Is it possible to do this with a recruiter instead?
        I hate talking to machines.
        Put me through to a human.
        I won't answer questions from a bot.
        Could somebody from your team call me instead?
        Human please.
        """,
    ),
    *_rows(
        "stop",
        """
        I think I want to quit now.
        Please end this call.
        Sorry, I need to leave, something came up.
        I've changed my mind, I'm no longer interested in this job.
        This isn't for me, bye.
        I'd like to stop the interview now please.
        Let's call it a day.
        I don't feel like doing this anymore.
        Okay I'm out.
        Can we just finish here?
        """,
    ),
    *_rows(
        "answer",
        """
        Nope.
        Maybe ten or fifteen a day.
        Salesforce and HubSpot.
        A hospital in Ohio.
        I guess I talk too much.
        We lost it on price.
        I just kept calling.
        I'd ask what they mean by budget.
        I would wait a week and then email again.
        They asked me to repeat the demo for the board, and that did it.
        I never stop prospecting.
        The hardest part was the security review.
        Once I understood what they needed, it was easy.
        Nothing really.
        Can't say that I have.
        I can't remember the exact number but around forty thousand.
        I said let's skip the contract stage and do a pilot.
        My boss told me to hold on, but I went ahead.
        What matters to me is the people.
        Why? Because everybody sits on data and nobody reads it.
        How much time does your team spend on reports? We cut that in half.
        Do you know what your churn is? Most VPs don't, and that's where we come in.
        Hi, this is Sam from CloudMetrics, do you have a minute?
        Hi Dana, quick question, how do you decide which accounts to call?
        Sure. So it was about five people.
        Sorry, I mean the second quarter.
        Wait, no, it was 2022.
        Okay so basically I make a list.
        I'm not sure, maybe six months.
        I don't really have a process.
        I don't remember.
        I'd rather work with small companies.
        I wanted to stop losing to the same competitor.
        I left the interview with a clear next step.
        I asked for a second meeting.
        I want to move on to bigger deals.
        It's the question I ask every customer.
        I'd go to the next account.
        I pass it on to customer success.
        Talking to people, mostly.
        I like talking to real people instead of emails.
        I speak with the manager first.
        The company was about to leave us.
        I needed some time to win them over.
        I took a moment and then I apologized.
        I think before I speak.
        Just the sales team.
        Honestly, the pay.
        That I can't skip steps.
        I'd say that's about it.
        """,
    ),
]
