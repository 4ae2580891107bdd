import { type BasisKind, countryRules } from './country-rules.ts';
import { legalReference } from './legal-references.ts';

/** What a dataset can be used under in a country. */
export interface BasisReference {
  readonly id: string;
  readonly title: string;
  readonly place: string;
  readonly for: readonly BasisKind[];
}

/** Rules of the Union that are a basis themselves; the others of the list are duties. */
const OF_THE_UNION: readonly (readonly [string, BasisKind])[] = [
  ['ehds-art-51', 'law'],
  ['gdpr-art-6-9', 'law'],
  ['gdpr-consent', 'consent'],
  ['dga-art-25', 'consent'],
];

/** Where the law of a country is not known here: what the opinion in the dossier says of it. */
const BY_OPINION: BasisReference = {
  id: 'national-opinion',
  title: 'The law of the country, as the opinion in the dossier names it',
  place: '',
  for: ['law', 'consent'],
};

/** What the law of a country has as a basis for using data. National laws are numbered as {@link countryRules} lists them. */
export function basisReferences(country: string): readonly BasisReference[] {
  const { inTheUnion, laws } = countryRules(country);
  const national = laws.flatMap(({ title, basisFor }, index) =>
    basisFor === undefined
      ? []
      : [{ id: `law-${country.toLowerCase()}-${index + 1}`, title, place: country, for: basisFor }],
  );
  const ofTheUnion = OF_THE_UNION.flatMap(([id, kind]) => {
    const found = legalReference(id);
    return found === undefined ? [] : [{ id, title: found.title, place: found.place, for: [kind] }];
  });
  const known = [...(inTheUnion ? ofTheUnion : []), ...national];
  return known.some((one) => one.for.includes('law')) && known.some((one) => one.for.includes('consent'))
    ? known
    : [...known, BY_OPINION];
}
