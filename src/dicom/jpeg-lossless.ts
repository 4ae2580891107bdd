import { JpegBits } from './jpeg-bits.ts';
import type { JpegStream } from './jpeg-stream.ts';
import { unusable } from './unusable.ts';

/** Decodes lossless JPEG with Huffman coding, any predictor (ITU-T T.81 annex H). [row, column], as stored. */
export function decodeJpegLossless(stream: JpegStream): Uint16Array {
  const { rows, columns, precisionBits, restartInterval, huffman, scan } = stream;
  const table = huffman.get(scan.dcTable);
  if (table === undefined) unusable('its Huffman table is missing');
  if (restartInterval % columns !== 0) unusable('it restarts within a row');
  const rowsToRestart = restartInterval / columns;
  const bits = new JpegBits(stream.coded);
  const values = new Uint16Array(rows * columns);
  const predict = PREDICTORS[scan.start];
  if (predict === undefined) unusable('its JPEG predictor is unknown');
  for (let row = 0; row < rows; row += 1) {
    const restarted = rowsToRestart > 0 && row % rowsToRestart === 0;
    if (restarted && row > 0) bits.restart();
    // Without a row above, or after a restart, only the left neighbour predicts.
    const alone = row === 0 || restarted;
    const start = row * columns;
    for (let column = 0; column < columns; column += 1) {
      const at = start + column;
      let predicted: number;
      if (column === 0)
        predicted = alone ? 1 << (precisionBits - scan.pointTransform - 1) : (values[at - columns] ?? 0);
      else if (alone) predicted = values[at - 1] ?? 0;
      else predicted = predict(values[at - 1] ?? 0, values[at - columns] ?? 0, values[at - columns - 1] ?? 0);
      const size = bits.symbol(table);
      if (size > 16) unusable('its JPEG data are damaged');
      values[at] = predicted + (size === 16 ? 32768 : bits.difference(size));
    }
    bits.assertNotPastEnd();
  }
  if (scan.pointTransform > 0) for (const [at, value] of values.entries()) values[at] = value << scan.pointTransform;
  return values;
}

type Predictor = (left: number, above: number, corner: number) => number;

/** By selection value (ITU-T T.81 table H.1). */
const PREDICTORS: readonly (Predictor | undefined)[] = [
  undefined,
  (left) => left,
  (_left, above) => above,
  (_left, _above, corner) => corner,
  (left, above, corner) => left + above - corner,
  (left, above, corner) => left + ((above - corner) >> 1),
  (left, above, corner) => above + ((left - corner) >> 1),
  (left, above) => (left + above) >> 1,
];
