import { useEffect, useRef } from "react";

import type { Caption } from "@/core/conversation";
import { classes } from "@/ui/classes";

import css from "./Captions.module.css";

/** Every word said, newest below. Not announced: those who hear it, hear it already. */
export function Captions({ captions, name }: { captions: readonly Caption[]; name: string }) {
  const box = useRef<HTMLDivElement>(null);
  const followed = useRef(true);

  useEffect(() => {
    if (followed.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [captions]);

  // A smaller box, as when the writing panel opens, must still show the newest words.
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (followed.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  return (
    <div
      ref={box}
      className={css.box}
      role="region"
      aria-label="Captions"
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also by keys
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        // Who reads further up is not pulled down by new words.
        followed.current = scrollHeight - scrollTop - clientHeight < 40;
      }}
    >
      {captions.length === 0 ? (
        <p className={css.empty}>What is said will also stand here.</p>
      ) : (
        <ul className={css.list}>
          {captions.map((caption) => (
            <li
              key={caption.turnId}
              className={classes(
                caption.speaker === "Candidate" ? css.candidate : css.interviewer,
                caption.backchannel && css.backchannel,
              )}
            >
              <span className={css.speaker}>
                {caption.speaker === "Candidate" ? "You" : name}
              </span>
              <span className={classes(!caption.final && css.interim)}>{caption.text}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
