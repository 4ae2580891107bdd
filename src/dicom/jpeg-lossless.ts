import { JpegBits } from './jpeg-bits.ts';
import type { JpegScan, JpegStream } from './jpeg-stream.ts';
import { unusable } from './unusable.ts';

/** Decodes lossless JPEG with Huffman coding, any predictor (ITU-T T.81 annex H). [row, column, component], as stored. */
export function decodeJpegLossless(stream: JpegStream): Uint16Array {
  const { rows, columns, components } = stream;
  if (components.some(({ across, down }) => across !== 1 || down !== 1)) unusable('its lossless JPEG is subsampled');
  if (stream.precisionBits < 2 || stream.precisionBits > 16) unusable(`it has ${stream.precisionBits} bits`);
  const values = new Uint16Array(rows * columns * components.length);
  for (const scan of stream.scans) readScan(stream, scan, values);
  return values;
}

function readScan(stream: JpegStream, scan: JpegScan, values: Uint16Array): void {
  const { rows, columns, precisionBits } = stream;
  const step = stream.components.length;
  const own = scan.components.map(({ index, dcTable }) => {
    const table = scan.huffman.get(dcTable);
    if (table === undefined) unusable('its Huffman table is missing');
    return { index, table };
  });
  if (scan.restartInterval % columns !== 0) unusable('it restarts within a row');
  const rowsToRestart = scan.restartInterval / columns;
  const bits = new JpegBits(scan.coded);
  const width = columns * step;
  const predict = PREDICTORS[scan.start];
  if (predict === undefined) unusable('its JPEG predictor is unknown');
  if (scan.pointTransform >= precisionBits) unusable('its JPEG header is damaged');
  const middle = 1 << (precisionBits - scan.pointTransform - 1);
  for (let row = 0; row < rows; row += 1) {
    const restarted = rowsToRestart > 0 && row % rowsToRestart === 0;
    if (restarted && row > 0) bits.restart();
    // Without a row above, or after a restart, only the left neighbour predicts.
    const alone = row === 0 || restarted;
    for (let column = 0; column < columns; column += 1) {
      for (const { index, table } of own) {
        const at = row * width + column * step + index;
        let predicted: number;
        if (column === 0) predicted = alone ? middle : (values[at - width] ?? 0);
        else if (alone) predicted = values[at - step] ?? 0;
        else predicted = predict(values[at - step] ?? 0, values[at - width] ?? 0, values[at - width - step] ?? 0);
        const size = bits.symbol(table);
        if (size > 16) unusable('its JPEG data are damaged');
        values[at] = predicted + (size === 16 ? 32768 : bits.difference(size));
      }
    }
    bits.assertNotPastEnd();
  }
  if (scan.pointTransform === 0) return;
  for (const { index } of own)
    for (let at = index; at < values.length; at += step) values[at] = (values[at] ?? 0) << scan.pointTransform;
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
