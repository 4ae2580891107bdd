/** What a key does in the viewer. */
export type ViewerAct =
  | 'layout-all'
  | 'layout-priors'
  | 'layout-first'
  | 'layout-second'
  | 'layout-single'
  | 'window'
  | 'pan'
  | 'zoom-tool'
  | 'measure'
  | 'mark'
  | 'brighter'
  | 'darker'
  | 'softer'
  | 'harder'
  | 'nearer'
  | 'farther'
  | 'left'
  | 'right'
  | 'up'
  | 'down'
  | 'cross-left'
  | 'cross-right'
  | 'cross-up'
  | 'cross-down'
  | 'preset'
  | 'invert'
  | 'magnifier'
  | 'link'
  | 'reset'
  | 'full-screen'
  | 'next-film'
  | 'opinion'
  | 'own-read'
  | 'next-study'
  | 'help'
  | 'close';

/** Letters by their place on the keyboard: on a Greek or Ukrainian one the same key writes another letter. */
const BY_CODE: Readonly<Record<string, ViewerAct>> = {
  Digit1: 'layout-all',
  Digit2: 'layout-priors',
  Digit3: 'layout-first',
  Digit4: 'layout-second',
  Digit5: 'layout-single',
  KeyW: 'window',
  KeyG: 'pan',
  KeyZ: 'zoom-tool',
  KeyD: 'measure',
  KeyK: 'mark',
  KeyP: 'preset',
  KeyI: 'invert',
  KeyM: 'magnifier',
  KeyL: 'link',
  KeyR: 'reset',
  KeyF: 'full-screen',
  KeyA: 'next-film',
  KeyO: 'opinion',
  KeyE: 'own-read',
  KeyN: 'next-study',
  KeyH: 'help',
  PageUp: 'brighter',
  PageDown: 'darker',
  Home: 'harder',
  End: 'softer',
  Escape: 'close',
};

const BY_KEY: Readonly<Record<string, ViewerAct>> = { '+': 'nearer', '=': 'nearer', '-': 'farther', '?': 'help' };

const ARROWS: Readonly<Record<string, readonly [ViewerAct, ViewerAct]>> = {
  ArrowLeft: ['left', 'cross-left'],
  ArrowRight: ['right', 'cross-right'],
  ArrowUp: ['up', 'cross-up'],
  ArrowDown: ['down', 'cross-down'],
};

/** Keys as they are shown, with what each does, in the order of the help. */
export const KEY_HELP: readonly (readonly [keys: string, act: ViewerAct])[] = [
  ['1', 'layout-all'],
  ['2', 'layout-priors'],
  ['3', 'layout-first'],
  ['4', 'layout-second'],
  ['5', 'layout-single'],
  ['A', 'next-film'],
  ['W', 'window'],
  ['PgUp PgDn', 'brighter'],
  ['Home End', 'harder'],
  ['P', 'preset'],
  ['I', 'invert'],
  ['+ −', 'nearer'],
  ['← → ↑ ↓', 'left'],
  ['G', 'pan'],
  ['Z', 'zoom-tool'],
  ['M', 'magnifier'],
  ['L', 'link'],
  ['R', 'reset'],
  ['F', 'full-screen'],
  ['⇧ ← → ↑ ↓', 'cross-left'],
  ['D', 'measure'],
  ['K', 'mark'],
  ['E', 'own-read'],
  ['O', 'opinion'],
  ['N', 'next-study'],
  ['?  H', 'help'],
];

/** What a key press means; undefined where it is not the viewer's. */
export function actOfKey(event: {
  readonly key: string;
  readonly code: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}): ViewerAct | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const arrow = ARROWS[event.key];
  if (arrow !== undefined) return arrow[event.shiftKey ? 1 : 0];
  return BY_KEY[event.key] ?? BY_CODE[event.code];
}
