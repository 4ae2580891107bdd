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
  readonly #underException: UnderException;
  #drawn: { readonly revision: string; readonly cohort: Cohort<ArchiveMember> } | undefined;

  constructor(
    archive: Archive,
    standing: Standing,
    clinical?: ClinicalTables,
    underException: UnderException = async () => undefined,
  ) {
    this.#underException = underException;
    this.#archive = archive;
    this.#standing = standing;
    this.#clinical = clinical;
  }

  /** Everybody of the archive who is not left out, of a project for which the law of the country lifts opt-outs. */
  async cohortOf(projectId: string): Promise<Cohort<ArchiveMember>> {
    const standing = await this.#underException(projectId);
    if (standing === undefined) return await this.cohort();
    await standing.refresh();
    const members = await this.#archive.members();
    const dataVersion = await this.#dataVersion(members);
    return sealCohort({ dataset: WHOLE_ARCHIVE, dataVersion, members, standing });
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

/** The standing of a project while an exception is in force for it. */
type UnderException = (projectId: string) => Promise<Standing | undefined>;

/** What makes a version of the data another one, beside images. */
type ClinicalTables = Pick<ClinicalWarehouse, 'revision' | 'tablesSha256'>;
