import { useMemo } from "react";

import { placeOf } from "../model/points";
import type { PointEvidence, WebInterview } from "../model/types";
import css from "./Sections.module.css";
import { SeekButton } from "./SeekButton";

function List({
  title,
  points,
  evidence,
  web,
}: {
  title: string;
  points: readonly string[];
  evidence: readonly (PointEvidence | null)[] | undefined;
  web: WebInterview;
}) {
  const places = useMemo(
    () => points.map((point, i) => placeOf(point, evidence?.[i], web.scorecard, web.transcript)),
    [points, evidence, web],
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
        evidence={web.highlight_evidence}
        web={web}
      />
      <List title="Lowlights" points={web.lowlights} evidence={web.lowlight_evidence} web={web} />
    </div>
  );
}
