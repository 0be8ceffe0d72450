import { useSyncExternalStore } from "react";

import type { Observable } from "@/core/observable";

/** The observable's value, rendered anew whenever it changes. */
export function useObservable<T>(observable: Observable<T>): T {
  return useSyncExternalStore(observable.subscribe, observable.get);
}
