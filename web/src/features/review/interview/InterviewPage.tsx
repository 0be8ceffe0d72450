import { useEffect, useMemo, useState } from "react";

import { ApiError } from "@/api/client";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";

import * as api from "../model/api";
import { hasResults } from "../model/candidates";
import { markSeen } from "../model/seen";
import { fullDate } from "../model/time";
import { buildTimeline, chapterAt, stepAnswer, type Timeline } from "../model/timeline";
import { inOrder, wordStep } from "../model/transcript";
import type { InterviewData, WebInterview } from "../model/types";
import { useResource } from "../model/useResource";
import { statusWords } from "../model/words";
import { useSession } from "../session/session";
import { Badge } from "../ui/Badge";
import { Icon } from "../ui/Icon";
import { Shell } from "../ui/Shell";
import { ErrorPanel } from "../ui/StatePage";
import { Decision } from "./Decision";
import { Help } from "./Help";
import css from "./InterviewPage.module.css";
import { MatchScore } from "./MatchScore";
import { Playback } from "./playback";
import { Noticed } from "./Noticed";
import { Player } from "./Player";
import { Points } from "./Points";
import { Resume } from "./Resume";
import { type Rating, Scorecard } from "./Scorecard";
import { Speech } from "./Speech";
import { Transcript } from "./Transcript";
import { useHotkeys } from "./useHotkeys";
import { PlaybackContext, usePlayback, usePlayer } from "./usePlayback";
import { InterviewSkeleton, NotYet } from "./Waits";

/** How often to look again while something is going on, in ms. */
const POLL: Partial<Record<InterviewData["status"], number>> = {
  pending: 15_000,
  in_progress: 10_000,
  evaluating: 4_000,
};

function Downloads({ data, web }: { data: InterviewData; web: WebInterview | null }) {
  const links = [
    { url: web?.video_recording_url, label: "Video", type: "MP4" },
    { url: web?.audio_recording_url, label: "Audio", type: "MP3" },
    { url: web && api.scorecardPath(data.interview_id), label: "Scorecard", type: "PDF" },
    { url: api.interviewPath(data.interview_id), label: "Data", type: "JSON" },
  ];
  return (
    <ul className={css.downloads} aria-label="Downloads">
      {links.map(
        ({ url, label, type }) =>
          url && (
            <li key={label}>
              <a href={url} download={`${data.interview_id}.${type.toLowerCase()}`}>
                <Icon name="download" size={16} />
                {label} <span className={css.type}>{type}</span>
              </a>
            </li>
          ),
      )}
    </ul>
  );
}

