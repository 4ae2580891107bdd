import { UnicaError } from '#base';
import { deidentify, type SiteSecret } from '#deid';
import { type DataSet, decodeFrame, parseDicom, TAGS } from '#dicom';
import {
  ACTION_KINDS,
  type ActionKind,
  contentOf,
  type DeidAction,
  type PlantedObject,
  plantedObjects,
} from './deid-answer-key.ts';
import type { Measurement } from './measurement.ts';

/** How a run is made. */
export interface DeidBenchSettings {
  /** Real DICOM files of any modality, planted with a person each. */
  readonly files: readonly Uint8Array[];
  /** At least so many actions are scored. */
  readonly actions: number;
  readonly seed: string;
  /** What is scored: the cleaned object, or undefined when it is set aside; our own de-identification unless told. */
  readonly clean?: ((bytes: Uint8Array) => Uint8Array | undefined) | undefined;
  /** Told of wrong actions, to find their cause. */
  readonly onWrong?: ((action: DeidAction, became: string) => void) | undefined;
}

/** Of the best system of the Medical Image De-Identification Benchmark, in percent of correct actions (MIDI-B 2024). */
const BEST_PUBLISHED = 99.93;

/**
 * Percentage of correct actions, over all and for each of the ten kinds of the Medical Image De-Identification Benchmark,
 * on a key made here. All actions of an object that is set aside count as wrong.
 */
export function* benchDeid(settings: DeidBenchSettings): Generator<Measurement> {
  const { files, actions, seed, clean = ours, onWrong } = settings;
  const scores = new Map<ActionKind, { right: number; all: number }>(
    ACTION_KINDS.map((kind) => [kind, { right: 0, all: 0 }]),
  );
  const memory: Memory = { uids: new Map(), people: new Map(), shifts: new Map() };
  let setAside = 0;
  let total = 0;
  for (const object of plantedObjects(seed, files)) {
    const cleaned = clean(object.bytes);
    if (cleaned === undefined) setAside += 1;
    const judge = cleaned === undefined ? () => 'set aside' : judgeOf(object, cleaned, memory);
    for (const action of object.actions) {
      const score = scores.get(action.kind);
      const became = judge(action);
      if (score !== undefined) {
        score.all += 1;
        if (became === undefined) score.right += 1;
      }
      if (became !== undefined) onWrong?.(action, became);
      total += 1;
    }
    if (total >= actions) break;
  }
  const all = [...scores.values()];
  const right = all.reduce((sum, score) => sum + score.right, 0);
  yield percent('deid correct actions', { right, all: total }, ['MIDI-B, best published', BEST_PUBLISHED]);
  for (const [kind, score] of scores) yield percent(`deid ${kind}`, score, [`of ${score.all} actions`, null]);
  yield {
    name: 'deid objects set aside',
    value: setAside,
    unit: 'objects',
    reference: 'none',
    reference_value: null,
    ratio: null,
  };
}

const SITE: SiteSecret = { siteId: 'bench', secret: new Uint8Array(32).fill(11) };

function ours(bytes: Uint8Array): Uint8Array | undefined {
  const outcome = deidentify(bytes, SITE);
  return outcome.kind === 'clean' ? outcome.image.bytes : undefined;
}

function percent(
  name: string,
  { right, all }: { readonly right: number; readonly all: number },
  [reference, reference_value]: readonly [string, number | null],
): Measurement {
  const value = all === 0 ? 0 : Math.floor((right / all) * 1e7) / 1e5;
  const ratio = reference_value === null ? null : Math.round((value / reference_value) * 1e5) / 1e5;
  return { name, value, unit: '%', reference, reference_value, ratio };
}

/** What was seen before, to tell whether it is done alike again. */
interface Memory {
  readonly uids: Map<string, string>;
  readonly people: Map<string, string>;
  readonly shifts: Map<string, number>;
}

