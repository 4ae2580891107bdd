import { UnicaError } from '#base';

/** A record's values by column: what stands in a table or a header about one person. */
export type RiskRecord = Readonly<Record<string, string>>;

/** How easily somebody could be found again in a table. */
export interface ReidentificationRisk {
  readonly records: number;
  /** Groups of records that are alike in all quasi-identifiers. */
  readonly classes: number;
  /** Records of the smallest group: the table is k-anonymous for this k (Sweeney 2002). 0 for no records. */
  readonly k: number;
  /** Records in groups smaller than the k that is wanted. */
  readonly belowK: number;
  /** Records that are alone. */
  readonly unique: number;
  /** Chance of being found for somebody known to be in the table: the worst, and on the average over all (0 to 1). */
  readonly highestRisk: number;
  readonly averageRisk: number;
  /** Fewest different sensitive values in a group (distinct l-diversity, Machanavajjhala et al. 2007); without a sensitive column undefined. */
  readonly l: number | undefined;
  /**
   * Largest distance between the sensitive values of a group and of the table (t-closeness with equal ground distance, Li et
   * al. 2007; half the sum of differences of shares, 0 to 1).
   */
  readonly t: number | undefined;
}

/** What is looked at. */
export interface RiskQuestion {
  /** Columns that somebody outside could know: age, sex, dates, places, makes of machines. */
  readonly quasiIdentifiers: readonly string[];
  /** A column that nobody outside should learn: a diagnosis. */
  readonly sensitive?: string | undefined;
  /** The k that is wanted; 5 unless told. */
  readonly k?: number | undefined;
}

/** Usual for data that go to researchers under agreement. */
export const WANTED_K = 5;
/** More columns than that make nearly everybody unique, and the search for remedies endless. */
const MOST_QUASI_IDENTIFIERS = 8;

/**
 * Risk of re-identification by the sizes of groups that are alike in all quasi-identifiers. A missing value is a value of its
 * own.
 * @throws UnicaError `quality.risk-invalid` when a column is in no record, none is named or more than eight are
 */
export function reidentificationRisk(records: readonly RiskRecord[], question: RiskQuestion): ReidentificationRisk {
  checkQuestion(records, question);
  return riskOf(groupsOf(records, question), question.k ?? WANTED_K);
}

/** Records that are alike in all quasi-identifiers. */
export interface Group {
  readonly size: number;
  /** How many records have each sensitive value; empty without a sensitive column. */
  readonly sensitive: ReadonlyMap<string, number>;
}

/** A group and what its records are alike in. */
export interface AlikeGroup extends Group {
  /** In the order of the quasi-identifiers. */
  readonly values: readonly string[];
}

/** The groups of records that are alike. */
export function groupsOf(
  records: readonly RiskRecord[],
  { quasiIdentifiers, sensitive }: RiskQuestion,
): readonly AlikeGroup[] {
  const groups = new Map<string, { values: readonly string[]; size: number; sensitive: Map<string, number> }>();
  for (const record of records) {
    const values = quasiIdentifiers.map((name) => record[name] ?? '');
    const key = JSON.stringify(values);
    const group = groups.get(key) ?? { values, size: 0, sensitive: new Map<string, number>() };
    groups.set(key, group);
    group.size += 1;
    if (sensitive === undefined) continue;
    const value = record[sensitive] ?? '';
    group.sensitive.set(value, (group.sensitive.get(value) ?? 0) + 1);
  }
  return [...groups.values()];
}

/** The figures of groups. */
export function riskOf(groups: readonly Group[], k: number): ReidentificationRisk {
  const sum = (of: (group: Group) => number): number => groups.reduce((total, group) => total + of(group), 0);
  const records = sum(({ size }) => size);
  const smallest = groups.reduce((least, { size }) => Math.min(least, size), Number.POSITIVE_INFINITY);
  const diverse = groups.filter(({ sensitive }) => sensitive.size > 0);
  return {
    records,
    classes: groups.length,
    k: records === 0 ? 0 : smallest,
    belowK: sum(({ size }) => (size < k ? size : 0)),
    unique: sum(({ size }) => (size === 1 ? 1 : 0)),
    highestRisk: records === 0 ? 0 : 1 / smallest,
    averageRisk: records === 0 ? 0 : groups.length / records,
    l: diverse.length === 0 ? undefined : Math.min(...diverse.map(({ sensitive }) => sensitive.size)),
    t: diverse.length === 0 ? undefined : furthest(diverse, records),
  };
}

function furthest(groups: readonly Group[], records: number): number {
  const overall = new Map<string, number>();
  for (const { sensitive } of groups)
    for (const [value, count] of sensitive) overall.set(value, (overall.get(value) ?? 0) + count);
  return groups.reduce((most, { size, sensitive }) => {
    let difference = 0;
    for (const [value, count] of overall) difference += Math.abs((sensitive.get(value) ?? 0) / size - count / records);
    return Math.max(most, difference / 2);
  }, 0);
}

/** @throws UnicaError `quality.risk-invalid` */
export function checkQuestion(
  records: readonly RiskRecord[],
  { quasiIdentifiers, sensitive, k = WANTED_K }: RiskQuestion,
): void {
  const refuse = (problem: string): never => {
    throw new UnicaError('quality.risk-invalid', { problem });
  };
  if (quasiIdentifiers.length === 0) refuse('no column is named');
  if (quasiIdentifiers.length > MOST_QUASI_IDENTIFIERS)
    refuse(`${quasiIdentifiers.length} columns are named, ${MOST_QUASI_IDENTIFIERS} are the most`);
  if (new Set(quasiIdentifiers).size < quasiIdentifiers.length) refuse('a column is named twice');
  if (!Number.isInteger(k) || k < 2) refuse('k is not a whole number of 2 or more');
  const named = sensitive === undefined ? quasiIdentifiers : [...quasiIdentifiers, sensitive];
  const missing = named.find((name) => records.length > 0 && records.every((record) => record[name] === undefined));
  if (missing !== undefined) refuse(`there is no column ${missing}`);
  if (sensitive !== undefined && quasiIdentifiers.includes(sensitive))
    refuse(`${sensitive} cannot be both known outside and to be protected`);
}
