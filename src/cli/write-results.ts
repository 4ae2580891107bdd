import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DicomFile, PixelCodecs } from '#dicom';
import type { ModelResult, ShownFilm } from '#results';

/** The forms in which results are written. */
export const RESULT_FORMS = ['sr', 'seg', 'heatmap', 'fhir'] as const;

/** Which of them are wanted. */
export type ResultForms = { readonly [Form in (typeof RESULT_FORMS)[number]]?: boolean };

/** Writes a result into a folder. @returns the paths of its files */
export async function writeResults(
  result: ModelResult,
  file: DicomFile,
  where: { readonly name: string; readonly out: string; readonly forms: ResultForms },
  codecs: PixelCodecs,
): Promise<readonly string[]> {
  const { name, out, forms } = where;
  const { resultObjects } = await import('#results');
  const film = forms.heatmap ? await shownFilm(file, codecs, result) : undefined;
  const { objects, document } = resultObjects(result, {
    reports: forms.sr ?? false,
    segmentations: forms.seg ?? false,
    film: () => film,
    document: forms.fhir ?? false,
  });
  await mkdir(out, { recursive: true });
  const files: readonly (readonly [name: string, content: Uint8Array | string])[] = [
    ...objects.map((object) => [`${name}-${object.name}.dcm`, object.bytes] as const),
    ...(document === undefined
      ? []
      : [[`${name}-report.fhir.json`, `${JSON.stringify(document, undefined, 2)}\n`] as const]),
  ];
  const paths: string[] = [];
  for (const [fileName, content] of files) {
    const path = join(out, fileName);
    await writeFile(path, content);
    paths.push(path);
  }
  return paths;
}

/** The film as a person sees it; undefined for one that was refused, whose pixels may be anything. */
async function shownFilm(file: DicomFile, codecs: PixelCodecs, result: ModelResult): Promise<ShownFilm | undefined> {
  if (result.outcome.kind === 'refused') return undefined;
  const { decodeSamples, toDisplayPicture } = await import('#dicom');
  const { rows, columns, channels, shades } = toDisplayPicture(file.dataset, decodeSamples(file, 0, codecs));
  return channels === 1 ? { rows, columns, shades } : undefined;
}
