/** A window as a file names it or people set it: in the units after rescaling. */
export interface ReadWindow {
  readonly name: string;
  readonly centre: number;
  readonly width: number;
  readonly shape: 'linear' | 'sigmoid';
}

/** How a window was changed, apart from what it was: what one film shows can be done to others with windows of their own. */
export interface WindowChange {
  /** Of the window's width. */
  readonly shift: number;
  readonly stretch: number;
}

/** As the file has it. */
export const NO_CHANGE: WindowChange = { shift: 0, stretch: 1 };

/**
 * A window with a change; its width stays one at least. On a film whose low values are white a window moves the other way, so that
 * what makes one film brighter makes brighter what hangs beside it.
 */
export function changedWindow(window: ReadWindow, { shift, stretch }: WindowChange, lowIsWhite: boolean): ReadWindow {
  return {
    ...window,
    centre: window.centre + (lowIsWhite ? -shift : shift) * window.width,
    width: Math.max(1, window.width * stretch),
  };
}

/** What turns stored values into greys. */
export interface GreyRule {
  readonly window: ReadWindow;
  readonly slope: number;
  readonly intercept: number;
  readonly signed: boolean;
  /** White and black changed: by MONOCHROME1, or by whoever looks; twice is not at all. */
  readonly inverted: boolean;
}

/** Every stored value has two bytes here, whatever the file has. */
const VALUES = 65_536;
const OPAQUE = 0xff00_0000;

/**
 * The picture point (opaque grey, as four bytes) of each stored value: PS3.3 C.11.2.1.2 (linear) and C.11.2.1.3 (sigmoid). Negative
 * values are found by their two bytes.
 */
export function greyTable({ window, slope, intercept, signed, inverted }: GreyRule): Uint32Array {
  const table = new Uint32Array(VALUES);
  const { centre, width, shape } = window;
  const [from, to] = [centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2];
  for (let stored = 0; stored < VALUES; stored += 1) {
    const value = (signed && stored >= VALUES / 2 ? stored - VALUES : stored) * slope + intercept;
    const share =
      shape === 'sigmoid'
        ? 1 / (1 + Math.exp((-4 * (value - centre)) / width))
        : value <= from
          ? 0
          : value > to
            ? 1
            : (value - (centre - 0.5)) / Math.max(1, width - 1) + 0.5;
    const grey = Math.round(255 * (inverted ? 1 - share : share));
    table[stored] = (OPAQUE | (grey << 16) | (grey << 8) | grey) >>> 0;
  }
  return table;
}
