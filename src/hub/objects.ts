import { join } from 'node:path';
import { UnicaError } from '#base';
import {
  type BlobDrafts,
  type BlobReader,
  type BlobStore,
  openFolderBlobs,
  openS3Blobs,
  type S3Settings,
} from '#store';

/** Where weights and updates are kept. */
export type ObjectsConfig = { readonly kind: 'folder'; readonly path: string } | ({ readonly kind: 's3' } & S3Settings);

/** Settings of the objects as text. */
interface ObjectsSettings {
  readonly objects?: string | undefined;
  readonly objectsEndpoint?: string | undefined;
  readonly objectsRegion: string;
  readonly objectsAccessKey?: string | undefined;
  readonly objectsSecretKey?: string | undefined;
}

/**
 * Where objects are kept: a folder, or an S3-compatible store with its endpoint (absent: Amazon's), region and keys.
 * @throws UnicaError `config.invalid` when keys are missing.
 */
export function objectsConfig(own: ObjectsSettings, home: string): ObjectsConfig {
  const { objects, objectsEndpoint, objectsRegion, objectsAccessKey, objectsSecretKey } = own;
  if (objects === undefined || objects.startsWith('/')) return { kind: 'folder', path: objects ?? join(home, 'blobs') };
  if (objectsAccessKey === undefined || objectsSecretKey === undefined) {
    const key = objectsAccessKey === undefined ? 'objectsAccessKey' : 'objectsSecretKey';
    throw new UnicaError('config.invalid', { key, problem: 'an S3 store needs it' });
  }
  const [bucket = '', ...path] = objects.slice('s3://'.length).split('/');
  return {
    kind: 's3',
    bucket,
    prefix: path
      .filter((part) => part !== '')
      .map((part) => `${part}/`)
      .join(''),
    endpoint: objectsEndpoint,
    region: objectsRegion,
    accessKeyId: objectsAccessKey,
    secretAccessKey: objectsSecretKey,
  };
}

/** Opens the objects. @note The owner calls `close`. */
export async function openObjects(config: ObjectsConfig): Promise<BlobStore & BlobReader & BlobDrafts> {
  return config.kind === 's3' ? await openS3Blobs(config) : await openFolderBlobs(config.path);
}
