import { UnicaError } from '#base';
import { hyperOntologyConcepts, SEARCH_FIELDS } from '#vocab';

/** A code of another system that means exactly what a concept of the hyper-ontology means. */
export interface ExactMatch {
  readonly system: MatchSystem;
  readonly code: string;
}

/** Systems that concepts are matched to, and how a code of each is written. */
const SYSTEMS = {
  'SNOMED CT': (code: string) => /^[1-9]\d{5,17}$/.test(code) && endsInVerhoeff(code),
  LOINC: (code: string) => /^\d{1,7}-\d$/.test(code) && endsInLuhn(code.replace('-', '')),
  'ICD-O-3': (code: string) => /^(\d{4}\/[0-9]|C\d{2}(\.\d)?)$/.test(code),
  'ICD-10': (code: string) => /^[A-Z]\d{2}(\.\d{1,2})?$/.test(code),
  RadLex: (code: string) => /^RID\d{1,7}$/.test(code),
  NCIt: (code: string) => /^C\d{4,7}$/.test(code),
  BIRNLex: (code: string) => /^birnlex_\d+$/.test(code),
} as const;

/** One of the systems. */
export type MatchSystem = keyof typeof SYSTEMS;

/** The word under `system` for a name in a site's own language instead of a code. */
const NAME = 'name';
const COLUMNS = ['concept', 'system', 'code'] as const;
const MOST_ROWS = 200_000;
const LONGEST_NAME = 200;

/** What is known of concepts beside their names. */
export interface ConceptTable {
  /** By concept. */
  readonly matches: ReadonlyMap<string, readonly ExactMatch[]>;
  /** A site's own names, by concept. */
  readonly synonyms: Readonly<Record<string, readonly string[]>>;
}

/** Only what stands in public lists of EUCAIM: the search form's keys. Licensed tables are a site's own. */
export const PUBLIC_CONCEPTS: ConceptTable = { matches: publicMatches(), synonyms: {} };

function publicMatches(): ReadonlyMap<string, readonly ExactMatch[]> {
  const found = new Map<string, ExactMatch[]>();
  for (const { terms } of SEARCH_FIELDS.values()) {
    for (const { code: concept, spellings } of terms) {
      for (const spelling of spellings) {
        const match = matchOf(spelling);
        const own = found.get(concept) ?? [];
        if (match !== undefined && !own.some((one) => isSame(one, match))) found.set(concept, [...own, match]);
      }
    }
  }
  return found;
}

function matchOf(key: string): ExactMatch | undefined {
  const snomed = /^SNOMEDCT(\d+)$/.exec(key)?.[1];
  if (snomed !== undefined) return { system: 'SNOMED CT', code: snomed };
  if (/^RID\d+$/.test(key)) return { system: 'RadLex', code: key };
  if (/^C\d{4,}$/.test(key)) return { system: 'NCIt', code: key };
  return /^birnlex_\d+$/.test(key) ? { system: 'BIRNLex', code: key } : undefined;
}

/**
 * A site's own table of concepts, beside what is public: three columns, `concept` (of the hyper-ontology), `system` and `code`; where the system is
 * `name`, the third is a name in the site's own language.
 * @param rows the first is row 1 of the table
 * @throws UnicaError `mapping.concepts-unreadable` naming row and fault: unknown concepts and systems, codes that cannot be (check digits of SNOMED
 * CT and LOINC are looked at), a code that two concepts claim
 */
export function readConceptTable(header: readonly string[], rows: Iterable<readonly string[]>): ConceptTable {
  const at = COLUMNS.map((column) => header.map((heading) => heading.trim().toLowerCase()).indexOf(column));
  const missing = COLUMNS.find((_, index) => at[index] === -1);
  if (missing !== undefined) throw unreadable(0, `it has no column "${missing}"`);
  const matches = new Map([...PUBLIC_CONCEPTS.matches].map(([concept, own]) => [concept, [...own]]));
  const owners = new Map([...matches].flatMap(([concept, own]) => own.map((match) => [keyOf(match), concept])));
  const synonyms = new Map<string, string[]>();
  let row = 0;
  for (const cells of rows) {
    row += 1;
    if (row > MOST_ROWS) throw unreadable(row, `more than ${MOST_ROWS} rows`);
    const [concept = '', system = '', code = ''] = at.map((index) => (cells[index] ?? '').trim());
    if (concept === '' && system === '' && code === '') continue;
    if (!hyperOntologyConcepts().has(concept))
      throw unreadable(row, `the hyper-ontology has no concept ${concept.slice(0, 40)}`);
    if (system.toLowerCase() === NAME) {
      if (code === '' || code.length > LONGEST_NAME)
        throw unreadable(row, `a name has 1 to ${LONGEST_NAME} characters`);
      const own = synonyms.get(concept) ?? [];
      if (!own.includes(code)) synonyms.set(concept, [...own, code]);
      continue;
    }
    const match = { system: systemOf(system, row), code };
    if (!SYSTEMS[match.system](code)) throw unreadable(row, `${code.slice(0, 40)} is no code of ${match.system}`);
    const owner = owners.get(keyOf(match));
    if (owner !== undefined && owner !== concept)
      throw unreadable(row, `${match.system} ${code} is said to be both ${owner} and ${concept}`);
    owners.set(keyOf(match), concept);
    const own = matches.get(concept) ?? [];
    if (!own.some((one) => isSame(one, match))) matches.set(concept, [...own, match]);
  }
  return { matches, synonyms: Object.fromEntries(synonyms) };
}

function systemOf(text: string, row: number): MatchSystem {
  const plain = text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const found = (Object.keys(SYSTEMS) as MatchSystem[]).find(
    (name) => name.toLowerCase().replace(/[^a-z0-9]/g, '') === plain,
  );
  if (found === undefined)
    throw unreadable(row, `"${text.slice(0, 40)}" is no system; there are ${Object.keys(SYSTEMS).join(', ')} and name`);
  return found;
}

function keyOf({ system, code }: ExactMatch): string {
  return `${system} ${code}`;
}

function isSame(one: ExactMatch, other: ExactMatch): boolean {
  return keyOf(one) === keyOf(other);
}

function unreadable(row: number, problem: string): UnicaError {
  return new UnicaError('mapping.concepts-unreadable', { row, problem });
}

/** Multiplication in the dihedral group of ten elements: a turn, or a turn of the mirrored. */
function turned(one: number, other: number): number {
  if (one < 5) return other < 5 ? (one + other) % 5 : 5 + ((one + other - 5) % 5);
  return other < 5 ? 5 + ((one - 5 - other + 5) % 5) : (one - other + 5) % 5;
}

const PERMUTATION = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/** The check digit of SNOMED CT (Verhoeff 1969). */
function endsInVerhoeff(digits: string): boolean {
  let check = 0;
  [...digits].toReversed().forEach((digit, place) => {
    let value = Number(digit);
    for (let round = 0; round < place % 8; round += 1) value = PERMUTATION[value] ?? 0;
    check = turned(check, value);
  });
  return check === 0;
}

/** The check digit of LOINC (modulus 10). */
function endsInLuhn(digits: string): boolean {
  const sum = [...digits].toReversed().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
