import { plain, range } from "../model/scores";
import css from "./Scale.module.css";

const at = (score: number) => `${((score - 1) / 4) * 100}%`;

function words(ai: number | null, own: number | null, spread: number | null): string {
  const parts: string[] = [];
  if (own !== null) parts.push(`Your score ${own} of 5`);
  if (ai !== null) {
    const sure = spread !== null && spread > 0 ? `, plus or minus ${plain(spread)}` : "";
    parts.push(`AI’s score ${ai} of 5${sure}`);
  }
  return parts.join(". ");
}

/** The scale from 1 to 5 between its anchors: the AI's score with its spread, and one's own. */
export function Scale({
  ai,
  own = null,
  spread = null,
  low,
  high,
}: {
  ai: number | null;
  own?: number | null;
  spread?: number | null;
  low?: string | null | undefined;
  high?: string | null | undefined;
}) {
  const band = ai !== null && spread !== null && spread > 0 ? range(ai, spread, 1, 5) : null;
  return (
    <div className={css.scale}>
      <div className={css.line} role="img" aria-label={words(ai, own, spread)}>
        {band !== null && (
          <span
            className={css.band}
            style={{ left: at(band.low), width: `${((band.high - band.low) / 4) * 100}%` }}
          />
        )}
        {[1, 2, 3, 4, 5].map((score) => (
          <span key={score} className={css.tick} style={{ left: at(score) }}>
            {score}
          </span>
        ))}
        {ai !== null && (
          <span className={css.ai} data-quiet={own !== null || undefined} style={{ left: at(ai) }}>
            {ai}
          </span>
        )}
        {own !== null && (
          <span className={css.own} style={{ left: at(own) }}>
            <span>{own}</span>
          </span>
        )}
      </div>
      {(low ?? high) && (
        <div className={css.anchors}>
          <p>
            <span className="visually-hidden">1 is: </span>
            {low}
          </p>
          <p>
            <span className="visually-hidden">5 is: </span>
            {high}
          </p>
        </div>
      )}
    </div>
  );
}
