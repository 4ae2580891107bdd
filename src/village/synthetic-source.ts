import { syntheticSite } from '#synth';
import type { ArchiveSource, SourceFilm } from './archive-source.ts';
import type { DemoSite } from './demo-sites.ts';

/** Enough for what the network sees of a film, and quick to make. */
const FILM_SIZE_PX = 128;
/** Share of people with an opacity at the hospitals in turn: the first lacks them, the second lacks people without. */
const OPACITY_SHARES = [0.3, 0.7, 0.5] as const;
const HELD_OUT_SHARE = 0.2;
const SECOND_FILM_SHARE = 0.2;

/**
 * Chest films of people who do not exist, made on the spot: each hospital has its own machines, staff and fashion of names,
 * and the first holds a film with text in the picture and one that breaks off.
 */
export function syntheticSource(
  sites: readonly DemoSite[],
  options: { readonly films: number; readonly seed: number },
): ArchiveSource {
  const films: SourceFilm[] = [];
  const oddities: { readonly name: string; readonly bytes: Uint8Array }[] = [];
  const persons = Math.round(options.films / sites.length / (1 + SECOND_FILM_SHARE));
  for (const [index, { siteId, country }] of sites.entries()) {
    const people = new Set<string>();
    const made = syntheticSite({
      seed: options.seed,
      siteId,
      country,
      persons,
      opacityShare: OPACITY_SHARES[index % OPACITY_SHARES.length] ?? 0.5,
      secondFilmShare: SECOND_FILM_SHARE,
      sizePx: FILM_SIZE_PX,
      withBurnedIn: index === 0,
      withTruncated: index === 0,
    });
    for (const { kind, fileName, bytes, clinical } of made) {
      if (kind !== 'film') {
        oddities.push({ name: fileName.replace('IM', kind === 'truncated' ? 'BROKEN' : 'MARKED'), bytes });
        continue;
      }
      const { patientId, studyInstanceUid, findings } = clinical;
      people.add(patientId);
      films.push({
        person: `${siteId}/${patientId}`,
        positive: findings.length > 0,
        findings,
        place: people.size > persons * (1 - HELD_OUT_SHARE) ? 'held-out' : index,
        write: async () => ({ bytes, patientId, studyInstanceUid }),
      });
    }
  }
  return {
    films,
    oddities,
    says: `${films.length} synthetic chest films of people who do not exist, as DICOM files; one more has a number written on it, and one file is broken.`,
  };
}
