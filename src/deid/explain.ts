import { type DataSet, type Element, TAGS } from '#dicom';
import { attributeOf, isPrivate, tagHex, tagOf } from '#vocab';
import { type Decision, decisionOf, type Rule } from './action.ts';
import { MARK_TAGS } from './deidentify.ts';
import { REPORT_TAGS } from './kinds-of-values.ts';
import { ALL_OPTIONS, type DeidOptions } from './options.ts';
import { type ShownValue, shownValue } from './shown-value.ts';

/** What became of an element. */
export type Done =
  | 'kept'
  | 'removed'
  | 'emptied'
  | 'replaced'
  | 'cleaned'
  | 'date-shifted'
  | 'uid-replaced'
  /** Written by this room; the file had none. */
  | 'added';

/** Which rule decided about an element. */
export type AppliedRule =
  | Rule
  /** `mark`: this room writes it into every file; `within`: the sequence it stands in went as a whole. */
  | { readonly kind: 'mark' | 'within' };

/** What was done beyond the rule, or why something else was done. */
export type ChangeNote =
  /** The name that this person has in all files of the site. */
  | 'pseudonym'
  /** A term that is no character set. */
  | 'character-set'
  /** A report is not verified without those who verified it. */
  | 'report-unverified'
  | 'age-capped'
  | 'repeats-identifier'
  /** The value does not look as its representation says. */
  | 'not-its-form'
  /** Came as opaque bytes, which cannot be walked into. */
  | 'opaque-sequence'
  | 'whole-seconds'
  | 'pixels-masked'
  /** Says how the pixels are stored, which are written anew where something was blacked out. */
  | 'pixel-description'
  /** Pixels inside a sequence, which nobody has looked at. */
  | 'inner-pixels'
  | 'safe-private'
  | 'not-safe-private';

/** An element before and after de-identification. */
export interface ElementChange {
  /** Tags of eight hexadecimal digits from the top of the file down, with the number of the item: `00081140[1].00081155`. */
  readonly path: string;
  /** 0 at the top. */
  readonly depth: number;
  /** Eight lower-case hexadecimal digits. */
  readonly tag: string;
  /** Null for private and unknown elements. */
  readonly keyword: string | null;
  readonly vr: string;
  /** Null where there was none. @note It may identify a person. */
  readonly before: ShownValue | null;
  /** Null where there is none any more. */
  readonly after: ShownValue | null;
  readonly done: Done;
  readonly rule: AppliedRule;
  readonly note?: ChangeNote | undefined;
}

/**
 * Compares a data set with what `deidentify` made of it by the same options, element by element at every depth, and names
 * the rule for each. Group 0002, which is always written anew, is not part of a data set.
 */
export function* explainChanges(
  before: DataSet,
  after: DataSet,
  options: DeidOptions = ALL_OPTIONS,
): Generator<ElementChange> {
  yield* level({ before, after, depth: 0, prefix: '', options });
}

interface Level {
  readonly before: DataSet;
  readonly after: DataSet;
  readonly depth: number;
  readonly prefix: string;
  readonly options: DeidOptions;
}

function* level(here: Level): Generator<ElementChange> {
  const pairs = pairsOf(here.before, here.after);
  for (const [before, after] of pairs) yield* pair(here, before, after);
}

type Pair = readonly [before: Element | undefined, after: Element | undefined];

/** Elements of both by their tags; of several with one tag the first with the first. */
function pairsOf(before: DataSet, after: DataSet): readonly Pair[] {
  const waiting = new Map<number, Element[]>();
  for (const element of after.elements) {
    const same = waiting.get(element.tag);
    if (same === undefined) waiting.set(element.tag, [element]);
    else same.push(element);
  }
  const pairs = before.elements.map((element): Pair => [element, waiting.get(element.tag)?.shift()]);
  const added = [...waiting.values()].flat().map((element): Pair => [undefined, element]);
  if (added.length === 0) return pairs;
  const tagIn = ([one, other]: Pair) => (one ?? other)?.tag ?? 0;
  return [...pairs, ...added].sort((a, b) => tagIn(a) - tagIn(b));
}

function* pair(here: Level, before: Element | undefined, after: Element | undefined): Generator<ElementChange> {
  const element = before ?? after;
  if (element === undefined) return;
  const { tag } = element;
  const path = `${here.prefix}${tagHex(tag)}`;
  const isMark = after !== undefined && here.depth === 0 && MARK_TAGS.has(tag);
  const told = judged(here, before, after, isMark);
  yield {
    path,
    depth: here.depth,
    tag: tagHex(tag),
    keyword: isPrivate(tag) ? null : (attributeOf(tag)?.keyword ?? null),
    vr: element.vr,
    before: before === undefined ? null : shownValue(before, here.before),
    after: after === undefined ? null : shownValue(after, here.after),
    ...told,
  };
  const [old = [], fresh = []] = [before?.items, after?.items];
  const prefixOf = (index: number) => `${path}[${index + 1}].`;
  if (!isMark && old.length === fresh.length) {
    for (const [index, item] of old.entries()) {
      const other = fresh[index];
      if (other === undefined) continue;
      const next = { ...here, before: item, after: other, depth: here.depth + 1, prefix: prefixOf(index) };
      yield* level(next);
    }
    return;
  }
  for (const [index, item] of old.entries()) yield* whole(item, here.depth + 1, prefixOf(index), 'removed');
  for (const [index, item] of fresh.entries()) yield* whole(item, here.depth + 1, prefixOf(index), 'added');
}

