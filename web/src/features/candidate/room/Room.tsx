import { useEffect, useRef, useState, useSyncExternalStore } from "react";

import type { CandidateInterview, PageMessage } from "@/api/types";
import { elapsedSeconds } from "@/core/conversation";
import type { ConnectionView, InterviewConnection } from "@/core/interviewConnection";
import type { LocalMedia, LocalMediaView } from "@/core/localMedia";
import { recall, remember } from "@/core/memory";
import { useTitle } from "@/ui/useTitle";

import { useNow } from "../hooks/useNow";
import { useObservable } from "../hooks/useObservable";
import { useShortcuts } from "../hooks/useShortcuts";
import { clockTime } from "../words";
import { Captions } from "./Captions";
import { type Actions, Controls } from "./Controls";
import { LeaveDialog } from "./LeaveDialog";
import { SelfViewCorner } from "./SelfViewCorner";
import { moodOf, Presence } from "./Presence";
import css from "./Room.module.css";
import { RoomNotices } from "./RoomNotices";
import { TypePanel } from "./TypePanel";
import { Voice } from "./Voice";

/** There is nothing to watch or to tell without devices. */
const NEVER = () => () => undefined;

/** The room: who asks, what is asked, what was said, and all that one can do. */
export function Room({
  interview,
  media,
  connection,
  onSpeak,
  onLeft,
}: {
  interview: CandidateInterview;
  media: LocalMedia | null;
  connection: InterviewConnection;
  onSpeak: () => void;
  onLeft: () => void;
}) {
  const id = interview.interview_id;
  const { interviewer, posting, options } = interview;
  const view = useObservable(connection.view);
  const { link, conversation, soundBlocked } = view;
  const { question, state } = conversation;
  const typedOnly = media === null || soundBlocked;
  const live = link === "live";
  const [remembered] = useState(() => recall(id));
  const [typing, setTyping] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const [shortcuts, setShortcuts] = useState(remembered.shortcuts);
  const heading = useRef<HTMLHeadingElement>(null);
  useUnhurried(connection, typing && !typedOnly);
  useTitle(`Interview · ${posting.company}`);
  useIntegrity(connection);

  useEffect(() => heading.current?.focus(), []);

  const muted = useDevices(media, (devices) => devices.muted, false);
  const speakerId = useDevices(media, (devices) => devices.speakerId, null);
  const say = (message: PageMessage) => void connection.send(message);
  const toTake = live && (state === "listening" || state === "paused");
  const actions: Actions = {
    done: typing || typedOnly
      ? null
      : { shortcut: "D", act: () => say({ type: "done_speaking" }), unavailable: !toTake },
    mute:
      media && !typedOnly
        ? { shortcut: "M", act: () => media.mute(!muted), pressed: muted }
        : null,
    moreTime: { shortcut: "W", act: () => say({ type: "more_time" }), unavailable: !live },
    repeat: { shortcut: "R", act: () => say({ type: "repeat" }), unavailable: !live },
    skip: { shortcut: "S", act: () => say({ type: "skip" }), unavailable: !live },
    type:
      options.typed_answers && !typedOnly
        ? { shortcut: "T", act: () => setTyping(!typing), pressed: typing }
        : null,
    leave: { shortcut: "L", act: () => setLeaving(true) },
  };
  useShortcuts(keysOf(actions), shortcuts && !leaving);

  return (
    <div className={css.room} data-typing={typing || typedOnly || undefined}>
      <header className={css.header}>
        <p className={css.title}>{posting.title}</p>
        <p className={css.progress}>
          {question && (
            <span>
              Question {question.index} of {question.total}
            </span>
          )}
          <Elapsed view={view} />
        </p>
      </header>
      <main className={css.main}>
        <h1 ref={heading} tabIndex={-1} className="visually-hidden">
          Interview with {interviewer.name}
        </h1>
        <RoomNotices
          view={view}
          media={media}
          muted={muted}
          name={interviewer.name}
          onRetrySound={() => void connection.useMicrophone(media?.view.get().microphone ?? null)}
        />
        <Voice
          stream={view.voice}
          name={interviewer.name}
          speakerId={speakerId}
          onSpeakerFailed={media?.speakerFailed ?? NEVER}
        />
        <div className={css.stage}>
          <Presence
            mood={moodOf(state, live)}
            name={interviewer.name}
            typed={typedOnly}
            meter={typedOnly ? null : media.meter}
          />
          {media && <SelfViewCorner interviewId={id} media={media} />}
        </div>
        <section className={css.question} aria-label="The question">
          {question ? (
            <>
              {question.followUp && <p className={css.kind}>Follow-up</p>}
              <p className={css.text}>{question.text}</p>
            </>
          ) : (
            <p className={css.waiting}>
              {live
                ? `${interviewer.name} says hello first; the question will stand here.`
                : "Opening the line…"}
            </p>
          )}
        </section>
        <Captions captions={conversation.captions} name={interviewer.name} />
        {(typing || typedOnly) && (
          <TypePanel
            draft={recall(id).draft}
            onDraft={(draft) => remember(id, { draft })}
            onSend={(text) => say({ type: "typed_answer", text })}
            onPaste={() => say(integrity(connection, "paste"))}
            onSpeak={soundBlocked ? null : media ? () => setTyping(false) : onSpeak}
            focus={!typedOnly}
          />
        )}
      </main>
      <footer className={css.footer}>
        <Controls actions={actions} shortcuts={shortcuts} />
        <label className={css.keys}>
          <input
            type="checkbox"
            checked={shortcuts}
            onChange={({ target: { checked } }) => {
              setShortcuts(checked);
              remember(id, { shortcuts: checked });
            }}
          />
          Single-key shortcuts
        </label>
      </footer>
      <p className="visually-hidden" role="status">
        {announcement(view, typedOnly)}
      </p>
      <LeaveDialog
        open={leaving}
        onStay={() => setLeaving(false)}
        onLeave={() => say({ type: "leave" })}
        onNoAnswer={onLeft}
      />
    </div>
  );
}

