import type { Activity, ActivityVersion, PublicActivities, ReportedActivity } from '#wire';

/** What reports tell of what a network does with others: nothing that was entered by mistake, nobody's name; the latest first. */
export function reportedActivities(newest: readonly ActivityVersion[]): ReportedActivity[] {
  return newest
    .filter(({ state }) => state !== 'withdrawn')
    .map(({ version: _v, people: _p, because: _b, by: _y, atMs: _t, ...told }) => told)
    .sort((a, b) => b.startsOn.localeCompare(a.startsOn) || a.activityId.localeCompare(b.activityId));
}

/** What everybody may know of it: what is marked so. Files are told by their digests alone, whose names may be of people. */
export function publicActivities(newest: readonly ActivityVersion[]): PublicActivities {
  return {
    activities: reportedActivities(newest).flatMap(({ isPublic, evidence, ...told }) =>
      isPublic
        ? [
            {
              ...told,
              isPublic,
              evidence: evidence.map((one) => (one.kind === 'link' ? one : { kind: one.kind, sha256: one.sha256 })),
            },
          ]
        : [],
    ),
  };
}

/**
 * Where a public activity would tell the name of somebody who took part; undefined: nowhere. Case, marks between words and their number do not matter,
 * so that an address such as `/people/jane-doe` is found too.
 */
export function namedIn({
  people,
  title,
  partnerName,
  outcome,
  evidence,
}: Activity): 'title' | 'partnerName' | 'outcome' | 'evidence' | undefined {
  const names = people.map(words).filter((name) => name.trim() !== '');
  const places = [
    ['title', title],
    ['partnerName', partnerName],
    ['outcome', outcome],
    ['evidence', evidence.map((one) => (one.kind === 'link' ? readable(one.url) : '')).join(' ')],
  ] as const;
  return places.find(([, text]) => names.some((name) => words(text).includes(name)))?.[0];
}

/** As words in small letters, each between two spaces. */
function words(text: string): string {
  return ` ${text
    .normalize('NFC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .join(' ')} `;
}

/** An address with the letters that it stands for. */
function readable(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}
