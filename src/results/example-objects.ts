import { chestCadSr } from './chest-cad-sr.ts';
import { EXAMPLE_RESULTS } from './example-results.ts';
import { heatMapCapture } from './heat-map-capture.ts';
import { mammographyCadSr } from './mammography-cad-sr.ts';
import { measurementReport } from './measurement-report.ts';
import { segmentation } from './segmentation.ts';

/** Every DICOM object that the example results become. */
export function exampleObjects(): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  return Object.entries(EXAMPLE_RESULTS).flatMap(([name, result]) => {
    const cad = result.task === 'breast-risk' ? mammographyCadSr(result) : chestCadSr(result);
    const pictures = result.images.flatMap((image) => {
      const shades = Uint8Array.from({ length: image.rows * image.columns }, (_, at) => at % 251);
      return [
        segmentation(result, image),
        heatMapCapture(result, image, { rows: image.rows, columns: image.columns, shades }),
      ].flatMap((bytes) => (bytes === undefined ? [] : [{ name: `${name}, picture`, bytes }]));
    });
    return [
      { name: `${name}, CAD`, bytes: cad },
      { name: `${name}, measurements`, bytes: measurementReport(result) },
      ...pictures,
    ];
  });
}
