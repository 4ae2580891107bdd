import { type PointerEvent, type RefObject, useEffect, useRef } from 'react';
import { devicePixels } from './device-pixels.ts';
import { type FilmPlace, type FilmView, filmPoint, moved, type Point, zoomed } from './film-place.ts';
import type { WindowChange } from './film-window.ts';
import type { Tool } from './viewer-state.ts';

/** What mouse, pen and fingers do to a film. */
export interface CellPointers {
  readonly place: FilmPlace | undefined;
  readonly view: FilmView;
  readonly change: WindowChange;
  readonly tool: Tool;
  readonly onView: (view: FilmView) => void;
  readonly onChange: (change: WindowChange) => void;
  readonly onMeasure: (from: Point, to: Point) => void;
  readonly onMark: (at: Point) => void;
}

/** A drag over the whole cell changes the window this much. */
const WINDOW_PER_CELL = 1.6;

/**
 * The left button does what the tool says, the middle one (or shift) moves, the right one zooms, or sets the window where the tool
 * does something else; the wheel zooms where it points; two fingers zoom and move.
 */
export function useCellPointers(frame: RefObject<HTMLElement | null>, acts: CellPointers) {
  const now = useRef(acts);
  now.current = acts;
  const downs = useRef(new Map<number, Point>());
  const begun = useRef<{ readonly act: Tool; readonly from: Point }>(undefined);

  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const onWheel = (event: WheelEvent) => {
      const { place, view, onView } = now.current;
      if (place === undefined) return;
      event.preventDefault();
      onView(zoomed(place, view, Math.exp(-event.deltaY / 500), pointIn(element, event)));
    };
    // React listens passively, and a passive listener cannot keep the page from scrolling.
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [frame]);

  return {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      const { place, view, tool, onMark } = now.current;
      if (place === undefined) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const at = pointIn(event.currentTarget, event);
      downs.current.set(event.pointerId, at);
      const act = actOf(event, tool);
      begun.current = { act, from: filmPoint(place, view, at) };
      if (act === 'mark') onMark(begun.current.from);
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      const { place, view, change, onView, onChange, onMeasure } = now.current;
      const last = downs.current.get(event.pointerId);
      if (place === undefined || last === undefined || begun.current === undefined) return;
      const at = pointIn(event.currentTarget, event);
      const others = [...downs.current].filter(([id]) => id !== event.pointerId);
      downs.current.set(event.pointerId, at);
      const [other] = others;
      if (other !== undefined) {
        onView(pinched(place, view, { fixed: other[1], from: last, to: at }));
        return;
      }
      const by = { x: at.x - last.x, y: at.y - last.y };
      switch (begun.current.act) {
        case 'window':
          onChange({
            // Upwards is brighter, to the right is a wider window, as in the programs of clinics.
            shift: change.shift + (WINDOW_PER_CELL * by.y) / place.cell.height,
            stretch: Math.min(20, Math.max(0.02, change.stretch * Math.exp((2 * by.x) / place.cell.width))),
          });
          break;
        case 'pan':
          onView(moved(place, view, by));
          break;
        case 'zoom':
          onView(zoomed(place, view, Math.exp((-3 * by.y) / place.cell.height), middleOf(place)));
          break;
        case 'measure':
          onMeasure(begun.current.from, filmPoint(place, view, at));
          break;
        case 'mark':
          break;
      }
    },
    onPointerUp(event: PointerEvent<HTMLElement>) {
      downs.current.delete(event.pointerId);
      if (downs.current.size === 0) begun.current = undefined;
    },
  };
}

/** The middle of a cell. */
export function middleOf({ cell }: FilmPlace): Point {
  return { x: cell.width / 2, y: cell.height / 2 };
}

function actOf(event: PointerEvent, tool: Tool): Tool {
  if (event.button === 1 || event.shiftKey) return 'pan';
  if (event.button === 2) return tool === 'window' ? 'zoom' : 'window';
  return tool;
}

/** Two fingers: what lies under the one that rests stays there, and both carry the film. */
function pinched(
  place: FilmPlace,
  view: FilmView,
  { fixed, from, to }: { readonly fixed: Point; readonly from: Point; readonly to: Point },
): FilmView {
  const before = Math.hypot(from.x - fixed.x, from.y - fixed.y);
  const after = Math.hypot(to.x - fixed.x, to.y - fixed.y);
  const middle = { x: (to.x + fixed.x) / 2, y: (to.y + fixed.y) / 2 };
  const carried = moved(place, view, { x: (to.x - from.x) / 2, y: (to.y - from.y) / 2 });
  return before < 1 ? carried : zoomed(place, carried, after / before, middle);
}

function pointIn(
  element: Element,
  { clientX, clientY }: { readonly clientX: number; readonly clientY: number },
): Point {
  const box = element.getBoundingClientRect();
  const ratio = devicePixels();
  return { x: (clientX - box.left) * ratio, y: (clientY - box.top) * ratio };
}
