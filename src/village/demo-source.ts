import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UnicaError } from '#base';

/** Where the demo's films come from, as the person named it. */
export type DemoSource =
  | { readonly kind: 'synthetic' }
  /** A folder of DICOM files, or of PNG films with a `labels.csv`. */
  | { readonly kind: 'images'; readonly path: string }
  /** A MedMNIST file. */
  | { readonly kind: 'npz'; readonly path: string };

/** The source with its path made absolute. @throws UnicaError `village.images-missing`, `village.npz-missing`. */
export async function checkedSource(source: DemoSource): Promise<DemoSource> {
  if (source.kind === 'synthetic') return source;
  const path = resolve(source.path);
  const found = await stat(path).catch(() => undefined);
  if (source.kind === 'images' && found?.isDirectory() !== true)
    throw new UnicaError('village.images-missing', { path });
  if (source.kind === 'npz' && found?.isFile() !== true) throw new UnicaError('village.npz-missing', { path });
  return { ...source, path };
}
