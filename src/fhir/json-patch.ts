import type { Json } from '#base';
import { isObject, sameJson } from './fhir-json.ts';

/** A change at a path: a new value, or none where the place goes away. Deeper places of lists come in order. */
export type Change = readonly [path: readonly (string | number)[], value?: Json];

/** The changes that make `to` of `from`. */
export function changesBetween(from: Json, to: Json, path: readonly (string | number)[] = []): readonly Change[] {
  if (sameJson(from, to)) return [];
  if (Array.isArray(from) && Array.isArray(to)) {
    const shared = Math.min(from.length, to.length);
    return [
      ...from.slice(0, shared).flatMap((item, index) => changesBetween(item, to[index] ?? null, [...path, index])),
      ...to.slice(shared).map((item, index): Change => [[...path, shared + index], item]),
      // From the end, so that the places of those before stay what they are.
      ...from.slice(shared).map((_, index): Change => [[...path, from.length - 1 - index]]),
    ];
  }
  if (isObject(from) && isObject(to)) {
    const gone = Object.keys(from).filter((name) => !(name in to));
    return [
      ...gone.map((name): Change => [[...path, name]]),
      ...Object.entries(to).flatMap(([name, value]) => {
        const before = from[name];
        if (value === undefined) return [];
        if (before === undefined) return [[[...path, name], value] satisfies Change];
        return changesBetween(before, value, [...path, name]);
      }),
    ];
  }
  return [[path, to]];
}

/** A copy with the changes made. */
export function withChanges(document: Json, changes: readonly Change[]): Json {
  let result = structuredClone(document);
  for (const [path, ...rest] of changes) result = changed(result, path, rest[0], rest.length > 0);
  return result;
}

function changed(value: Json, path: readonly (string | number)[], to: Json | undefined, isSet: boolean): Json {
  const [step, ...below] = path;
  if (step === undefined) return to ?? null;
  if (Array.isArray(value) && typeof step === 'number') {
    if (below.length === 0 && !isSet) return value.filter((_, index) => index !== step);
    if (step > value.length) throw new RangeError(`no place ${step} to change`);
    const copy = [...value];
    copy[step] = below.length === 0 ? (to ?? null) : changed(copy[step] ?? null, below, to, isSet);
    return copy;
  }
  if (isObject(value) && typeof step === 'string') {
    if (below.length === 0 && !isSet)
      return Object.fromEntries(Object.entries(value).filter(([name]) => name !== step)) as Json;
    return { ...value, [step]: below.length === 0 ? (to ?? null) : changed(value[step] ?? null, below, to, isSet) };
  }
  throw new RangeError(`no place ${String(step)} to change`);
}

/** Reads changes that came with a document; nothing where they are none. */
export function readChanges(value: unknown): readonly Change[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const sound = value.every(
    (change) =>
      Array.isArray(change) &&
      change.length <= 2 &&
      Array.isArray(change[0]) &&
      change[0].every((step) => typeof step === 'string' || (Number.isInteger(step) && step >= 0 && step < 10_000_000)),
  );
  return sound ? (value as readonly Change[]) : undefined;
}
