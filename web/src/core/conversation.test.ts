import { expect, test } from "vitest";

import type { ServiceMessage } from "@/api/types";

import { type Conversation, elapsedSeconds, hear, newConversation } from "./conversation";

const after = (...messages: ServiceMessage[]): Conversation =>
  messages.reduce((talk, message) => hear(talk, message, 1000), newConversation);

const words = (turn_id: string, text: string, final: boolean): ServiceMessage => ({
  type: "transcript",
  turn_id,
  speaker: "Candidate",
  text,
  final,
  start: 1,
  end: 2,
});

test("interim words of a turn are replaced, not repeated", () => {
  const talk = after(words("a", "I sold", false), words("b", "Hm", true), words("a", "I sold it.", true));
  expect(talk.captions.map(({ text, final }) => [text, final])).toEqual([
    ["I sold it.", true],
    ["Hm", true],
  ]);
});

test("a turn that turns out empty disappears", () => {
  expect(after(words("a", "uh", false), words("a", "", true)).captions).toEqual([]);
});

test("captions are bounded", () => {
  const many = Array.from({ length: 300 }, (_, at) => words(String(at), `word ${at}`, true));
  const { captions } = after(...many);
  expect(captions).toHaveLength(120);
  expect(captions.at(-1)?.text).toBe("word 299");
});

test("a backchannel is captioned as one and changes no state", () => {
  const talk = after(
    { type: "state", state: "listening", at: 5 },
    { ...words("m", "mm-hm", true), speaker: "Interviewer", backchannel: true } as ServiceMessage,
  );
  expect(talk.state).toBe("listening");
  expect(talk.captions[0]?.backchannel).toBe(true);
});

test("a repeated question stands like a new one", () => {
  const talk = after({
    type: "question",
    question_id: "q2",
    index: 2,
    total: 5,
    follow_up: true,
    text: "And then?",
    repeat: true,
  });
  expect(talk.question).toEqual({
    questionId: "q2",
    index: 2,
    total: 5,
    followUp: true,
    text: "And then?",
  });
});

test("the clock runs from what the service told, and stands still when asked to", () => {
  const { clock } = after({ type: "state", state: "listening", at: 60 });
  expect(elapsedSeconds(clock, 4500, true)).toBeCloseTo(63.5);
  expect(elapsedSeconds(clock, 4500, false)).toBe(60);
  expect(elapsedSeconds(null, 4500, true)).toBeNull();
});

test("the end keeps its reason and its way out", () => {
  const { state, ended } = after({ type: "ended", reason: "completed", redirect_url: "https://x.example/" });
  expect(state).toBe("ended");
  expect(ended).toEqual({ reason: "completed", redirectUrl: "https://x.example/" });
});

test("a message of a newer service is passed over", () => {
  const unknown = { type: "weather", sunny: true } as unknown as ServiceMessage;
  expect(hear(newConversation, unknown, 0)).toBe(newConversation);
});
