import { useEffect, useEffectEvent } from "react";

const TEXT_INPUTS = new Set(["text", "search", "password", "email", "url", "number", "tel"]);

/** What a key already does where the focus is; there it keeps its meaning. */
function takenBy(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("dialog") !== null) return true;
  if (key === "Escape") return false;
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  if (target instanceof HTMLInputElement) {
    return TEXT_INPUTS.has(target.type) || key.startsWith("Arrow") || key === " ";
  }
  return key === " " && target.closest("button, a, summary") !== null;
}

/** Keys of the whole page, by `KeyboardEvent.key`. Combinations with modifiers stay the browser's. */
export function useHotkeys(keys: Readonly<Record<string, () => void>>): void {
  const press = useEffectEvent((event: KeyboardEvent) => {
    const action = keys[event.key];
    if (action === undefined || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (takenBy(event.target, event.key)) return;
    event.preventDefault();
    action();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => press(event);
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, []);
}
