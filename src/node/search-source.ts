import { type OptOuts, streamCohort } from '#consent';
import type { SearchSource } from '#search';
import type { Archive } from './archive.ts';
import { WHOLE_ARCHIVE } from './current-data.ts';

/** The archive's images and the findings of its clinical tables, as federated search counts them. */
export function archiveSearchSource(archive: Archive, optOuts: OptOuts): SearchSource {
  return {
    revision: async () => await archive.revision(),
    async draw() {
      const members = await archive.members();
      return streamCohort({
        dataset: WHOLE_ARCHIVE,
        dataVersion: archive.contentSha256(members),
        members: members.toSorted((a, b) => (a.person < b.person ? -1 : a.person > b.person ? 1 : 0)),
        optOuts,
      });
    },
  };
}
