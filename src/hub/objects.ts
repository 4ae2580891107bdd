import { join } from 'node:path';
import { z } from 'zod';
import { UnicaError } from '#base';
import { type BlobDrafts, type BlobReader, type BlobStore, openFolderBlobs } from '#store';

/** Where weights and updates are kept. */
export type ObjectsConfig = { readonly kind: 'folder'; readonly path: string };

/** Flat settings of the objects. */
export const objectsShape = {
  objects: z.string().min(1).optional(),
};

/** @throws UnicaError `config.invalid`. */
export function objectsConfig(own: { readonly objects?: string | undefined }, home: string): ObjectsConfig {
  if (own.objects !== undefined && !own.objects.startsWith('/')) {
    throw new UnicaError('config.invalid', { key: 'objects', problem: 'not the absolute path of a folder' });
  }
  return { kind: 'folder', path: own.objects ?? join(home, 'blobs') };
}

/** Opens the objects. */
export async function openObjects(config: ObjectsConfig): Promise<BlobStore & BlobReader & BlobDrafts> {
  return await openFolderBlobs(config.path);
}