/** Spoken by screen readers: only whose turn it is, and the question where nobody says it. */
function announcement({ link, conversation }: ConnectionView, typed: boolean): string {
  const { state, question } = conversation;
  if (link !== "live" || state !== "listening") return "";
  return typed && question ? `Your turn. ${question.text}` : "Your turn";
}

function keysOf(actions: Actions): Record<string, () => void> {
  const { done, mute, moreTime, repeat, skip, type, leave } = actions;
  const keys: Record<string, () => void> = {};
  for (const action of [done, mute, moreTime, repeat, skip, type, leave]) {
    if (action && !action.unavailable) keys[action.shortcut.toLowerCase()] = action.act;
  }
  return keys;
}

function Elapsed({ view }: { view: ConnectionView }) {
  const now = useNow(500);
  const seconds = elapsedSeconds(view.conversation.clock, now, view.link === "live");
  if (seconds === null) return null;
  return (
    <span role="timer" aria-label="Time so far" className={css.time}>
      {clockTime(seconds)}
    </span>
  );
}

/** A value of the devices' view, rendered when it changes; `none` in a typed interview. */
function useDevices<T extends string | boolean | null>(
  media: LocalMedia | null,
  select: (view: LocalMediaView) => T,
  none: T,
): T {
  return useSyncExternalStore(media?.view.subscribe ?? NEVER, () =>
    media ? select(media.view.get()) : none,
  );
}

function integrity(connection: InterviewConnection, kind: string): PageMessage {
  const { conversation, link } = connection.view.get();
  const at = elapsedSeconds(conversation.clock, performance.now(), link === "live") ?? 0;
  return { type: "integrity", kind, at: Math.round(at * 1000) / 1000 };
}

/** Who writes makes no sound: ask for time while the panel is open, for some minutes at most. */
function useUnhurried(connection: InterviewConnection, writing: boolean) {
  useEffect(() => {
    if (!writing) return;
    let asked = 0;
    const ask = () => {
      asked += 1;
      if (asked <= 12) connection.send({ type: "more_time" });
    };
    ask();
    const timer = setInterval(ask, 20_000);
    return () => clearInterval(timer);
  }, [connection, writing]);
}

/** Notes, as the welcome page said, that another tab was looked at. */
function useIntegrity(connection: InterviewConnection): void {
  useEffect(() => {
    const look = () => {
      const kind = document.visibilityState === "hidden" ? "tab_hidden" : "tab_visible";
      connection.send(integrity(connection, kind));
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [connection]);
}
