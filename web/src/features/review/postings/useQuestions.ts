import { useRef, useState } from "react";

import { ApiError } from "@/api/client";

import * as api from "../model/api";
import { ofModality, ranked } from "../model/questions";
import type { Modality, Question } from "../model/types";
import { useResource } from "../model/useResource";
import { useSession } from "../session/session";

export interface QuestionActions {
  add: (modality: Modality, fields: object) => Promise<void>;
  update: (questionId: string, changes: object) => Promise<void>;
  remove: (question: Question) => Promise<void>;
  /** Shown at once, stored behind it; a refusal is told in `orderProblem`. */
  reorder: (modality: Modality, order: string[]) => void;
}

/** A posting's questions and what may be done to them; every change shows without fetching. */
export function useQuestions(postingId: string) {
  const { refused } = useSession();
  const [orderProblem, setOrderProblem] = useState<ApiError | null>(null);
  const { data, error, reload, change } = useResource(
    `questions:${postingId}`,
    (signal) => api.questions(postingId, signal),
    { onError: refused },
  );
  /** The newest order not yet sent, by modality; null while none waits but one is under way. */
  const waiting = useRef(new Map<Modality, string[] | null>());

  const call = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (caught) {
      if (caught instanceof ApiError) refused(caught);
      throw caught;
    }
  };

  // One at a time, so that an older order never overtakes a newer one; those between are left out.
  const sendOrders = async (modality: Modality) => {
    for (;;) {
      const order = waiting.current.get(modality);
      if (!order) break;
      waiting.current.set(modality, null);
      try {
        await call(api.reorderQuestions(postingId, modality, order));
      } catch (caught) {
        setOrderProblem(caught instanceof ApiError ? caught : null);
        waiting.current.set(modality, null);
        reload();
      }
    }
    waiting.current.delete(modality);
  };

  const actions: QuestionActions = {
    add: async (modality, fields) => {
      const added = await call(api.addQuestion(postingId, modality, fields));
      change((all) => [...all, added]);
    },
    update: async (questionId, changes) => {
      const updated = await call(api.updateQuestion(postingId, questionId, changes));
      // The rank is the page's: an order may be on its way to the service.
      change((all) =>
        all.map((one) => (one.id === questionId ? { ...updated, rank: one.rank } : one)),
      );
    },
    remove: async ({ id, modality }) => {
      await call(api.deleteQuestion(postingId, id));
      change((all) => {
        const rest = all.filter((one) => one.id !== id);
        return ranked(rest, ofModality(rest, modality).map((one) => one.id));
      });
    },
    reorder: (modality, order) => {
      setOrderProblem(null);
      change((all) => ranked(all, order));
      const busy = waiting.current.has(modality);
      waiting.current.set(modality, order);
      if (!busy) void sendOrders(modality);
    },
  };
  return { questions: data, error, orderProblem, reload, actions };
}
