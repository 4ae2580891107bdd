import { type FilmView, WHOLE_FILM } from './film-place.ts';
import { NO_CHANGE, type WindowChange } from './film-window.ts';
import type { Layout } from './hanging.ts';

/** What dragging on a film does. */
export const TOOLS = ['window', 'pan', 'zoom', 'measure', 'mark'] as const;

/** One of {@link TOOLS}. */
export type Tool = (typeof TOOLS)[number];

/** How the films are looked at. Nothing in it is about what is on them. */
export interface ViewerState {
  readonly layout: Layout;
  readonly active: string;
  readonly tool: Tool;
  readonly linked: boolean;
  readonly inverted: boolean;
  readonly magnifier: boolean;
  /** A window that the file names, by its number, or one made from the film's own values. */
  readonly preset: number | 'automatic';
  readonly views: Readonly<Record<string, FilmView>>;
  readonly changes: Readonly<Record<string, WindowChange>>;
}

/** As a study is opened. */
export function firstState(layout: Layout, active: string): ViewerState {
  return {
    layout,
    active,
    tool: 'window',
    linked: true,
    inverted: false,
    magnifier: false,
    preset: 0,
    views: {},
    changes: {},
  };
}

/** How a cell is looked at. */
export function viewOf({ views }: ViewerState, cellId: string): FilmView {
  return views[cellId] ?? WHOLE_FILM;
}

/** How the window of a cell was changed. */
export function changeOf({ changes }: ViewerState, cellId: string): WindowChange {
  return changes[cellId] ?? NO_CHANGE;
}

/** A cell looked at anew; the others with it where they are linked. */
export function withView(state: ViewerState, cells: readonly string[], cellId: string, view: FilmView): ViewerState {
  return { ...state, views: spread(state.views, state.linked ? cells : [cellId], view) };
}

/** The window of a cell changed; those of the others with it where they are linked. */
export function withChange(
  state: ViewerState,
  cells: readonly string[],
  cellId: string,
  change: WindowChange,
): ViewerState {
  return { ...state, changes: spread(state.changes, state.linked ? cells : [cellId], change) };
}

/** As the file has it, all of it in sight. */
export function resetView(state: ViewerState): ViewerState {
  return { ...state, views: {}, changes: {}, inverted: false, preset: 0 };
}

function spread<Value>(
  known: Readonly<Record<string, Value>>,
  cells: readonly string[],
  value: Value,
): Readonly<Record<string, Value>> {
  return { ...known, ...Object.fromEntries(cells.map((cellId) => [cellId, value])) };
}
