import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DicomFile, PixelCodecs } from '#dicom';
import type { ModelResult, ResultImage } from '#results';

/** The forms in which results are written. */
export const RESULT_FORMS = ['sr', 'seg', 'heatmap', 'fhir'] as const;

/** Which of them are wanted. */
export type ResultForms = { readonly [Form in (typeof RESULT_FORMS)[number]]?: boolean };

const SOP_INSTANCE = 0x00080018;

/** Those that are named, or all where none is. */
export function wantedForms(options: ResultForms): ResultForms {
  const all = !RESULT_FORMS.some((form) => options[form]);
  return all ? { sr: true, seg: true, heatmap: true, fhir: true } : options;
}

/** Writes a result of some films into a folder. @returns the paths of its files */
export async function writeResults(
  result: ModelResult,
  files: readonly DicomFile[],
  where: { readonly name: string; readonly out: string; readonly forms: ResultForms },
  codecs: PixelCodecs,
): Promise<readonly string[]> {
  const { name, out, forms } = where;
  const { resultObjects } = await import('#results');
  const { loadScoring } = await import('#clinic');
  const { shownFilm } = await loadScoring();
  const film = ({ sopInstanceUid }: ResultImage) => {
    const of = files.find(({ dataset }) => dataset.text(SOP_INSTANCE) === sopInstanceUid);
    return of === undefined ? undefined : shownFilm(of, codecs, result);
  };
  const { objects, document } = resultObjects(result, {
    reports: forms.sr ?? false,
    segmentations: forms.seg ?? false,
    film: forms.heatmap ? film : undefined,
    document: forms.fhir ?? false,
  });
  await mkdir(out, { recursive: true });
  const made: readonly (readonly [name: string, content: Uint8Array | string])[] = [
    ...objects.map((object) => [`${name}-${object.name}.dcm`, object.bytes] as const),
    ...(document === undefined
      ? []
      : [[`${name}-report.fhir.json`, `${JSON.stringify(document, undefined, 2)}\n`] as const]),
  ];
  const paths: string[] = [];
  for (const [fileName, content] of made) {
    const path = join(out, fileName);
    await writeFile(path, content);
    paths.push(path);
  }
  return paths;
}