/** Elements of an item that came or went with its sequence. */
function* whole(item: DataSet, depth: number, prefix: string, done: 'removed' | 'added'): Generator<ElementChange> {
  for (const element of item.elements) {
    const { tag, vr } = element;
    const path = `${prefix}${tagHex(tag)}`;
    const value = shownValue(element, item);
    yield {
      ...{ path, depth, tag: tagHex(tag), vr, done },
      keyword: isPrivate(tag) ? null : (attributeOf(tag)?.keyword ?? null),
      before: done === 'removed' ? value : null,
      after: done === 'added' ? value : null,
      rule: { kind: done === 'removed' ? 'within' : 'mark' },
    };
    for (const [index, inner] of (element.items ?? []).entries()) {
      yield* whole(inner, depth + 1, `${path}[${index + 1}].`, done);
    }
  }
}

type Told = Pick<ElementChange, 'done' | 'rule' | 'note'>;

const PSEUDONYMS: ReadonlySet<number> = new Set([tagOf('PatientName'), tagOf('PatientID')]);

function judged(
  { depth, options }: Level,
  before: Element | undefined,
  after: Element | undefined,
  isMark: boolean,
): Told {
  const element = before ?? after;
  const tag = element?.tag ?? 0;
  const decision = decisionOf(tag, element?.vr ?? 'UN', options);
  if (before === undefined) {
    if (isMark || tag >>> 16 !== 0x0028) return { done: 'added', rule: { kind: 'mark' }, ...pseudonymNote(tag) };
    return { done: 'added', rule: decision.rule, note: 'pixel-description' };
  }
  if (isMark && PSEUDONYMS.has(tag)) return { done: 'replaced', rule: decision.rule, note: 'pseudonym' };
  const done = doneTo(before, after, decision);
  if (isMark && done !== 'kept') return { done: 'replaced', rule: { kind: 'mark' } };
  return { done, rule: decision.rule, ...noteOn(before, done, { decision, depth }) };
}

function pseudonymNote(tag: number): Pick<Told, 'note'> {
  return PSEUDONYMS.has(tag) ? { note: 'pseudonym' } : {};
}

function doneTo(before: Element, after: Element | undefined, { action }: Decision): Done {
  if (after === undefined) return 'removed';
  if (isSame(before, after)) return 'kept';
  if (isEmpty(after)) return 'emptied';
  const isPixels = before.tag >>> 16 === 0x7fe0;
  if (isPixels) return 'cleaned';
  switch (action) {
    case 'shift-date':
      return before.vr === 'TM' ? 'replaced' : 'date-shifted';
    case 'uid':
      return 'uid-replaced';
    case 'clean':
      return isDummy(after) ? 'replaced' : 'cleaned';
    case 'dummy':
      return before.vr === 'UI' ? 'uid-replaced' : 'replaced';
    default:
      return 'replaced';
  }
}

function noteOn(
  { tag, vr, items }: Element,
  done: Done,
  { decision: { action }, depth }: { readonly decision: Decision; readonly depth: number },
): Pick<Told, 'note'> {
  if (action === 'safe-private') return { note: done === 'removed' ? 'not-safe-private' : 'safe-private' };
  if (done === 'kept') return {};
  if (tag === TAGS.specificCharacterSet) return { note: 'character-set' };
  if (REPORT_TAGS.has(tag)) return { note: 'report-unverified' };
  if (tag >>> 16 === 0x7fe0) return { note: depth === 0 ? 'pixels-masked' : 'inner-pixels' };
  if (action === 'shift-date' && vr === 'TM' && done === 'replaced') return { note: 'whole-seconds' };
  if (action !== 'keep') return {};
  if (done === 'removed' && items === undefined) return { note: 'opaque-sequence' };
  if (done === 'emptied') return { note: 'not-its-form' };
  if (tag >>> 16 === 0x0028 && depth === 0) return { note: 'pixel-description' };
  return { note: vr === 'AS' ? 'age-capped' : 'repeats-identifier' };
}

function isEmpty({ value, items, fragments }: Element): boolean {
  return fragments === undefined && (items === undefined ? value.length === 0 : items.length === 0);
}

/** What `deidentify` writes where a description has nothing left. */
function isDummy({ value }: Element): boolean {
  const text = new TextDecoder('latin1').decode(value.subarray(0, 9));
  return text.trimEnd() === 'REMOVED';
}

function isSame(a: Element, b: Element): boolean {
  if (a.items !== undefined || b.items !== undefined) return (a.items?.length ?? 0) === (b.items?.length ?? 0);
  const [ours, theirs] = [a.fragments ?? [a.value], b.fragments ?? [b.value]];
  return ours.length === theirs.length && ours.every((piece, index) => isSameBytes(piece, theirs[index]));
}

function isSameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  if (b === undefined || a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}
