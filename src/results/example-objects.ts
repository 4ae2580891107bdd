import { EXAMPLE_RESULTS } from './example-results.ts';
import type { ResultImage } from './model-result.ts';
import { resultObjects } from './result-objects.ts';

/** A film of stripes, for examples. */
function striped({ rows, columns }: ResultImage) {
  return { rows, columns, shades: Uint8Array.from({ length: rows * columns }, (_, at) => at % 251) };
}

/** Every DICOM object that the example results become. */
export function exampleObjects(): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  return Object.entries(EXAMPLE_RESULTS).flatMap(([name, result]) =>
    resultObjects(result, { reports: true, segmentations: true, film: striped, document: false }).objects.map(
      (object) => ({ name: `${name}, ${object.name}`, bytes: object.bytes }),
    ),
  );
}
