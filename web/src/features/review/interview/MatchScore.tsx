import { matchSpread, partsOf, plain, scoreOf } from "../model/scores";
import type { WebInterview } from "../model/types";
import css from "./MatchScore.module.css";

/** The match score and what it is made of: a question's width is its weight, its fill its score. */
export function MatchScore({ web }: { web: WebInterview }) {
  const parts = partsOf(web.scorecard);
  const counted = parts.filter((part) => part.possible > 0);
  const spread = matchSpread(web.scorecard);
  const overridden = web.scorecard.some((row) => row.override);
  const ai = web.ai_match_score;
  return (
    <div className={css.match}>
      <div className={css.figure}>
        <span className={css.label}>Match score</span>
        <span className={css.number}>
          {web.match_score ?? "–"}
          {spread !== null && web.match_score !== null && (
            <span className={css.spread}>
              <span aria-hidden="true">±{Math.max(1, Math.round(spread))}</span>
              <span className="visually-hidden">
                , plus or minus {Math.max(1, Math.round(spread))}
              </span>
            </span>
          )}
        </span>
        <span className={css.of}>
          {web.match_score === null && "No question could be scored."}
          {web.match_score !== null && !overridden && "of 100"}
          {web.match_score !== null &&
            overridden &&
            (typeof ai === "number" ? `with your scores; the AI’s: ${ai}` : "with your scores")}
        </span>
      </div>
      {counted.length > 0 && (
        <div className={css.made}>
          <div className={css.bar} aria-hidden="true">
            {counted.map((part) => (
              <span key={part.row.question_id} className={css.part} style={{ flexGrow: part.possible }}>
                <span className={css.column}>
                  <span
                    className={css.fill}
                    style={{ height: `${(100 * part.points) / part.possible}%` }}
                  />
                </span>
                <span className={css.partLabel}>{part.index}</span>
              </span>
            ))}
          </div>
          <details className={css.details}>
            <summary>How it adds up</summary>
            <table>
              <caption className="visually-hidden">What the match score is made of</caption>
              <thead>
                <tr>
                  <th scope="col">Question</th>
                  <th scope="col">Weight</th>
                  <th scope="col">Score</th>
                  <th scope="col">Points</th>
                </tr>
              </thead>
              <tbody>
                {parts.map((part) => (
                  <tr key={part.row.question_id}>
                    <th scope="row">{part.index}</th>
                    <td>{part.row.not_scored === true ? "–" : plain(part.row.score_weight)}</td>
                    <td>
                      {scoreOf(part.row) ?? "not counted"}
                      {part.row.override && " (yours)"}
                    </td>
                    <td>
                      {part.possible > 0 ? `${plain(part.points)} of ${plain(part.possible)}` : "–"}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        </div>
      )}
    </div>
  );
}
