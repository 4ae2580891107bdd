import { type Cohort, type OptOuts, sealCohort } from '#consent';
import type { Archive, ArchiveMember } from './archive.ts';

/** The name of the one dataset that holds everything of the node's archive. */
export const WHOLE_ARCHIVE = 'chest-films';

/** The node's data as they may be used now: drawn anew when images came in or somebody decided about theirs. */
export class CurrentData {
  readonly #archive: Archive;
  readonly #optOuts: OptOuts;
  #drawn: { readonly revision: string; readonly cohort: Cohort<ArchiveMember> } | undefined;

  constructor(archive: Archive, optOuts: OptOuts) {
    this.#archive = archive;
    this.#optOuts = optOuts;
  }

  /** Everybody of the archive who has not opted out. */
  async cohort(): Promise<Cohort<ArchiveMember>> {
    await this.#optOuts.refresh();
    const revision = await this.#archive.revision();
    if (this.#drawn?.revision === revision && this.#drawn.cohort.isCurrent()) return this.#drawn.cohort;
    const members = await this.#archive.members();
    const cohort = sealCohort({
      dataset: WHOLE_ARCHIVE,
      dataVersion: this.#archive.contentSha256(members),
      members,
      optOuts: this.#optOuts,
    });
    this.#drawn = { revision, cohort };
    return cohort;
  }
}
