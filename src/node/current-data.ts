import { canonicalJson, sha256Hex } from '#base';
import { type Cohort, type Standing, sealCohort } from '#consent';
import type { ClinicalWarehouse } from '#warehouse';
import type { Archive, ArchiveMember } from './archive.ts';

/** The name of the one dataset that holds everything of the node's archive. */
export const WHOLE_ARCHIVE = 'chest-films';

/** The node's data as they may be used now: drawn anew when images came in or somebody decided about theirs. */
export class CurrentData {
  readonly #archive: Archive;
  readonly #standing: Standing;
  readonly #clinical: ClinicalTables | undefined;
  #drawn: { readonly revision: string; readonly cohort: Cohort<ArchiveMember> } | undefined;

  constructor(archive: Archive, standing: Standing, clinical?: ClinicalTables) {
    this.#archive = archive;
    this.#standing = standing;
    this.#clinical = clinical;
  }

  /** Everybody of the archive who is not left out. */
  async cohort(): Promise<Cohort<ArchiveMember>> {
    await this.#standing.refresh();
    const revision = `${await this.#archive.revision()} ${(await this.#clinical?.revision()) ?? ''}`;
    if (this.#drawn?.revision === revision && this.#drawn.cohort.isCurrent()) return this.#drawn.cohort;
    const members = await this.#archive.members();
    const cohort = sealCohort({
      dataset: WHOLE_ARCHIVE,
      dataVersion: await this.#dataVersion(members),
      members,
      standing: this.#standing,
    });
    this.#drawn = { revision, cohort };
    return cohort;
  }

  /** Of images and findings, and of the tables and mappings of the warehouse where there are any. */
  async #dataVersion(members: readonly ArchiveMember[]): Promise<string> {
    const images = this.#archive.contentSha256(members);
    const tables = await this.#clinical?.tablesSha256();
    return tables === undefined ? images : sha256Hex(canonicalJson([images, tables]));
  }
}

/** What makes a version of the data another one, beside images. */
type ClinicalTables = Pick<ClinicalWarehouse, 'revision' | 'tablesSha256'>;
