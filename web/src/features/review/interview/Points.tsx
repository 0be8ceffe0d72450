import { useMemo } from "react";

import { placeOf } from "../model/points";
import type { WebInterview } from "../model/types";
import css from "./Sections.module.css";
import { SeekButton } from "./SeekButton";

function List({
  title,
  points,
  questions,
  web,
}: {
  title: string;
  points: readonly string[];
  questions: readonly string[] | undefined;
  web: WebInterview;
}) {
  const places = useMemo(
    () => points.map((point, i) => placeOf(point, questions?.[i], web.scorecard, web.transcript)),
    [points, questions, web],
  );
  return (
    <section className={css.points}>
      <h2>{title}</h2>
      {points.length === 0 ? (
        <p className={css.note}>None.</p>
      ) : (
        <ul>
          {points.map((point, i) => {
            const place = places[i] ?? null;
            return (
              <li key={point}>
                {point}
                {place !== null && (
                  <>
                    {" "}
                    <SeekButton start={place.start} label="Play where this was said" />
                  </>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

/** What speaks for and against, each leading to where it was said. */
export function Points({ web }: { web: WebInterview }) {
  return (
    <div className={css.pair}>
      <List
        title="Highlights"
        points={web.highlights}
        questions={web.highlight_questions}
        web={web}
      />
      <List title="Lowlights" points={web.lowlights} questions={web.lowlight_questions} web={web} />
    </div>
  );
}