/** Judges the actions of one object: undefined when right, else what became of it. */
function judgeOf(object: PlantedObject, bytes: Uint8Array, memory: Memory): (action: DeidAction) => string | undefined {
  const before = parseDicom(object.bytes);
  const after = parseDicom(bytes);
  const words = textOf(after.dataset);
  const has = after.dataset.has(TAGS.pixelData);
  return ({ kind, path, value }) => {
    const level = levelOf(after.dataset, path);
    const tag = path.at(-1) ?? 0;
    const text = level?.strings(tag).join('\\') ?? '';
    switch (kind) {
      case 'tag retained':
        return level !== undefined && contentOf(level, tag) === value ? undefined : text;
      case 'text retained':
        return text.includes(value) ? undefined : text;
      case 'text not null':
        return text === '' ? text : undefined;
      case 'text removed':
        return words.includes(value.toLowerCase()) ? value : undefined;
      case 'uid changed':
        return /^[0-2](\.(0|[1-9]\d*))+$/.test(text) && text.length <= 64 && text !== value ? undefined : text;
      case 'uid consistent':
        return seenAlike(memory.uids, value, text) ? undefined : text;
      case 'patient id consistent':
        return seenAlike(memory.people, value, text) ? undefined : text;
      case 'date shifted':
        return isShiftedAlike(memory, object.patientId, [value, text]) ? undefined : text;
      case 'pixels hidden':
        return has && pixelsDiffer(before, after, object.painted) ? undefined : 'writing';
      case 'pixels retained':
        return has && pixelsStay(before, after, object.painted) ? undefined : 'pixels';
    }
  };
}

function levelOf(dataset: DataSet, path: readonly number[]): DataSet | undefined {
  return path.slice(0, -1).reduce<DataSet | undefined>((level, tag) => level?.items(tag)[0], dataset);
}

/** All that is written in a data set, in lower case, at every depth. */
function textOf(dataset: DataSet): string {
  return dataset.elements
    .map((element) =>
      element.items === undefined
        ? element.tag === TAGS.pixelData
          ? ''
          : dataset.strings(element.tag).join('\\').toLowerCase()
        : element.items.map(textOf).join('\n'),
    )
    .join('\n');
}

/** The same input was given the same output before, and no other input this one. */
function seenAlike(seen: Map<string, string>, input: string, output: string): boolean {
  const known = seen.get(input);
  if (known !== undefined) return known === output;
  const fresh = output !== '' && ![...seen.values()].includes(output);
  seen.set(input, output);
  return fresh;
}

function isShiftedAlike({ shifts }: Memory, person: string, [before, after]: readonly [string, string]): boolean {
  const days = (dayOf(before) - dayOf(after)) / 86_400_000;
  const known = shifts.get(person) ?? days;
  shifts.set(person, known);
  return Number.isInteger(days) && days > 0 && days === known;
}

function dayOf(date: string): number {
  return Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6, 8)));
}

type Parsed = ReturnType<typeof parseDicom>;

function pixelsDiffer(before: Parsed, after: Parsed, painted: ReadonlySet<number>): boolean {
  const [was, is] = [decodeFrame(before).values, decodeFrame(after).values];
  return [...painted].every((at) => was[at] !== is[at]);
}

/** Every byte where nothing was written; else every pixel that is farther from the writing than its own height. */
function pixelsStay(before: Parsed, after: Parsed, painted: ReadonlySet<number>): boolean {
  if (painted.size === 0) {
    const [was, is] = [before, after].map(({ dataset }) => dataset.element(TAGS.pixelData));
    const parts = (element: typeof was) => [...(element?.fragments ?? []), element?.value ?? new Uint8Array(0)];
    const [old, now] = [parts(was), parts(is)];
    return old.length === now.length && old.every((part, index) => sameBytes(part, now[index] ?? new Uint8Array(0)));
  }
  const [was, is] = [decodeFrame(before), decodeFrame(after)];
  const { columns } = was;
  const rows = [...painted].map((at) => Math.floor(at / columns));
  const [top, bottom] = [Math.min(...rows), Math.max(...rows)];
  const reach = 2 * (bottom - top + 1);
  return was.values.every((value, at) => Math.floor(at / columns) <= bottom + reach || value === is.values[at]);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Whether a file can take part: it can be read, and nothing but what is planted decides whether it is taken. */
export function isUsableForDeid(bytes: Uint8Array): boolean {
  try {
    return [...take(plantedObjects('probe', [bytes]), 1)].every((object) => ours(object.bytes) !== undefined);
  } catch (error) {
    if (error instanceof UnicaError) return false;
    throw error;
  }
}

function* take<T>(source: Iterable<T>, count: number): Generator<T> {
  let taken = 0;
  for (const one of source) {
    yield one;
    taken += 1;
    if (taken >= count) return;
  }
}
