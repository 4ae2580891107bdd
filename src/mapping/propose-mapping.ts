import { hyperOntologyConcepts } from '#vocab';
import { type AnswerMatch, answerBeside } from './answers.ts';
import { ELEMENTS, type Element, IDENTIFYING_NAMES } from './elements.ts';
import { HeadingLikeness } from './heading-likeness.ts';
import { plainWords } from './plain-words.ts';
import type { ColumnProfile } from './profile-column.ts';
import { factorBetween } from './units.ts';

/** Why something is proposed; the words are the portal's and the command's. */
export type ProposalReason =
  | { readonly kind: 'accepted-before'; readonly heading: string }
  | { readonly kind: 'heading-is'; readonly name: string }
  | { readonly kind: 'heading-is-like'; readonly name: string }
  | { readonly kind: 'values-fit'; readonly share: number }
  | { readonly kind: 'numbers-fit'; readonly share: number }
  | { readonly kind: 'dates' }
  | { readonly kind: 'names-people'; readonly name: string };

/** A value of a coded column with the answer that it is taken for; `code` is null where a person has to say. */
export type ValueProposal = {
  readonly value: string;
  readonly count: number;
  readonly code: string | null;
  readonly confidence: number;
};

/** What is proposed for a column. */
export type ColumnProposal = {
  readonly column: string;
  readonly decision: 'map' | 'leave-out' | 'undecided';
  /** Of {@link ELEMENTS}; null unless mapped. */
  readonly element: string | null;
  /** 0 to 1. */
  readonly confidence: number;
  readonly reasons: readonly ProposalReason[];
  readonly values: readonly ValueProposal[];
  /** Unit of the numbers where the heading or the cells tell it; null where it is that of the element, or there is none. */
  readonly unit: string | null;
  /** Other elements that it could be, best first. */
  readonly alternatives: readonly { readonly element: string; readonly confidence: number }[];
};

/** What people of this and of other sites accepted before: headings and values in plain words, no cells of people. */
export interface LearntRules {
  /** Element by plain heading; `leave-out` too. */
  readonly headings: ReadonlyMap<string, string>;
  /** Code by element and plain value: `sex w`. */
  readonly values: ReadonlyMap<string, string>;
}

export const NOTHING_LEARNT: LearntRules = { headings: new Map(), values: new Map() };

/** Below, nobody should be shown it as an answer. */
const LEAST_CONFIDENCE = 0.5;
const MOST_ALTERNATIVES = 4;

const elements = new HeadingLikeness(
  ELEMENTS.map(({ id, names, fixed }) => ({ thing: id, names: [...names, ...conceptsOf(fixed)] })),
);
const people = new HeadingLikeness([{ thing: 'person', names: IDENTIFYING_NAMES }]);
const byId = new Map(ELEMENTS.map((element) => [element.id, element]));

/** What the ontology calls that which was measured or asked: the heading in what other systems export. */
function conceptsOf(fixed: Element['fixed']): readonly string[] {
  return Object.entries(fixed).flatMap(([column, code]) =>
    column.endsWith('_code') ? (hyperOntologyConcepts().get(code)?.name.split('|') ?? []) : [],
  );
}

/** The element of an id. */
export function elementOf(id: string): Element | undefined {
  return byId.get(id);
}

/**
 * The first column, where nothing else is the number of the patient: as the EUCAIM template has it. It has to look like numbers of
 * people: something in (nearly) every row, and (nearly) always something else.
 */
function firstNumbersOfPeople(
  profile: ColumnProfile | undefined,
  candidates: readonly Candidate[],
  isGiven: boolean,
  learnt: LearntRules,
): Candidate | undefined {
  const candidate = candidates.find(({ element }) => element.id === 'patient-id');
  if (profile === undefined || candidate === undefined || isGiven) return undefined;
  if (leftOut(profile, learnt) !== undefined || profile.kind === 'date' || profile.kind === 'text') return undefined;
  const rows = profile.filled + profile.missing;
  const isForEach = profile.filled >= 0.95 * rows && profile.distinct >= 0.6 * profile.filled && rows >= 2;
  if (!isForEach) return undefined;
  const share = rounded(profile.distinct / Math.max(1, profile.filled));
  return { ...candidate, score: 0.6, reasons: [{ kind: 'values-fit', share }], values: [] };
}

/** The plain form under which a heading or value is learnt. */
export function learntKey(text: string): string {
  return plainWords(text).join(' ') || text.trim();
}

interface Candidate {
  readonly element: Element;
  readonly score: number;
  readonly reasons: readonly ProposalReason[];
  readonly values: readonly ValueProposal[];
}

/**
 * Proposes for every column what it means and for every value of a coded column which answer it is, from headings, values,
 * units and what was accepted before. No element is given twice: of two columns the better one gets it.
 */
