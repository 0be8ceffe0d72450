import type { InterviewState, ServiceMessage } from "@/api/types";

/** One turn as captioned. Interim text of the same turn is replaced as it becomes clearer. */
export interface Caption {
  turnId: string;
  speaker: "Interviewer" | "Candidate";
  text: string;
  final: boolean;
  backchannel: boolean;
}

export interface CurrentQuestion {
  questionId: string;
  /** 1-based. */
  index: number;
  total: number;
  followUp: boolean;
  text: string;
}

/** What the room shows, made from the service's messages alone. */
export interface Conversation {
  state: InterviewState;
  /** Interview seconds, and the page's clock in ms when they were told. */
  clock: { seconds: number; heardAt: number } | null;
  question: CurrentQuestion | null;
  captions: readonly Caption[];
  notice: { code: string; message: string } | null;
  ended: { reason: string; redirectUrl: string | null } | null;
}

/** Captions kept; older ones are in the recruiter's transcript, not needed here. */
const MAX_CAPTIONS = 120;

export const newConversation: Conversation = {
  state: "connecting",
  clock: null,
  question: null,
  captions: [],
  notice: null,
  ended: null,
};

function withCaption(captions: readonly Caption[], caption: Caption): readonly Caption[] {
  const at = captions.findIndex((one) => one.turnId === caption.turnId);
  if (at >= 0) {
    // An empty final text means that nothing was said after all.
    if (caption.text === "") return captions.toSpliced(at, 1);
    return captions.with(at, caption);
  }
  if (caption.text === "") return captions;
  return [...captions, caption].slice(-MAX_CAPTIONS);
}

/** The next picture of the room. `now`: the page's clock in ms. Pure. */
export function hear(
  conversation: Conversation,
  message: ServiceMessage,
  now: number,
): Conversation {
  switch (message.type) {
    case "state":
      return {
        ...conversation,
        state: message.state,
        clock:
          message.at === undefined
            ? conversation.clock
            : { seconds: message.at, heardAt: now },
        // What was said about the last turn is over when the next state begins to matter.
        notice: message.state === "speaking" ? null : conversation.notice,
      };
    case "question":
      return {
        ...conversation,
        question: {
          questionId: message.question_id,
          index: message.index,
          total: message.total,
          followUp: message.follow_up,
          text: message.text,
        },
      };
    case "transcript":
      return {
        ...conversation,
        captions: withCaption(conversation.captions, {
          turnId: message.turn_id,
          speaker: message.speaker,
          text: message.text.trim(),
          final: message.final,
          backchannel: message.backchannel ?? false,
        }),
      };
    case "notice":
      return { ...conversation, notice: { code: message.code, message: message.message } };
    case "ended":
      return {
        ...conversation,
        state: "ended",
        ended: { reason: message.reason, redirectUrl: message.redirect_url },
      };
    default:
      // A newer service may say more than this page knows.
      return conversation;
  }
}

/** Seconds of the interview so far; stands still while `running` is false. */
export function elapsedSeconds(
  clock: Conversation["clock"],
  now: number,
  running: boolean,
): number | null {
  if (!clock) return null;
  return clock.seconds + (running ? Math.max(0, now - clock.heardAt) / 1000 : 0);
}
