import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Attributes, buildDicom, type DataSet, type Element, parseDicom } from '#dicom';
import { attributeOf, confidentialityRow, tagHex, tagOf } from '#vocab';
import { deidentify } from './deidentify.ts';
import { type ElementChange, explainChanges } from './explain.ts';

const SITE = { siteId: 'porto', secret: new Uint8Array(32).fill(7) };
const FILM: Attributes = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
  SOPInstanceUID: '1.2.3.1',
  SeriesInstanceUID: '1.2.3',
  StudyInstanceUID: '1.2',
  PatientID: 'PT-4711',
  PatientName: 'Zborowska^Ada',
  Modality: 'DX',
  BodyPartExamined: 'CHEST',
};

function explained(more: Attributes): ReadonlyMap<string, ElementChange> {
  const bytes = buildDicom({ ...FILM, ...more });
  const outcome = deidentify(bytes, SITE);
  assert.ok(outcome.kind === 'clean');
  const changes = [...explainChanges(parseDicom(bytes).dataset, outcome.image.dataset)];
  return new Map(changes.map((change) => [change.path, change]));
}

const pathOf = (keyword: string) => tagHex(tagOf(keyword));
const row = (basic: string, option?: string, code?: string) => ({
  kind: 'row',
  basic,
  ...(option === undefined ? {} : { option, code }),
});

/** [elements, path, done, rule, note, after]: expectations read off PS3.15 Table E.1-1 and the manual. */
const CASES: readonly (readonly [Attributes, string, string, object, string | undefined, string | undefined])[] = [
  [{ AccessionNumber: 'A1' }, pathOf('AccessionNumber'), 'emptied', row('Z'), undefined, ''],
  [{ InstitutionName: 'X' }, pathOf('InstitutionName'), 'replaced', row('X/Z/D'), undefined, 'REMOVED'],
  [{ PatientAddress: 'Street 1' }, pathOf('PatientAddress'), 'removed', row('X'), undefined, undefined],
  [{}, pathOf('SOPInstanceUID'), 'uid-replaced', row('U'), undefined, undefined],
  [{}, pathOf('PatientID'), 'replaced', row('Z/D'), 'pseudonym', undefined],
  [{}, pathOf('PatientIdentityRemoved'), 'added', { kind: 'mark' }, undefined, 'YES'],
  [{}, pathOf('Modality'), 'kept', { kind: 'no-row' }, undefined, 'DX'],
  [{ StudyDate: '20200131' }, pathOf('StudyDate'), 'date-shifted', row('Z', 'dates', 'C'), undefined, undefined],
  [{ StudyTime: '101112.345' }, pathOf('StudyTime'), 'replaced', row('Z', 'dates', 'C'), 'whole-seconds', '101112'],
  [{ StudyTime: '101112' }, pathOf('StudyTime'), 'kept', row('Z', 'dates', 'C'), undefined, '101112'],
  [{ PatientSex: 'F' }, pathOf('PatientSex'), 'kept', row('Z', 'patient', 'K'), undefined, 'F'],
  [{ PatientSex: 'Ada' }, pathOf('PatientSex'), 'emptied', row('Z', 'patient', 'K'), 'not-its-form', ''],
  [{ PatientAge: '093Y' }, pathOf('PatientAge'), 'replaced', row('X', 'patient', 'K'), 'age-capped', '090Y'],
  [{ PatientAge: '063Y' }, pathOf('PatientAge'), 'kept', row('X', 'patient', 'K'), undefined, '063Y'],
  [
    { StudyDescription: 'Chest Zborowska' },
    pathOf('StudyDescription'),
    'cleaned',
    row('X', 'descriptors', 'C'),
    undefined,
    'Chest',
  ],
  [
    { StudyDescription: 'Zborowska' },
    pathOf('StudyDescription'),
    'replaced',
    row('X', 'descriptors', 'C'),
    undefined,
    'REMOVED',
  ],
  [{ StationName: 'XR1' }, pathOf('StationName'), 'kept', row('X/Z/D', 'device', 'K'), undefined, 'XR1'],
  [
    { ViewCodeSequence: [{ CodeMeaning: 'of Zborowska' }] },
    `${pathOf('ViewCodeSequence')}[1].${pathOf('CodeMeaning')}`,
    'replaced',
    { kind: 'no-row' },
    'repeats-identifier',
    'REMOVED',
  ],
  [
    { SourceImageSequence: [{ ReferencedSOPInstanceUID: '1.2.9' }] },
    `${pathOf('SourceImageSequence')}[1].${pathOf('ReferencedSOPInstanceUID')}`,
    'uid-replaced',
    row('U'),
    undefined,
    undefined,
  ],
  [
    { OtherPatientIDsSequence: [{ PatientID: '123' }] },
    `${pathOf('OtherPatientIDsSequence')}[1].${pathOf('PatientID')}`,
    'removed',
    { kind: 'within' },
    undefined,
    undefined,
  ],
  [{ '0019,0010 LO': 'ACME' }, '00190010', 'removed', { kind: 'private' }, 'not-safe-private', undefined],
  [
    { '0019,0010 LO': 'SIEMENS MR HEADER', '0019,100C IS': '1000' },
    '0019100c',
    'kept',
    { kind: 'private' },
    'safe-private',
    '1000',
  ],
  [{ '6000,3000 OW': new Uint8Array(4) }, '60003000', 'removed', { kind: 'overlay' }, undefined, undefined],
];

