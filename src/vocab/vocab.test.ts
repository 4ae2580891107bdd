import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ConfidentialityRow, confidentialityRow, confidentialityTags } from './confidentiality.ts';
import { attributeOf, isPrivate, tagHex, tagOf } from './dictionary.ts';
import { CDM, conceptName, hyperOntologyConcepts } from './eucaim.ts';
import { SEARCH_FIELDS } from './search-fields.ts';
import { sopClassName } from './sop-classes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const shared = process.env['UNICA_SHARED'] ?? join(root, '../shared');
const absent = existsSync(join(shared, 'dicom-standard')) ? false : 'no ../shared/dicom-standard (UNICA_SHARED)';

/** [tag, keyword, VR, VM], read in the printed standard. */
const ATTRIBUTES: readonly (readonly [number, string, string, string])[] = [
  [0x00100020, 'PatientID', 'LO', '1'],
  [0x00080018, 'SOPInstanceUID', 'UI', '1'],
  [0x00280030, 'PixelSpacing', 'DS', '2'],
  [0x00080005, 'SpecificCharacterSet', 'CS', '1-n'],
  [0x60003000, 'OverlayData', 'OB', '1'],
  [0x60fe3000, 'OverlayData', 'OB', '1'],
  [0x50040010, 'NumberOfPoints', 'US', '1'],
];

for (const [tag, keyword, vr, vm] of ATTRIBUTES) {
  test(`${tagHex(tag)} is ${keyword}`, () => assert.deepEqual(attributeOf(tag), { keyword, vr, vm }));
}

test('keywords lead to tags and back; repeating groups, private and unknown tags have none', () => {
  assert.equal(tagOf('PatientID'), 0x00100020);
  assert.throws(() => tagOf('OverlayData'), RangeError);
  assert.throws(() => tagOf('PatientShoeSize'), RangeError);
  assert.equal(attributeOf(0x00090010), undefined);
  assert.equal(attributeOf(0x00080fff), undefined);
  assert.ok(isPrivate(0x00090010) && !isPrivate(0x00100010) && isPrivate(0x7fe10010));
});

/** [tag, row], read in the printed Table E.1-1. */
const ROWS: readonly (readonly [number, ConfidentialityRow | undefined])[] = [
  [0x00100010, { basic: 'Z', options: {} }],
  [0x00101010, { basic: 'X', options: { patient: 'K' } }],
  [0x00080018, { basic: 'U', options: { uids: 'K' } }],
  [0x00080020, { basic: 'Z', options: { dates: 'C', fullDates: 'K' } }],
  [0x00280010, undefined],
  [0x50041234, { basic: 'X', options: {} }],
];

for (const [tag, row] of ROWS) {
  test(`Table E.1-1 for ${tagHex(tag)}`, () => {
    const found = confidentialityRow(tag);
    assert.equal(found?.basic, row?.basic);
    if (row !== undefined) assert.deepEqual(found?.options, { ...found?.options, ...row.options });
  });
}

test('every row of the published table is in ours, with its actions', { skip: absent }, () => {
  const published = JSON.parse(
    readFileSync(join(shared, 'dicom-standard/confidentiality_profile_attributes.json'), 'utf8'),
  ) as readonly { readonly id: string; readonly basicProfile: string; readonly rtnLongModifDatesOpt?: string }[];
  assert.equal(published.length, 621);
  for (const { id, basicProfile, rtnLongModifDatesOpt } of published) {
    if (id.startsWith('ggggeeee')) continue;
    const row = confidentialityRow(Number.parseInt(id.replaceAll('x', '0'), 16));
    assert.equal(row?.basic, basicProfile, id);
    assert.equal(row?.options.dates, rtnLongModifDatesOpt, id);
  }
  assert.equal(confidentialityTags().length, 617);
});

test('SOP classes by UID', () => {
  assert.equal(
    sopClassName('1.2.840.10008.5.1.4.1.1.1.2'),
    'Digital Mammography X-Ray Image Storage - For Presentation',
  );
  assert.equal(sopClassName('1.2.3'), undefined);
});

test('the common data model has 24 tables and 205 columns, each with one key', () => {
  assert.equal(CDM.length, 205);
  const tables = [...new Set(CDM.map(({ table }) => table))];
  assert.equal(tables.length, 24);
  for (const table of tables)
    assert.ok(
      CDM.some((column) => column.table === table && column.key),
      table,
    );
  for (const { references } of CDM) {
    if (references === null) continue;
    assert.ok(
      CDM.some(({ table, column }) => `${table}.${column}` === references),
      references,
    );
  }
});

test('the hyper-ontology has 4,068 concepts, by code', () => {
  assert.equal(hyperOntologyConcepts().size, 4068);
  assert.deepEqual(hyperOntologyConcepts().get('CLIN1000060'), {
    code: 'CLIN1000060',
    name: 'Malignant neoplasm of breast',
    domain: 'Condition',
  });
  assert.equal(conceptName('COM1001370'), 'Female');
  assert.equal(conceptName('IMG1000030'), 'Mammography');
  assert.throws(() => conceptName('COM0000000'), RangeError);
});

test('the generated tables are what their sources make', { skip: absent }, () => {
  execFileSync(process.execPath, [join(root, 'scripts/generate-vocab.js'), '--check'], { stdio: 'pipe' });
});

test('what belongs to what in search leads to no circle and to nothing unknown', () => {
  for (const { field, terms } of SEARCH_FIELDS.values()) {
    const parents = new Map(terms.map(({ code, within }) => [code, within]));
    for (const { code } of terms) {
      const passed = new Set<string>();
      for (let at: string | null | undefined = code; at !== null; at = parents.get(at)) {
        assert.ok(at !== undefined && parents.has(at), `${field}: ${code} belongs to what is not there`);
        assert.ok(!passed.has(at), `${field}: ${code} belongs to itself`);
        passed.add(at);
      }
    }
  }
});
