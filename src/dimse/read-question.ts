import { UnicaError } from '#base';
import type { DataSet } from '#dicom';
import type { QueryLevel, Question, QuestionKey, RetrieveWish } from './archive.ts';
import { QUERY_RETRIEVE_LEVEL, TEXTUAL } from './query.ts';

/** Unique keys (PS3.4 tables C.6-1 to C.6-5), from the top down. */
const UNIQUE_KEYS = [
  ['PATIENT', 0x00100020],
  ['STUDY', 0x0020000d],
  ['SERIES', 0x0020000e],
  ['IMAGE', 0x00080018],
] as const;

/** A list of UIDs of this length is some 600 kB. */
const UIDS_AT_MOST = 10_000;
const SPECIFIC_CHARACTER_SET = 0x00080005;
const RETRIEVE_AE_TITLE = 0x00080054;

/**
 * The identifier of a C-FIND as a question (PS3.4 section C.4.1.2.1, hierarchical).
 * @throws UnicaError `dimse.identifier-unusable`
 */
export function questionOf(identifier: DataSet, root: Question['root']): Question {
  const level = levelOf(identifier, root);
  for (const [above, tag] of levelsAbove(level, root)) oneValue(identifier, tag, above);
  const keys = identifier.elements.flatMap(({ tag, vr, items }): readonly QuestionKey[] => {
    if ((tag & 0xffff) === 0 || NO_KEYS.has(tag)) return [];
    const isText = items === undefined && TEXTUAL.has(vr);
    return [{ tag, vr, value: isText ? valuesOf(identifier, tag).join('\\') : '' }];
  });
  return { root, level, keys };
}

const NO_KEYS: ReadonlySet<number> = new Set([SPECIFIC_CHARACTER_SET, QUERY_RETRIEVE_LEVEL, RETRIEVE_AE_TITLE]);

/**
 * The identifier of a C-MOVE or C-GET: unique keys alone count (PS3.4 section C.4.2.2.1).
 * @throws UnicaError `dimse.identifier-unusable`
 */
export function retrieveWishOf(identifier: DataSet, root: Question['root']): RetrieveWish {
  const level = levelOf(identifier, root);
  const values = new Map<QueryLevel, readonly string[]>();
  for (const [above, tag] of levelsAbove(level, root)) values.set(above, [oneValue(identifier, tag, above)]);
  const [, tag] = UNIQUE_KEYS.find(([each]) => each === level) ?? UNIQUE_KEYS[1];
  const wanted = valuesOf(identifier, tag);
  if (wanted.length === 0) unusable(`it does not say which ${WORDS[level]}`);
  if (wanted.length > UIDS_AT_MOST) unusable(`it names more than ${UIDS_AT_MOST} ${WORDS[level]}`);
  if (level === 'PATIENT' && wanted.length > 1) unusable('it names more than one patient');
  if (wanted.some(isPattern)) unusable('it names what to send by a pattern');
  values.set(level, wanted);
  return {
    level,
    patientIds: values.get('PATIENT') ?? [],
    studyInstanceUids: values.get('STUDY') ?? [],
    seriesInstanceUids: values.get('SERIES') ?? [],
    sopInstanceUids: values.get('IMAGE') ?? [],
  };
}

const WORDS: Readonly<Record<QueryLevel, string>> = {
  PATIENT: 'patient',
  STUDY: 'studies',
  SERIES: 'series',
  IMAGE: 'images',
};

function levelOf(identifier: DataSet, root: Question['root']): QueryLevel {
  const text = valuesOf(identifier, QUERY_RETRIEVE_LEVEL).join('\\');
  const known = UNIQUE_KEYS.find(([level]) => level === text && (level !== 'PATIENT' || root === 'patient'));
  return known === undefined ? unusable('its level is none of this information model') : known[0];
}

function levelsAbove(level: QueryLevel, root: Question['root']): readonly (readonly [QueryLevel, number])[] {
  const at = UNIQUE_KEYS.findIndex(([each]) => each === level);
  return UNIQUE_KEYS.slice(root === 'patient' ? 0 : 1, at);
}

function oneValue(identifier: DataSet, tag: number, level: QueryLevel): string {
  const [value, ...more] = valuesOf(identifier, tag);
  if (value !== undefined && more.length === 0 && !isPattern(value)) return value;
  return unusable(`it does not name the one of the level ${level} that is meant`);
}

function valuesOf(identifier: DataSet, tag: number): readonly string[] {
  return identifier
    .strings(tag)
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

function isPattern(value: string): boolean {
  return /[*?]/.test(value);
}

function unusable(problem: string): never {
  throw new UnicaError('dimse.identifier-unusable', { problem });
}
