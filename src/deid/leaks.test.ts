import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Attributes, buildDicom } from '#dicom';
import { attributeOf, confidentialityRow, confidentialityTags, tagHex } from '#vocab';
import { deidentify } from './deidentify.ts';
import { ALL_OPTIONS, type DeidOptions } from './options.ts';

const SITE = { siteId: 'lisbon', secret: new Uint8Array(32).fill(7) };

const BASE: Attributes = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
  SOPInstanceUID: '1.3.6.1.4.1.99999.1',
  StudyInstanceUID: '1.3.6.1.4.1.99999.2',
  SeriesInstanceUID: '1.3.6.1.4.1.99999.3',
  Modality: 'DX',
  PatientID: 'PID-00000000',
};

/** Any representation, whatever the dictionary says of the tag. */
const REPRESENTATIONS = [
  ...['AE', 'AS', 'CS', 'DA', 'DS', 'DT', 'IS', 'LO', 'LT', 'PN', 'SH', 'ST', 'TM', 'UC', 'UI', 'UR', 'UT'],
  ...['OB', 'OW', 'OF', 'UN', 'US', 'FD'],
];

/** Sequences that the profile lets stay, so that what lies in them has to be found. */
const KEPT_SEQUENCES = ['AnatomicRegionSequence', 'ViewCodeSequence', 'ReferencedImageSequence', 'VOILUTSequence'];

/** Tags that the table names and none of these options retains. */
const named = (options: DeidOptions): readonly number[] =>
  confidentialityTags().filter((tag) => {
    const row = confidentialityRow(tag);
    const retained = row?.options.patient === 'K' || (options.has('device') && row?.options.device === 'K');
    return tag >>> 16 >= 8 && row !== undefined && !retained && attributeOf(tag)?.vr !== 'SQ';
  });

const secret = fc
  .tuple(fc.constantFrom('Zborowska', 'Ødegård', 'Qaanaaq', 'Štefánik'), fc.integer({ min: 1e8, max: 1e9 }))
  .map(([name, number]) => `${name}${number}`);

interface Planted {
  readonly key: string;
  readonly nested: readonly string[];
  readonly values: readonly string[];
}

const planted = (options: DeidOptions): fc.Arbitrary<Planted> =>
  fc.record({
    key: fc
      .tuple(
        fc.oneof(
          { weight: 6, arbitrary: fc.constantFrom(...named(options)) },
          // Private creators and elements, unknown standard elements, overlays and curves of any group.
          {
            weight: 2,
            arbitrary: fc.integer({ min: 0x00090010, max: 0x7fdf10ff }).map((tag) => (tag | 0x00010000) >>> 0),
          },
          { weight: 1, arbitrary: fc.integer({ min: 0x0f00, max: 0x0fff }).map((element) => 0x00080000 + element) },
          { weight: 1, arbitrary: fc.integer({ min: 0, max: 15 }).map((group) => 0x60003000 + group * 0x20000) },
          { weight: 1, arbitrary: fc.integer({ min: 0, max: 15 }).map((group) => 0x50003000 + group * 0x20000) },
        ),
        fc.constantFrom(...REPRESENTATIONS),
      )
      .map(([tag, vr]) => `${tagHex(tag).slice(0, 4)},${tagHex(tag).slice(4)} ${vr}`),
    nested: fc.array(fc.constantFrom(...KEPT_SEQUENCES), { maxLength: 6 }),
    values: fc.array(secret, { minLength: 1, maxLength: 3 }),
  });

const TOP = new Set(Object.keys(BASE));

function filePlanted(places: readonly Planted[]): Uint8Array {
  let attributes: Attributes = BASE;
  for (const { key, nested, values } of places) {
    const tag = Number.parseInt(key.slice(0, 9).replace(',', ''), 16);
    const keyword = attributeOf(tag)?.keyword ?? '';
    // At the top these decide whether the file is taken; nested they are planted like all others.
    if (nested.length === 0 && TOP.has(keyword)) continue;
    const vr = key.slice(10);
    const text = values.join('\\');
    const value = /^(O.|UN|US|FD)$/.test(vr) ? new TextEncoder().encode(text) : text;
    attributes = {
      ...attributes,
      ...nested.reduceRight<Attributes>((inner, sequence) => ({ [sequence]: [inner] }), { [key]: value }),
    };
  }
  return buildDicom(attributes);
}

const CHOICES: readonly (readonly [string, DeidOptions])[] = [
  ['the Basic Profile alone', new Set()],
  ['dates and patient characteristics', new Set(['dates', 'patient'] as const)],
  ['all options', ALL_OPTIONS],
];
for (const [what, options] of CHOICES)
  test(`no planted identifier survives, whatever its tag, representation and depth: ${what}`, () => {
    fc.assert(
      fc.property(fc.array(planted(options), { minLength: 1, maxLength: 8 }), (places) => {
        const outcome = deidentify(filePlanted(places), SITE, options);
        assert.equal(outcome.kind, 'clean');
        if (outcome.kind !== 'clean') return;
        const bytes = Buffer.from(outcome.image.bytes);
        for (const value of places.flatMap((place) => place.values)) {
          const [name = '', number = ''] = /^(\D+)(\d+)$/.exec(value)?.slice(1) ?? [];
          for (const part of [name, number]) {
            assert.ok(!bytes.includes(Buffer.from(part, 'utf8')), `${part} in UTF-8`);
            assert.ok(!bytes.includes(Buffer.from(part, 'latin1')), `${part} in Latin-1`);
          }
        }
      }),
      { numRuns: 600, seed: 20260101 },
    );
  });

/** [where, attributes]: the patient's own name or number where the table lets short texts stay. */
const ECHOES: readonly (readonly [string, Attributes])[] = [
  ['a body part description', { AnatomicRegionSequence: [{ CodeMeaning: 'Chest of Zborowska' }] }],
  ['a model name', { ManufacturerModelName: 'ward 3 / PID-00000000' }],
  ['the number in lower case', { ManufacturerModelName: 'pid-00000000' }],
  [
    'the referring physician',
    { ReferringPhysicianName: 'Quercioli^Ines', FilterMaterial: 'x', Manufacturer: 'for Quercioli' },
  ],
];

for (const [where, attributes] of ECHOES) {
  test(`a name or number of the file does not come back in ${where}`, () => {
    const outcome = deidentify(buildDicom({ ...BASE, PatientName: 'Zborowska^Ada', ...attributes }), SITE);
    assert.equal(outcome.kind, 'clean');
    if (outcome.kind !== 'clean') return;
    const text = Buffer.from(outcome.image.bytes).toString('latin1').toLowerCase();
    for (const word of ['zborowska', 'pid-00000000', 'quercioli']) assert.ok(!text.includes(word), word);
  });
}

test('a text that repeats nothing stays', () => {
  const outcome = deidentify(
    buildDicom({ ...BASE, PatientName: 'Zborowska^Ada', Manufacturer: 'Adamant Imaging' }),
    SITE,
  );
  assert.equal(outcome.kind, 'clean');
  if (outcome.kind === 'clean') assert.equal(outcome.image.dataset.text(0x00080070), 'Adamant Imaging');
});
