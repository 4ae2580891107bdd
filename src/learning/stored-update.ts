import type { SiteUpdate } from './strategy.ts';

/** An update that lies in the blob store. */
export type StoredUpdate = Pick<SiteUpdate, 'siteId' | 'films' | 'staleness'> & { readonly sha256: string };
