import { join } from 'node:path';
import { z } from 'zod';
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

/** Flat settings of the objects. */
export const objectsShape = {
  objects: z
    .string()
    .regex(/^(\/|s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/|$))/, 'neither the path of a folder nor s3://bucket/prefix')
    .optional(),
  objectsEndpoint: z.url().optional(),
  objectsRegion: z.string().min(1).default('us-east-1'),
  objectsAccessKey: z.string().min(1).optional(),
  objectsSecretKey: z.string().min(1).optional(),
};

/**
 * Where objects are kept: a folder, or an S3-compatible store with its endpoint (absent: Amazon's), region and keys.
 * @throws UnicaError `config.invalid` when keys are missing.
 */
export function objectsConfig(own: z.infer<z.ZodObject<typeof objectsShape>>, home: string): ObjectsConfig {
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
