import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '#base';
import { type Attributes, buildDicom, parseDicom } from '#dicom';
import { encodeSafetensors, headOfExam, initialParameters } from '#engine';
import { fitPictureGate } from '#films';
import {
  BREAST_MODEL,
  BREAST_PREPROCESSING_SHA256,
  type BreastReading,
  breastModelOf,
  openBreastReader,
} from '#pilots';
import { screeningRecords, TRAINING_SIZE, withPictures } from '#synth';
import { picturesOf } from './screening-cohort.ts';
import { filmsOfExam } from './screening-dicom.ts';

const records = [...screeningRecords('reader', 0, 60)].filter(({ views, implants }) => views.length === 4 && !implants);
const seen = records
  .slice(0, 20)
  .flatMap((record) => Object.values(picturesOf(record)))
  .map((values) => ({ values: values ?? new Float32Array(), rows: BREAST_MODEL.rows, columns: BREAST_MODEL.columns }));
const parameters = initialParameters(BREAST_MODEL, 1);

function stored() {
  const heads = [2, 3].map((seed) => headOfExam(BREAST_MODEL, initialParameters(BREAST_MODEL, seed)).head);
  const size = heads[0]?.length ?? 0;
  const numbers = new Float32Array(2 * size);
  for (const [member, head] of heads.entries()) numbers.set(head, member * size);
  const calibration = {
    format: 'unica-breast-risk/1',
    preprocessingSha256: BREAST_PREPROCESSING_SHA256,
    trainedOn: 'nothing',
    slope: 1,
    intercepts: [0, 0, 0, 0, 0],
    shifts: { porto: 1 },
    density: { coverage: 0.9, thresholds: { all: 0.8, porto: 1 } },
  };
  const table = { entries: [{ name: 'heads', shape: [2, size], offset: 0, size: 2 * size }], total: 2 * size };
  return {
    spec: BREAST_MODEL,
    parameters,
    parts: {
      'calibration.json': utf8(JSON.stringify(calibration)),
      'gate.json': utf8(JSON.stringify(fitPictureGate(seen.slice(0, 50), seen.slice(50)))),
      'heads.safetensors': encodeSafetensors(table, numbers, {}),
    },
  };
}

const model = stored();
const [exam] = records.slice(-1);
const files = exam === undefined ? [] : filmsOfExam(exam, TRAINING_SIZE).map((bytes) => parseDicom(bytes));

/** A film of the exam with another header. */
function filmWith(attributes: Attributes, place = 0) {
  const picture = exam === undefined ? undefined : withPictures(exam, TRAINING_SIZE).pictures[place];
  assert.ok(picture);
  const { laterality, view, frame } = picture;
  return parseDicom(
    buildDicom(
      {
        SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.2',
        SOPInstanceUID: '2.25.9',
        Modality: 'MG',
        ImageLaterality: laterality,
        ViewPosition: view,
        ...attributes,
      },
      {
        rows: frame.rows,
        columns: frame.columns,
        values: frame.values as Uint16Array,
        bitsStored: frame.bitsStored,
        photometricInterpretation: frame.photometricInterpretation === 'MONOCHROME1' ? 'MONOCHROME1' : 'MONOCHROME2',
      },
    ),
  );
}

const reasonsOf = (reading: BreastReading) => reading.films.flatMap(({ reasons }) => reasons.map(({ code }) => code));

test('any films of an exam are scored: risk that never falls, inside its interval, with density', async () => {
  const reader = await openBreastReader(breastModelOf(model));
  try {
    for (const some of [files, files.slice(0, 1), files.slice(2)]) {
      const reading = await reader.read(some);
      assert.equal(reading.kind, 'scored');
      if (reading.kind !== 'scored') return;
      assert.equal(reading.films.filter(({ isRead }) => isRead).length, some.length);
      for (const [year, risk] of reading.risk.entries()) {
        assert.ok(risk > 0 && risk < 1 && risk >= (reading.risk[year - 1] ?? 0));
        const { low = 1, high = 0 } = reading.interval[year] ?? {};
        assert.ok(low <= risk + 1e-3 && risk <= high + 1e-3);
      }
      assert.ok(Math.abs(reading.density.shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-5);
      assert.deepEqual(reading.known, ['ageYears']);
    }
    const [plain, porto] = [await reader.read(files), await reader.read(files, { siteId: 'porto' })];
    assert.ok(plain.kind === 'scored' && porto.kind === 'scored');
    assert.ok((porto.risk[4] ?? 0) > 2 * (plain.risk[4] ?? 0), "the site's own calibration");
    assert.equal(porto.density.set.length, 4);
    const odd = await reader.read(files, { facts: { parity: 2, bodyMassIndex: 500 } });
    assert.deepEqual(
      odd.kind === 'scored' && odd.known,
      ['ageYears', 'parity'],
      'what is no fact is not told as known',
    );
    const elsewhere = await reader.read(files, { siteId: 'constructor' });
    assert.deepEqual(elsewhere, plain, 'a site that is not known has the common calibration');
  } finally {
    await reader.close();
  }
});

test('what is no mammogram made to be looked at is refused by name, and one good film is enough', async () => {
  const reader = await openBreastReader(breastModelOf(model));
  try {
    const rows: readonly [Attributes, string][] = [
      [{ Modality: 'DX' }, 'modality'],
      [{ PresentationIntentType: 'FOR PROCESSING' }, 'for-processing'],
      [{ ImageLaterality: '' }, 'laterality'],
      [{ ViewPosition: 'XCCL' }, 'view'],
      [{ BodyPartExamined: 'CHEST' }, 'body-part'],
    ];
    for (const [attributes, code] of rows) {
      const alone = await reader.read([filmWith(attributes)]);
      assert.equal(alone.kind, 'refused', code);
      assert.ok(reasonsOf(alone).includes(code as never), code);
      const beside = await reader.read([filmWith(attributes), ...files.slice(1)]);
      assert.equal(beside.kind, 'scored', code);
    }
    const other = await reader.read([filmWith({ ImageLaterality: 'L' })]);
    assert.ok(reasonsOf(other).includes('laterality'), 'a right breast that is said to be a left one');
    const twice = await reader.read([...files, ...files.slice(0, 1)]);
    assert.equal(twice.films.filter(({ isRead }) => isRead).length, 4);
    assert.equal((await reader.read([])).kind, 'refused');
  } finally {
    await reader.close();
  }
});

test('a model that lacks a part, or is of other films, reads nothing', () => {
  const { parts } = model;
  const without = (name: keyof typeof parts) => ({ ...model, parts: { ...parts, [name]: undefined } });
  for (const name of ['calibration.json', 'gate.json', 'heads.safetensors'] as const)
    assert.throws(() => breastModelOf(without(name)), { code: 'pilots.model-unfit' }, name);
  assert.throws(() => breastModelOf({ ...model, spec: { ...BREAST_MODEL, rows: 256 } }), {
    code: 'pilots.model-unfit',
  });
  const foreign = new TextDecoder()
    .decode(parts['calibration.json'])
    .replace(BREAST_PREPROCESSING_SHA256, '0'.repeat(64));
  assert.throws(() => breastModelOf({ ...model, parts: { ...parts, 'calibration.json': utf8(foreign) } }), {
    code: 'pilots.model-unfit',
  });
});
