import type { DatasetBases, OptOuts, Standing } from '#consent';
import type { Archive } from './archive.ts';
import { WHOLE_ARCHIVE } from './current-data.ts';

/** Pseudonyms whose images are shown to nobody: people who opted out, and those without the consent that the data need. */
export async function hiddenPersons(node: {
  readonly optOuts: OptOuts;
  readonly standing: Standing;
  readonly bases: DatasetBases;
  readonly archive: Archive;
}): Promise<readonly string[]> {
  const { optOuts, standing, bases, archive } = node;
  const people =
    bases.of(WHOLE_ARCHIVE).kind === 'law'
      ? (await optOuts.list()).map(({ person }) => person)
      : (await archive.persons()).filter((person) => standing.isLeftOut(person));
  return people.filter((person) => /^[\w-]{1,64}$/.test(person));
}
