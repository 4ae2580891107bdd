/** Where a record and what belongs to it are found. */
export interface RecordAddresses {
  /** Of the record: its identifier. */
  readonly dataset: string;
  readonly catalogue: string;
  /** The page people read. */
  readonly page: string;
  /** Where access is asked for. */
  readonly access: string;
  readonly distribution: string;
  readonly analytics: string;
  readonly sample: string;
}

/** The addresses at a hub. @param hubUrl without a slash at its end */
export function recordAddresses(hubUrl: string, siteId: string, name: string): RecordAddresses {
  const hub = hubUrl.replace(/\/+$/, '');
  const key = `${encodeURIComponent(siteId)}/${encodeURIComponent(name)}`;
  return {
    dataset: `${hub}/fdp/dataset/${key}`,
    catalogue: `${hub}/fdp/catalog/datasets`,
    page: `${hub}/fdp/page/${key}`,
    access: `${hub}/access/new`,
    distribution: `${hub}/fdp/distribution/${key}/images`,
    analytics: `${hub}/fdp/distribution/${key}/analytics`,
    sample: `${hub}/fdp/distribution/${key}/sample`,
  };
}