for (const [elements, path, done, rule, note, after] of CASES) {
  const names = Object.entries(elements).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  test(`${names.join(' ') || path}: ${done}`, () => {
    const change = explained(elements).get(path);
    assert.ok(change !== undefined, `${path} is told`);
    assert.deepEqual({ done: change.done, rule: { ...change.rule }, note: change.note }, { done, rule, note });
    if (after !== undefined) assert.deepEqual(change.after, { text: after, isCut: false });
    if (done === 'removed') assert.equal(change.after, null);
  });
}

test('a date is shown as it was and as it is', () => {
  const change = explained({ StudyDate: '20200131' }).get(pathOf('StudyDate'));
  assert.deepEqual(change?.before, { text: '20200131', isCut: false });
  assert.match(JSON.stringify(change?.after), /"20(17|18|19|20)\d{4}"/);
});

test('long texts are cut, bytes are counted', () => {
  const told = explained({ DerivationDescription: 'mm '.repeat(400), PixelData: new Uint8Array(12) });
  const description = told.get(pathOf('DerivationDescription'));
  assert.ok(description?.before !== null && description?.before !== undefined && 'text' in description.before);
  assert.deepEqual([description.before.text.length, description.before.isCut], [300, true]);
});

const data = join(process.env['UNICA_DATA'] ?? new URL('../../../shared/data', import.meta.url).pathname, 'dicom');
const files = existsSync(data)
  ? readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.(zst|gz|dump)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
  : [];
const absent = files.length === 0 ? 'no ../shared/data/dicom (UNICA_DATA)' : false;

test('real files: every element of both sides is told once, and what is told is so', { skip: absent }, () => {
  let compared = 0;
  for (const path of files) {
    const bytes = new Uint8Array(readFileSync(path));
    const outcome = deidentify(bytes, SITE);
    if (outcome.kind === 'quarantined') continue;
    compared += 1;
    const [before, after] = [parseDicom(bytes).dataset, outcome.image.dataset].map(elementsByPath);
    assert.ok(before && after);
    const changes = [...explainChanges(parseDicom(bytes).dataset, outcome.image.dataset)];
    const told = (side: 'before' | 'after') => changes.filter((change) => change[side] !== null).map((one) => one.path);
    assert.deepEqual(told('before').sort(), [...before.keys()].sort(), `${path}: elements that came`);
    assert.deepEqual(told('after').sort(), [...after.keys()].sort(), `${path}: elements that are there`);
    for (const change of changes) {
      const [old, fresh] = [before.get(change.path), after.get(change.path)];
      assertTrue(change, old, fresh, `${path} ${change.path} ${change.keyword} ${change.done}`);
    }
  }
  assert.ok(compared >= 20, `${compared} compared`);
});

function elementsByPath(dataset: DataSet): Map<string, Element> {
  const found = new Map<string, Element>();
  const walk = (level: DataSet, prefix: string) => {
    for (const element of level.elements) {
      const path = `${prefix}${tagHex(element.tag)}`;
      found.set(path, element);
      for (const [index, item] of (element.items ?? []).entries()) walk(item, `${path}[${index + 1}].`);
    }
  };
  walk(dataset, '');
  return found;
}

/** What was done, seen from the bytes, and the rule, seen from the table. */
function assertTrue(change: ElementChange, old: Element | undefined, fresh: Element | undefined, where: string): void {
  const { done, rule } = change;
  assert.equal(done === 'added', old === undefined, where);
  assert.equal(done === 'removed', fresh === undefined, where);
  if (old !== undefined && fresh !== undefined && old.items === undefined) {
    const bytesOf = (one: Element) => Buffer.concat([...(one.fragments ?? []), one.value]);
    assert.equal(done === 'kept', bytesOf(old).equals(bytesOf(fresh)), where);
    if (done === 'emptied') assert.equal(fresh.value.length, 0, where);
  }
  const tag = old?.tag ?? fresh?.tag ?? 0;
  const listed = confidentialityRow(tag);
  if (rule.kind === 'row') {
    assert.equal(rule.basic, listed?.basic, where);
    if (rule.option !== undefined) {
      assert.equal(rule.code, listed?.options[rule.option], where);
    }
  } else if (rule.kind !== 'mark' && rule.kind !== 'within' && rule.kind !== 'overlay') {
    assert.equal(listed, undefined, where);
  }
  if (rule.kind === 'unknown') assert.equal(attributeOf(tag), undefined, where);
  if (rule.kind === 'row' && rule.code === 'K' && change.note === undefined) assert.equal(done, 'kept', where);
  if (rule.kind === 'row' && rule.basic === 'X' && rule.code === undefined) assert.equal(done, 'removed', where);
}
