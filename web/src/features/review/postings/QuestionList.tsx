import { type ReactNode, useLayoutEffect, useRef, useState } from "react";

import { Button } from "@/ui/Button";
import { classes } from "@/ui/classes";

import { moved } from "../model/questions";
import type { Modality, Question } from "../model/types";
import { Icon } from "../ui/Icon";
import { DeleteQuestion } from "./DeleteQuestion";
import { type MoveBy, Movers } from "./Movers";
import { QuestionForm } from "./QuestionForm";
import css from "./QuestionList.module.css";
import { useDragOrder } from "./useDragOrder";
import type { QuestionActions } from "./useQuestions";

type Act = MoveBy | "edit" | "add";

/**
 * Puts the focus where the reader was, once it stands there again: a move takes an element out of
 * the page for a moment, and a form takes the place of the button that opened it.
 */
function useReturn() {
  const area = useRef<HTMLDivElement>(null);
  const wanted = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    const button = area.current?.querySelector<HTMLElement>(wanted.current);
    if (!button) return;
    wanted.current = null;
    button.focus({ preventScroll: true });
    (button.closest("li") ?? button).scrollIntoView({ block: "nearest" });
  });
  const returnTo = (act: Act, id: string | null = null) => {
    wanted.current = `${id === null ? "" : `[data-id="${id}"] `}[data-act="${act}"]`;
  };
  return [area, returnTo] as const;
}

/** Questions or criteria of one modality: to read, write and delete, and questions to order. */
export function QuestionList({
  modality,
  noun,
  questions,
  actions,
  children,
}: {
  modality: Modality;
  /** What one of them is called, e.g. "question". */
  noun: string;
  questions: readonly Question[];
  actions: QuestionActions;
  /** Shows one that is not being written. */
  children: (question: Question, at: number) => ReactNode;
}) {
  const ordered = modality === "voice";
  const ids = questions.map((one) => one.id);
  const [area, returnTo] = useReturn();
  const [writing, setWriting] = useState<ReadonlySet<string>>(new Set());
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<Question | null>(null);
  const [said, setSaid] = useState("");

  const reorder = (order: string[], id: string) => {
    actions.reorder(modality, order);
    setSaid(`Now number ${order.indexOf(id) + 1} of ${order.length}.`);
  };
  const drag = useDragOrder(ids, reorder);
  const write = (id: string) => setWriting(new Set([...writing, id]));
  const stopWriting = (id: string) => {
    returnTo("edit", id);
    setWriting((now) => new Set([...now].filter((one) => one !== id)));
  };
  const stopAdding = () => {
    returnTo("add");
    setAdding(false);
  };

  return (
    <div ref={area} className={css.whole}>
      <ol className={ordered ? css.cards : css.lines}>
        {questions.map((question, index) => {
          const { id } = question;
          const at = drag.order.indexOf(id);
          return (
            <li
              key={id}
              data-id={id}
              data-dragged={drag.dragged === id || undefined}
              className={ordered ? css.card : css.line}
              style={{ order: at }}
            >
              {ordered && (
                <div className={css.rail}>
                  <span className={css.number}>{at + 1}</span>
                  <Movers
                    at={at}
                    count={ids.length}
                    onGrab={(event) => drag.grab(id, event)}
                    onMove={(to, by) => {
                      returnTo(by, id);
                      reorder(moved(ids, index, to), id);
                    }}
                  />
                </div>
              )}
              {writing.has(id) ? (
                <QuestionForm
                  modality={modality}
                  question={question}
                  label={`Edit ${noun} ${at + 1}`}
                  onSave={(changes) => actions.update(id, changes)}
                  onClose={() => stopWriting(id)}
                />
              ) : (
                <>
                  <div className={css.content}>{children(question, at)}</div>
                  <Acts
                    what={`${noun} ${at + 1}`}
                    onEdit={() => write(id)}
                    onDelete={() => setDeleting(question)}
                  />
                </>
              )}
            </li>
          );
        })}
      </ol>
      {adding ? (
        <div className={classes(css.fresh, ordered && css.freshCard)}>
          <QuestionForm
            modality={modality}
            question={null}
            label={`New ${noun}`}
            onSave={(fields) => actions.add(modality, fields)}
            onClose={stopAdding}
          />
        </div>
      ) : (
        <Button size="small" className={css.add} data-act="add" onClick={() => setAdding(true)}>
          <Icon name="plus" size={18} /> Add a {noun}
        </Button>
      )}
      <DeleteQuestion
        question={deleting}
        noun={noun}
        onDelete={async (question) => {
          await actions.remove(question);
          returnTo("add");
        }}
        onClose={() => setDeleting(null)}
      />
      <p className="visually-hidden" role="status">
        {said}
      </p>
    </div>
  );
}

function Acts({
  what,
  onEdit,
  onDelete,
}: {
  what: string;
  onEdit: () => void;
  onDelete: () => void;
}) {
  return (
    <div className={css.acts}>
      <Button variant="quiet" size="small" data-act="edit" onClick={onEdit}>
        Edit<span className="visually-hidden"> {what}</span>
      </Button>
      <Button variant="quiet" size="small" onClick={onDelete}>
        Delete<span className="visually-hidden"> {what}</span>
      </Button>
    </div>
  );
}
