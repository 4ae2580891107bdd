import { UnicaError } from '#base';
import type { Draft } from './blobs.ts';

/** Whose a draft is and its digest may become part of a path. @throws UnicaError `store.blob-missing` for what is no name or no digest */
export function checkDraftNames({ owner, sha256 }: Omit<Draft, 'sizeBytes'>): void {
  if (!/^[a-z0-9-]{1,64}$/.test(owner) || !/^[0-9a-f]{64}$/.test(sha256))
    throw new UnicaError('store.blob-missing', { sha256: 'not a digest' });
}
