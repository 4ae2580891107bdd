import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildDicom, parseDicom } from '#dicom';
import type { BreastReading } from '#pilots';
import { resultObjects } from '#results';
import { breastResult } from './breast-result.ts';
import { givenFilm, type Told } from './result-inputs.ts';

const MODEL = { name: 'breast-risk', version: '1', digest: 'ab'.repeat(32), manufacturer: 'UNICA' };
const REFUSED: BreastReading = { kind: 'refused', films: [] };
const FIRST = {
  SOPInstanceUID: '2.25.71',
  StudyInstanceUID: '2.25.70',
  SeriesInstanceUID: '2.25.72',
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.2',
  PatientID: 'P-1',
  PatientAge: '055Y',
  StudyDate: '20260512',
  Modality: 'MG',
} as const;

type Elements = Readonly<Record<string, string>>;

function filmOf(elements: Elements, grey = 7) {
  const pixels = { rows: 4, columns: 4, values: new Uint16Array(16).fill(grey), bitsStored: 12 } as const;
  return givenFilm(parseDicom(buildDicom(elements, { ...pixels, photometricInterpretation: 'MONOCHROME2' })));
}

/** UIDs of the objects of an exam of two films. */
function uidsOf(
  change: {
    readonly first?: Elements;
    readonly both?: Elements;
    readonly grey?: number;
    readonly told?: Told;
    readonly model?: Partial<typeof MODEL>;
    readonly order?: 'turned';
    readonly atMs?: number;
  } = {},
): readonly string[] {
  const films = [
    filmOf({ ...FIRST, ...change.both, ...change.first }, change.grey),
    filmOf({ ...FIRST, SOPInstanceUID: '2.25.73', ...change.both }),
  ];
  const by = { model: { ...MODEL, ...change.model }, told: change.told ?? {} };
  const result = breastResult(
    change.order === undefined ? films : films.toReversed(),
    REFUSED,
    by,
    new Date(change.atMs ?? 1),
  );
  const wish = { reports: true, segmentations: true, film: undefined, document: true };
  const { objects, document } = resultObjects(result, wish);
  const { identifier } = document as unknown as { readonly identifier: { readonly value: string } };
  return [...objects.map(({ sopInstanceUid }) => sopInstanceUid), identifier.value];
}

test('the same inputs and the same model give the same objects, whenever and in whatever order', () => {
  const uids = uidsOf();
  assert.ok(uids.length >= 3);
  assert.equal(new Set(uids).size, uids.length);
  assert.deepEqual(uidsOf({ atMs: 86_400_000 }), uids);
  assert.deepEqual(uidsOf({ order: 'turned' }), uids);
  assert.deepEqual(uidsOf({ told: { facts: { familyHistory: null } } }), uids);
});

const CHANGES = {
  'another person': { both: { PatientID: 'P-2' } },
  'a number of another issuer': { both: { IssuerOfPatientID: 'elsewhere' } },
  'another age': { both: { PatientAge: '056Y' } },
  'another grey in one film': { grey: 8 },
  'another side in the header of one film': { first: { ImageLaterality: 'R' } },
  'another film': { first: { SOPInstanceUID: '2.25.74' } },
  'another study': { both: { StudyInstanceUID: '2.25.75' } },
  'a fact of the woman': { told: { facts: { familyHistory: 1 } } },
  "another site's calibration": { told: { siteId: 'porto' } },
  'another version': { model: { version: '2' } },
  'other weights': { model: { digest: 'cd'.repeat(32) } },
} as const;

for (const [name, change] of Object.entries(CHANGES))
  test(`${name} gives other objects`, () => {
    const before = new Set(uidsOf());
    for (const uid of uidsOf(change)) assert.equal(before.has(uid), false, uid);
  });