export function proposeMapping(
  profiles: readonly ColumnProfile[],
  learnt: LearntRules = NOTHING_LEARNT,
): readonly ColumnProposal[] {
  const candidates = profiles.map((profile) => candidatesFor(profile, learnt));
  const taken = new Map<string, number>();
  const ranked = candidates
    .flatMap((own, column) => own.map((candidate) => ({ column, candidate })))
    .filter(({ candidate }) => candidate.score >= LEAST_CONFIDENCE)
    .sort((a, b) => b.candidate.score - a.candidate.score || a.column - b.column);
  const given = new Map<number, Candidate>();
  for (const { column, candidate } of ranked) {
    if (given.has(column) || taken.has(candidate.element.id) || leftOut(profiles[column], learnt) !== undefined)
      continue;
    given.set(column, candidate);
    taken.set(candidate.element.id, column);
  }
  if (!taken.has('patient-id')) {
    const first = firstNumbersOfPeople(profiles[0], candidates[0] ?? [], given.has(0), learnt);
    if (first !== undefined) given.set(0, first);
  }
  return profiles.map((profile, column) => {
    const own = candidates[column] ?? [];
    const chosen = given.get(column);
    const alternatives = own
      .filter((candidate) => candidate !== chosen && candidate.score > 0.3)
      .slice(0, MOST_ALTERNATIVES)
      .map(({ element, score }) => ({ element: element.id, confidence: rounded(score) }));
    const out = leftOut(profile, learnt);
    if (out !== undefined) return { ...out, column: profile.name, alternatives };
    if (chosen === undefined) {
      const undecided = {
        decision: 'undecided',
        element: null,
        confidence: 0,
        reasons: [],
        values: [],
        unit: null,
      } as const;
      return { ...undecided, column: profile.name, alternatives };
    }
    return {
      column: profile.name,
      decision: 'map',
      element: chosen.element.id,
      confidence: rounded(chosen.score),
      reasons: chosen.reasons,
      values: chosen.values,
      unit: chosen.element.unit !== undefined && profile.unit !== '' ? profile.unit : null,
      alternatives,
    };
  });
}

/** What the values of a column would be as answers of an element that a person chose; empty where the element has no answers. */
export function proposeValues(
  profile: ColumnProfile,
  elementId: string,
  learnt: LearntRules = NOTHING_LEARNT,
): readonly ValueProposal[] {
  const element = byId.get(elementId);
  return element === undefined ? [] : answerFit(element, profile, learnt).values;
}

type LeftOut = Omit<ColumnProposal, 'column' | 'alternatives'>;

function leftOut(profile: ColumnProfile | undefined, { headings }: LearntRules): LeftOut | undefined {
  if (profile === undefined) return undefined;
  const nothing = { decision: 'leave-out', element: null, values: [], unit: null } as const;
  const before = headings.get(learntKey(profile.name));
  if (before === 'leave-out') {
    return { ...nothing, confidence: 0.99, reasons: [{ kind: 'accepted-before', heading: profile.name }] };
  }
  if (before !== undefined) return undefined;
  const several = severalNames(profile.name);
  if (several !== undefined)
    return { ...nothing, confidence: 0.95, reasons: [{ kind: 'names-people', name: several }] };
  const [person] = people.matches(profile.name);
  const [meant] = elements.matches(profile.name);
  if (person === undefined || person.likeness < 0.8 || (meant !== undefined && meant.likeness > person.likeness))
    return undefined;
  return { ...nothing, confidence: rounded(person.likeness), reasons: [{ kind: 'names-people', name: person.name }] };
}

const joiningWords = new Set('and und i e y in ja ir oraz та і й και et'.split(' '));
const wordsOfNames = new Set(IDENTIFYING_NAMES.flatMap(plainWords));
const wholeNames = new Set(IDENTIFYING_NAMES.map((name) => plainWords(name).join(' ')));

/** The first of several names of people that a heading is made of, such as `Nazwisko i imię`; undefined where it says anything else too. */
function severalNames(heading: string): string | undefined {
  const words = plainWords(heading).filter((word) => !joiningWords.has(word));
  if (words.length < 2 || !words.every((word) => wordsOfNames.has(word))) return undefined;
  return words.find((word) => wholeNames.has(word));
}

function candidatesFor(profile: ColumnProfile, learnt: LearntRules): readonly Candidate[] {
  const before = learnt.headings.get(learntKey(profile.name));
  const matches = new Map(elements.matches(profile.name).map((match) => [match.thing, match]));
  return ELEMENTS.map((element): Candidate => {
    const match = matches.get(element.id);
    const likeness = match?.likeness ?? 0;
    const fit = fitOf(element, profile, learnt);
    const reasons: ProposalReason[] = [];
    if (match !== undefined)
      reasons.push({ kind: likeness === 1 ? 'heading-is' : 'heading-is-like', name: match.name });
    reasons.push(...fit.reasons);
    if (before === element.id) {
      return {
        element,
        score: 0.99,
        reasons: [{ kind: 'accepted-before', heading: profile.name }, ...fit.reasons],
        values: fit.values,
      };
    }
    const isNamed = element.kind === 'coded' && likeness === 1 && isWordsUnderName(profile);
    const score = scoreOf(likeness, fit, profile);
    return { element, score: isNamed ? Math.max(score, LEAST_CONFIDENCE + 0.05) : score, reasons, values: fit.values };
  }).toSorted((a, b) => b.score - a.score);
}