function Heading({
  data,
  onChanged,
  onHelp,
}: {
  data: InterviewData;
  onChanged: () => void;
  onHelp: () => void;
}) {
  const { refused } = useSession();
  const web = data.web_interview;
  const at = data.ended_at ?? data.started_at ?? null;
  return (
    <div className={css.head}>
      <div className={css.who}>
        <h1>{data.name}</h1>
        <p className={css.facts}>
          <Badge {...statusWords(data.status)} />
          <a href={`mailto:${data.email}`}>{data.email}</a>
          {at !== null && <time dateTime={new Date(at * 1000).toISOString()}>{fullDate(at)}</time>}
        </p>
        {web !== null && web.tags.length > 0 && (
          <ul className={css.tags} aria-label="Tags">
            {web.tags.map((tag) => (
              <li key={tag}>{tag.replaceAll("-", " ")}</li>
            ))}
          </ul>
        )}
      </div>
      {web !== null && <MatchScore web={web} />}
      <div className={css.acts}>
        {hasResults(data.status) && (
          <Decision
            interviewId={data.interview_id}
            status={data.status}
            onDecided={onChanged}
            onRefused={refused}
          />
        )}
        <div className={css.actsLine}>
          <Downloads data={data} web={web} />
          {web !== null && (
            <Button variant="quiet" size="small" className={css.keys} onClick={onHelp}>
              Keys <kbd className={css.kbd}>?</kbd>
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}

/** The question in focus: what was last chosen, or what the player has come to. */
function useFocusedQuestion(timeline: Timeline, rating: Rating | null) {
  const playing = usePlayback((state) =>
    state.playing ? (chapterAt(timeline.chapters, state.time)?.questionId ?? "") : "",
  );
  const [focus, setFocus] = useState({ questionId: timeline.chapters[0]?.questionId ?? null, playing });
  // Playing into another question moves the focus there; resting on one leaves it to the reader.
  if (playing !== focus.playing && rating === null) {
    setFocus({ questionId: playing === "" ? focus.questionId : playing, playing });
  }
  const onFocus = (questionId: string) => setFocus({ questionId, playing });
  return [focus.questionId, onFocus] as const;
}

function Results({
  data,
  web,
  interviewer,
  reload,
  onHelp,
}: {
  data: InterviewData;
  web: WebInterview;
  interviewer: string;
  reload: () => void;
  onHelp: () => void;
}) {
  const playback = usePlayer();
  const { refused } = useSession();
  const mediaDuration = usePlayback((state) => state.duration);
  const [rating, setRating] = useState<Rating | null>(null);
  const timeline = useMemo(
    () => buildTimeline(web.transcript, web.scorecard, mediaDuration),
    [web, mediaDuration],
  );
  const [focused, onFocus] = useFocusedQuestion(timeline, rating);
  const turns = useMemo(() => inOrder(web.transcript), [web]);
  const rows = useMemo(() => [...web.scorecard].sort((a, b) => a.rank - b.rank), [web]);
  const quotes = useMemo(() => rows.flatMap((row) => row.evidence ?? []), [rows]);

  useEffect(() => {
    playback.setSilences(timeline.silences);
  }, [playback, timeline]);

  const toAnswer = (direction: 1 | -1) => {
    const answer = stepAnswer(timeline.answers, playback.state.time, direction);
    if (answer === null) return;
    playback.seek(answer.start);
    if (answer.questionId !== null && rating === null) onFocus(answer.questionId);
  };
  const toQuestion = (step: 1 | -1) => {
    const here = rows.findIndex((row) => row.question_id === focused);
    const row = rows[Math.min(rows.length - 1, Math.max(0, here + step))];
    if (row === undefined || rating !== null) return;
    onFocus(row.question_id);
    document.getElementById(`question-${row.question_id}`)?.scrollIntoView({ block: "start" });
  };
  const rate = (score: number) => {
    const questionId = rating?.questionId ?? focused;
    const row = rows.find((one) => one.question_id === questionId);
    if (row !== undefined && row.status !== "not_reached") {
      setRating({ questionId: row.question_id, score });
    }
  };
  useHotkeys({
    " ": playback.toggle,
    ArrowLeft: () => toAnswer(-1),
    ArrowRight: () => toAnswer(1),
    ArrowUp: () => toQuestion(-1),
    ArrowDown: () => toQuestion(1),
    ",": () => playback.seek(wordStep(turns, playback.state.time, -1)),
    ".": () => playback.seek(wordStep(turns, playback.state.time, 1)),
    s: () => playback.setSkipSilences(!playback.state.skipSilences),
    m: () => playback.setMuted(!playback.state.muted),
    "?": onHelp,
    Escape: () => setRating(null),
    ...Object.fromEntries([1, 2, 3, 4, 5].map((score) => [String(score), () => rate(score)])),
  });

  const save = async (questionId: string, score: number, reason: string) => {
    try {
      await api.overrideScore(data.interview_id, { question_id: questionId, score, reason });
    } catch (error) {
      if (error instanceof ApiError) refused(error);
      throw error;
    }
    reload();
  };
  const renew = async () => (await api.interview(data.interview_id)).web_interview;

  return (
    <div className={css.columns}>
      <div className={css.left}>
        <Player web={web} timeline={timeline} quotes={quotes} renew={renew} />
        <Transcript
          turns={web.transcript}
          rows={web.scorecard}
          names={{ Interviewer: interviewer, Candidate: data.name }}
        />
      </div>
      <div className={css.right}>
        {web.summary && (
          <section>
            <h2 className="visually-hidden">Summary</h2>
            <p className={css.summary}>{web.summary}</p>
          </section>
        )}
        <Points web={web} />
        <Scorecard
          rows={web.scorecard}
          chapters={timeline.chapters}
          focused={focused}
          rating={rating}
          onFocus={onFocus}
          onRating={setRating}
          onSave={save}
        />
        <Resume data={data} />
        <Speech web={web} />
        <Noticed events={web.integrity ?? []} />
        <p className={css.model}>
          The AI suggests; you decide.
          {web.model?.name && ` Scored by ${web.model.name}`}
          {web.model?.prompt_version && `, prompt ${web.model.prompt_version}`}
          {web.model?.name && "."}
        </p>
      </div>
    </div>
  );
}

/** One interview: the recording and what was said, beside what is made of it. */
export function InterviewPage({ id }: { id: string }) {
  const { refused } = useSession();
  const [playback] = useState(() => new Playback());
  const [help, setHelp] = useState(false);
  const { data, error, reload } = useResource(
    `interview:${id}`,
    (signal) => api.interview(id, signal),
    { onError: refused, pollEvery: (now) => POLL[now.status] ?? null },
  );
  const postingId = data?.posting_id;
  const posting = useResource(`posting-of:${postingId ?? ""}`, (signal) =>
    postingId === undefined ? Promise.resolve(null) : api.posting(postingId, signal),
  );
  const shown = data !== undefined && hasResults(data.status);
  useEffect(() => {
    if (shown) markSeen(id);
  }, [shown, id]);

  const title = data?.name ?? "Interview";
  const crumbs = [
    { label: "Postings", href: "/" },
    ...(postingId === undefined
      ? []
      : [{ label: posting.data?.title ?? "Posting", href: `/postings/${postingId}` }]),
    { label: title },
  ];
  const web = data?.web_interview ?? null;
  return (
    <PlaybackContext value={playback}>
      <Shell title={title} crumbs={crumbs}>
        {data === undefined && error === null && <InterviewSkeleton />}
        {data === undefined && error !== null && (
          <>
            <h1 className="visually-hidden">Interview</h1>
            <ErrorPanel error={error} what="this interview" onRetry={reload} />
          </>
        )}
        {data !== undefined && (
          <>
            {error !== null && error.status !== 401 && (
              <Notice tone="warn" live="status" className={css.stale}>
                <p>
                  What you see may be out of date: {error.message}{" "}
                  <Button size="small" onClick={reload}>
                    Try again
                  </Button>
                </p>
              </Notice>
            )}
            <Heading data={data} onChanged={reload} onHelp={() => setHelp(true)} />
            {web?.human_requested && (
              <Notice title="Asked to talk with a person" className={css.stale}>
                <p>
                  During the interview the candidate asked for a person, and was told that you
                  would see it. It cost no score; please get in touch.
                </p>
              </Notice>
            )}
            {web !== null && hasResults(data.status) ? (
              <Results
                data={data}
                web={web}
                interviewer={posting.data?.interviewer_name ?? "Interviewer"}
                reload={reload}
                onHelp={() => setHelp(true)}
              />
            ) : (
              <div className={css.narrow}>
                <NotYet data={data} />
                {data.resume !== null && <Resume data={data} />}
              </div>
            )}
            <Help open={help} onClose={() => setHelp(false)} />
          </>
        )}
      </Shell>
    </PlaybackContext>
  );
}
