import { flagWords } from "../model/words";
import css from "./Flags.module.css";
import { Icon } from "./Icon";

/** What a recruiter should look at before trusting a score. */
export function Flags({ flags }: { flags: readonly string[] | undefined }) {
  if (flags === undefined || flags.length === 0) return null;
  return (
    <ul className={css.flags} aria-label="To look at">
      {flags.map((flag) => (
        <li key={flag}>
          <Icon name="warn" size={16} />
          {flagWords(flag)}
        </li>
      ))}
    </ul>
  );
}
