import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, UnicaError, utf8 } from '#base';
import { type ByteSource, buildDicom, decodeSamples, parseDicom, TAGS } from '#dicom';
import { tagOf } from '#vocab';
import { reopen } from './deidentified.ts';
import { deidentify } from './deidentify.ts';
import { blackOutInPieces } from './deidentify-in-pieces.ts';

const SITE = { siteId: 'lisbon', secret: utf8('a secret of at least thirty-two bytes!') };
const [ROWS, COLUMNS] = [40, 64];
const FILM = buildDicom(
  {
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
    SOPInstanceUID: '1.2.3.1',
    SeriesInstanceUID: '1.2.3',
    StudyInstanceUID: '1.2',
    PatientID: 'PT-4711',
    StudyDate: '20200131',
    Modality: 'DX',
    BodyPartExamined: 'CHEST',
  },
  {
    rows: ROWS,
    columns: COLUMNS,
    values: Uint16Array.from({ length: ROWS * COLUMNS }, (_, at) => 100 + at),
    bitsStored: 12,
    photometricInterpretation: 'MONOCHROME2',
  },
);

function sourceOf(bytes: Uint8Array): ByteSource {
  return { sizeBytes: bytes.length, read: (start, length) => bytes.slice(start, start + length) };
}

test('what a person marks is blacked out in a cleaned file, and nothing else changes', () => {
  const once = deidentify(FILM, SITE);
  assert.ok(once.kind === 'clean');
  const mask = { frame: 0, x: 3, y: 5, width: 20, height: 7, reason: 'person', confidence: 1 } as const;
  const outcome = blackOutInPieces(sourceOf(once.image.bytes), [mask]);
  assert.ok(outcome?.kind === 'clean');
  const bytes = concatBytes([...outcome.contents()]);
  const [before, after] = [parseDicom(once.image.bytes), parseDicom(bytes)];
  assert.deepEqual(
    [outcome.names.person, outcome.names.sopInstanceUid],
    [once.image.person, once.image.sopInstanceUid],
    'names stay',
  );
  for (const element of before.dataset.elements) {
    if (element.tag === TAGS.pixelData || element.tag === tagOf('BurnedInAnnotation')) continue;
    assert.deepEqual(after.dataset.element(element.tag)?.raw, element.raw, element.tag.toString(16));
  }
  assert.equal(after.dataset.text(tagOf('BurnedInAnnotation')), 'NO');
  const { values } = decodeSamples(after);
  for (let at = 0; at < values.length; at += 1) {
    const [x, y] = [at % COLUMNS, Math.floor(at / COLUMNS)];
    const isMarked = x >= 3 && x < 23 && y >= 5 && y < 12;
    assert.equal(values[at], isMarked ? 100 : 100 + at, `${x}, ${y}`);
  }
  assert.doesNotThrow(() => reopen(bytes));
});

test('without a mask a cleaned file stays as it is', () => {
  const once = deidentify(FILM, SITE);
  assert.ok(once.kind === 'clean');
  const outcome = blackOutInPieces(sourceOf(once.image.bytes), []);
  assert.ok(outcome?.kind === 'clean');
  assert.deepEqual(decodeSamples(parseDicom(concatBytes([...outcome.contents()]))), decodeSamples(once.image.file));
});

test('a file that nobody cleaned is no such file', () => {
  assert.throws(
    () => blackOutInPieces(sourceOf(FILM), []),
    (error: unknown) => error instanceof UnicaError && error.code === 'deid.not-deidentified',
  );
});
