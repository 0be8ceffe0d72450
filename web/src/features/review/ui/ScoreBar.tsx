import { plain, range } from "../model/scores";
import css from "./ScoreBar.module.css";

/**
 * A score as a number, a small bar and, where it is known, how sure it is: the whisker spans one
 * standard deviation to each side. One colour for all scores, so that it informs and doesn't judge.
 */
export function ScoreBar({
  score,
  max = 100,
  spread = null,
}: {
  score: number;
  max?: number;
  spread?: number | null | undefined;
}) {
  const percent = (value: number) => `${(100 * value) / max}%`;
  const sure = typeof spread === "number" && spread > 0 ? spread : null;
  const { low, high } = range(score, sure ?? 0, 0, max);
  return (
    <span className={css.score}>
      <span className={css.number}>{plain(score)}</span>
      <span className="visually-hidden"> of {max}</span>
      <span className={css.bar} aria-hidden="true">
        <span className={css.fill} style={{ width: percent(score) }} />
        {sure !== null && (
          <span className={css.whisker} style={{ left: percent(low), width: percent(high - low) }} />
        )}
      </span>
      {sure !== null && (
        <span className={css.spread}>
          <span aria-hidden="true">±{Math.max(1, Math.round(sure))}</span>
          <span className="visually-hidden">, plus or minus {Math.max(1, Math.round(sure))}</span>
        </span>
      )}
    </span>
  );
}
