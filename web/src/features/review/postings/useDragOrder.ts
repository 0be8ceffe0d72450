import {
  type PointerEvent as ReactPointerEvent,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useRef,
  useState,
} from "react";

import { dropIndex, moved } from "../model/questions";

/** So near to the window's edge, in px, a drag scrolls the page. */
const EDGE = 72;
const SCROLL_STEP = 14;

interface Held {
  item: HTMLElement;
  /** From the item's top to where it was taken hold of, px. */
  offset: number;
  /** Where the pointer is, in the window. */
  y: number;
}

/** Where the item would stand without the shift that makes it follow the pointer. */
function slotTop(item: HTMLElement): number {
  const shift = Number.parseFloat(item.style.translate.split(" ")[1] ?? "");
  return item.getBoundingClientRect().top - (Number.isNaN(shift) ? 0 : shift);
}

/**
 * Ordering a list by dragging with mouse, pen or finger. The items stay where they are in the
 * document until the drop; meanwhile `order` says where each is shown (CSS `order`), so that
 * nothing loses its focus. Escape lets go without a change.
 *
 * @param ids the items as they stand; each `<li>` carries its own in `data-id`
 * @returns `grab` for a handle's `onPointerDown`, and which item is being dragged
 */
export function useDragOrder(ids: readonly string[], onDrop: (order: string[], id: string) => void) {
  const [drag, setDrag] = useState<{ id: string; order: string[] } | null>(null);
  const held = useRef<Held | null>(null);

  const follow = useEffectEvent(() => {
    if (held.current === null || drag === null) return;
    const { item, offset, y } = held.current;
    const boxes = drag.order.map((id) => {
      const one = item.parentElement?.querySelector<HTMLElement>(`:scope > [data-id="${id}"]`);
      return one ? { top: slotTop(one), height: one.offsetHeight } : { top: 0, height: 0 };
    });
    const at = drag.order.indexOf(drag.id);
    const to = dropIndex(boxes, at, y);
    if (to !== at) setDrag({ ...drag, order: moved(drag.order, at, to) });
    item.style.translate = `0 ${y - offset - (boxes[at]?.top ?? 0)}px`;
  });

  const letGo = useEffectEvent((dropped: boolean) => {
    if (held.current) held.current.item.style.translate = "";
    held.current = null;
    setDrag(null);
    if (dropped && drag?.order.some((id, at) => id !== ids[at])) onDrop(drag.order, drag.id);
  });

  // Once the others have made room, the dragged one is put back under the pointer.
  useLayoutEffect(() => follow(), [drag]);

  const dragging = drag !== null;
  useEffect(() => {
    if (!dragging) return;
    const listening = new AbortController();
    const { signal } = listening;
    const move = (event: PointerEvent) => {
      if (held.current) held.current.y = event.clientY;
      follow();
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key === "Escape") letGo(false);
    };
    window.addEventListener("pointermove", move, { signal });
    window.addEventListener("pointerup", () => letGo(true), { signal });
    window.addEventListener("pointercancel", () => letGo(false), { signal });
    window.addEventListener("keydown", escape, { signal });
    const scrolling = setInterval(() => {
      const y = held.current?.y ?? EDGE;
      const step = y < EDGE ? -SCROLL_STEP : y > window.innerHeight - EDGE ? SCROLL_STEP : 0;
      if (step !== 0) window.scrollBy(0, step);
      if (step !== 0) follow();
    }, 16);
    return () => {
      listening.abort();
      clearInterval(scrolling);
    };
  }, [dragging]);

  const grab = (id: string, event: ReactPointerEvent<HTMLElement>) => {
    const item = event.currentTarget.closest("li");
    if (event.button !== 0 || item === null || dragging) return;
    held.current = { item, offset: event.clientY - slotTop(item), y: event.clientY };
    setDrag({ id, order: [...ids] });
  };

  return { order: drag?.order ?? ids, dragged: drag?.id ?? null, grab };
}