/** Words that no list has, under a heading that is exactly a known name: it is that, and a person says what the words mean. */
function isWordsUnderName({ kind, name }: ColumnProfile): boolean {
  return kind === 'words' && plainWords(name).join('').length >= 4;
}

interface Fit {
  /** 0 to 1: how much of the column the element can take. */
  readonly share: number;
  /** 0 to 1: how much that says; two answers say little, six categories of one system say much. */
  readonly weight: number;
  readonly reasons: readonly ProposalReason[];
  readonly values: readonly ValueProposal[];
}

/** An empty column is known by its heading alone, less surely; one that holds something else than its heading says is not that. */
function scoreOf(likeness: number, fit: Fit, { kind }: ColumnProfile): number {
  if (kind === 'empty') return 0.7 * likeness;
  const agreed = likeness * (0.45 + 0.55 * Math.min(1, fit.share * 1.15));
  const byValues = fit.share >= 0.9 ? 0.35 + 0.35 * fit.weight : 0;
  const score = Math.max(agreed, byValues * (0.75 + 0.25 * likeness)) + 0.06 * fit.weight * likeness * fit.share;
  return Math.min(0.98, fit.share === 0 ? Math.min(score, 0.4 * likeness) : score);
}

function fitOf(element: Element, profile: ColumnProfile, learnt: LearntRules): Fit {
  const nothing: Fit = { share: 0, weight: 0, reasons: [], values: [] };
  if (profile.kind === 'empty') return nothing;
  switch (element.kind) {
    case 'identifier':
      return profile.kind === 'identifier' ||
        (profile.distinct > 0.5 * profile.filled && profile.kind !== 'date' && profile.kind !== 'text')
        ? { ...nothing, share: profile.kind === 'identifier' ? 1 : 0.7 }
        : isLongTable(element, profile)
          ? { ...nothing, share: 0.6 }
          : nothing;
    case 'date':
      return profile.kind === 'date' ? { ...nothing, share: 1, reasons: [{ kind: 'dates' }] } : nothing;
    case 'number':
      return numberFit(element, profile);
    case 'text':
      return profile.kind === 'text' || profile.kind === 'words' ? { ...nothing, share: 0.9 } : nothing;
    default:
      return answerFit(element, profile, learnt);
  }
}

/** A person may have many rows; then only the whole name of the heading says that these are numbers of people. */
function isLongTable(element: Element, { name, kind, missing }: ColumnProfile): boolean {
  if (missing > 0 || kind === 'date' || kind === 'text') return false;
  return element.names.some((known) => learntKey(known) === learntKey(name));
}

function numberFit({ range, unit }: Element, profile: ColumnProfile): Fit {
  const nothing: Fit = { share: 0, weight: 0, reasons: [], values: [] };
  if (profile.kind !== 'number' || profile.range === null) return nothing;
  const told = profile.unit === '' || unit === undefined ? 1 : factorBetween(profile.unit, unit.unit);
  // A unit that cannot be turned into the element's says that something else was measured.
  if (told === undefined) return { ...nothing, share: 0.2 };
  const [least, greatest] = profile.range;
  const share = range === undefined || (least * told >= range[0] && greatest * told <= range[1]) ? 1 : 0.7;
  const isUnitKnown = profile.unit !== '' && unit !== undefined;
  return { share, weight: isUnitKnown ? 0.4 : 0.1, reasons: [{ kind: 'numbers-fit', share }], values: [] };
}

function answerFit(element: Element, profile: ColumnProfile, { values: learnt }: LearntRules): Fit {
  const nothing: Fit = { share: 0, weight: 0, reasons: [], values: [] };
  const { answers } = element;
  if (answers === undefined || profile.values.length === 0) return nothing;
  const column = {
    heading: profile.name,
    values: new Set(profile.values.map(({ value }) => plainWords(value).join(' '))),
  };
  const values = profile.values.map(({ value, count }): ValueProposal => {
    const before = learnt.get(`${element.id} ${learntKey(value)}`);
    if (before !== undefined) return { value, count, code: before, confidence: 0.99 };
    const match: AnswerMatch | undefined = answerBeside(answers, value, column);
    return { value, count, code: match?.code ?? null, confidence: rounded(match?.confidence ?? 0) };
  });
  const cells = values.reduce((sum, { count }) => sum + count, 0);
  const known = values.filter(({ code }) => code !== null);
  const share = known.reduce((sum, { count, confidence }) => sum + count * Math.min(1, confidence + 0.02), 0) / cells;
  const codes = new Set(known.map(({ code }) => code)).size;
  // Short marks (1, 2, a, b) fit many lists; words fit one.
  const telling =
    known.filter(({ value }) => plainWords(value).join('').length >= 3 || /\p{L}/u.test(value)).length /
    Math.max(1, known.length);
  const weight = Math.min(1, (codes / 4) * telling);
  return { share, weight, reasons: share > 0 ? [{ kind: 'values-fit', share: rounded(share) }] : [], values };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
