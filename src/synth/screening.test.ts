import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { canonicalJson, SeededRandom, sha256Hex } from '#base';
import { attenuationPerCm, type BreastMaterial } from './attenuation-table.ts';
import type { PictureSize } from './mammogram-geometry.ts';
import { screeningCeiling, screeningConcordance } from './screening-ceiling.ts';
import { type ScreeningExam, type ScreeningView, screeningExam, withPictures } from './screening-exam.ts';
import { screeningKnowledge } from './screening-knowledge.ts';
import { type ScreeningRecord, screeningRecord, screeningRecords } from './screening-record.ts';
import { SCREENING_SITES } from './screening-sites.ts';

const SMALL: PictureSize = { rows: 128, columns: 96 };
const MANY = [...screeningRecords('cohort', 0, 8000)];

test('an examination depends on seed and place alone, pictures and all', () => {
  const inTurn = [...screeningRecords(7, 30, 30)];
  for (const index of [59, 30, 41]) {
    const alone = screeningRecord(7, index);
    assert.deepEqual(alone, inTurn[index - 30]);
    assert.equal(digestOf(screeningExam('7', index, SMALL)), digestOf(withPictures(alone, SMALL)));
  }
  assert.notEqual(digestOf(screeningExam(7, 30, SMALL)), digestOf(screeningExam(8, 30, SMALL)));
  assert.notEqual(digestOf(screeningExam(7, 30, SMALL)), digestOf(screeningExam(7, 31, SMALL)));
});

test('the pictures of a seed are these, on every machine and in every version', () => {
  const { pictures } = screeningExam('golden', 5, { rows: 64, columns: 48 });
  // exp and pow may differ in the last digit from engine to engine: greys are compared by their means.
  assert.equal(pictures.length, GOLDEN_MEANS.length);
  for (const [place, { frame }] of pictures.entries()) {
    assert.ok(Math.abs(meanOf(frame.values) - (GOLDEN_MEANS[place] ?? 0)) < 1);
  }
});

test('every site is there, each with its own women, devices and gaps', () => {
  for (const site of SCREENING_SITES) {
    const records = MANY.filter((record) => record.site === site);
    assert.ok(records.length > 600, site.siteId);
    assert.ok(records.every(({ device }) => site.devices.includes(device)));
    const age = meanOf(records.filter(({ examNumber }) => examNumber === 0).map(({ ageYears }) => ageYears));
    assert.ok(Math.abs(age - site.ageYears.mean) < 2.5, `${site.siteId} ${age}`);
    const gaps = records.flatMap(({ covariates }) => [covariates.bodyMassIndex, covariates.smoking]);
    const missing = gaps.filter((value) => value === null).length / gaps.length;
    assert.ok(Math.abs(missing - site.missingCovariate) < 0.04, `${site.siteId} ${missing}`);
  }
  const views = new Set(MANY.map(({ views: seen }) => seen.length));
  assert.deepEqual([...views].sort(), [2, 3, 4].concat(views.has(1) ? [1] : []).sort());
  for (const grade of ['a', 'b', 'c', 'd'])
    assert.ok(MANY.filter(({ density }) => density === grade).length > 300, grade);
});

test('what a woman is stays the same from examination to examination, and she comes no more after a diagnosis', () => {
  const women = new Map<string, ScreeningRecord[]>();
  for (const record of MANY) women.set(record.womanId, [...(women.get(record.womanId) ?? []), record]);
  assert.ok([...women.values()].filter((exams) => exams.length > 1).length > 1000);
  for (const exams of women.values()) {
    const [first] = exams;
    for (const [number, exam] of exams.entries()) {
      assert.equal(exam.examNumber, number);
      assert.equal(exam.birthDate, first?.birthDate);
      assert.equal(exam.outcome.diagnosisDate, first?.outcome.diagnosisDate);
      assert.ok(exam.outcome.diagnosisDate === null || exam.date < exam.outcome.diagnosisDate);
      const before = exams[number - 1];
      if (before === undefined) continue;
      assert.ok(exam.date > before.date && exam.latent.logDensity < before.latent.logDensity);
      assert.ok((exam.lesion?.diameterMm ?? 0) >= (before.lesion?.diameterMm ?? 0), 'a lesion grows');
      assert.ok(exam.outcome.years < before.outcome.years);
    }
  }
});

test('outcomes say no more than is known', () => {
  for (const { outcome } of MANY) {
    for (const [place, y] of outcome.y.entries()) {
      const horizon = place + 1;
      assert.equal(y, outcome.cancer && outcome.years <= horizon ? 1 : 0);
      assert.equal(outcome.m[place], outcome.cancer || outcome.years >= horizon ? 1 : 0);
      assert.equal(y === 1, outcome.yearOfCancer !== null && outcome.yearOfCancer <= horizon);
    }
  }
});

test('cancers come as often as the latent risk says, at low risk and at high', () => {
  for (const horizon of [1, 3, 5]) {
    // Whoever is followed so long whatever happens: who is known for a cancer alone would count too often.
    const known = MANY.filter(({ woman, yearsSinceFirst }) => woman.followUpYears - yearsSinceFirst >= horizon);
    const risks = known.map(({ latent }) => latent.risk[horizon - 1] ?? 0);
    const order = risks.map((_, index) => index).sort((a, b) => (risks[a] ?? 0) - (risks[b] ?? 0));
    for (const third of [0, 1, 2]) {
      const part = order.slice((third * order.length) / 3, ((third + 1) * order.length) / 3);
      const expected = part.reduce((sum, index) => sum + (risks[index] ?? 0), 0);
      const observed = part.filter((index) => known[index]?.outcome.y[horizon - 1] === 1).length;
      // Repeated examinations of a woman share her cancer, so that the spread is wider than Poisson's.
      assert.ok(
        Math.abs(observed - expected) < 6 * Math.sqrt(expected),
        `${horizon}, ${third}: ${observed} of ${expected}`,
      );
    }
  }
});

test('the ceiling is the best of what there is to know', () => {
  const ceiling = screeningCeiling(MANY) ?? 0;
  const of = (risk: (record: ScreeningRecord) => number): number => screeningConcordance(MANY, MANY.map(risk)) ?? 0;
  assert.ok(ceiling > 0.77 && ceiling < 0.84, String(ceiling));
  const withoutLesion = of(({ latent }) => latent.logHazard);
  const baseline = of(({ ageYears, density }) => 0.05 * ageYears + 0.6 * 'abcd'.indexOf(density));
  assert.ok(ceiling > withoutLesion + 0.02 && withoutLesion > baseline + 0.05, `${withoutLesion} ${baseline}`);
  assert.ok(baseline > 0.57);
  assert.equal(screeningCeiling([]), null);
  const knowledge = screeningKnowledge(MANY);
  assert.equal(knowledge.at(-1)?.concordance, ceiling);
  for (const [at, { known, concordance }] of knowledge.entries())
    assert.ok((concordance ?? 0) > (knowledge[at - 1]?.concordance ?? 0) - 0.01, known);
});

test('the concordance index is that of all pairs, one by one', () => {
  const random = new SeededRandom('pairs');
  const some = MANY.slice(0, 700);
  const risks = some.map(({ latent }) => Math.round(3 * latent.logHazard + random.normal()));
  let [pairs, right] = [0, 0];
  for (const [one, { outcome: first }] of some.entries()) {
    if (!first.cancer || first.years > 5) continue;
    for (const [other, { outcome: second }] of some.entries()) {
      const isLater = second.cancer ? second.years > first.years : second.years >= first.years;
      if (one === other || !isLater) continue;
      pairs += 1;
      const [a, b] = [risks[one] ?? 0, risks[other] ?? 0];
      right += a > b ? 1 : a === b ? 0.5 : 0;
    }
  }
  assert.ok(pairs > 1000);
  assert.ok(Math.abs((screeningConcordance(some, risks) ?? 0) - right / pairs) < 1e-12);
});

test('an examination looks like the one before of the same woman, and not like that of another', () => {
  const seconds = MANY.filter(({ examNumber, implants }) => examNumber === 1 && !implants).slice(0, 25);
  let [same, other] = [0, 0];
  for (const [place, second] of seconds.entries()) {
    const prior = MANY[second.index - 1] as ScreeningRecord;
    const stranger = seconds[(place + 1) % seconds.length] as ScreeningRecord;
    assert.equal(prior.womanId, second.womanId);
    const tissue = tissueOf(second);
    same += correlation(tissue, tissueOf(prior)) / seconds.length;
    other += correlation(tissue, tissueOf(stranger)) / seconds.length;
  }
  assert.ok(same > 0.9 && other < 0.8, `${same} ${other}`);
});

test('small and large pictures show the same breast', () => {
  for (const index of [3, 100, 217]) {
    const record = screeningRecord('sizes', index);
    const small = withPictures(record, SMALL);
    const large = withPictures(record, { rows: 768, columns: 576 });
    for (const [place, { frame, lesion }] of large.pictures.entries()) {
      const other = small.pictures[place] as ScreeningView;
      assert.ok(correlation(shrunk(frame.values, 576, 6), other.frame.values) > 0.985);
      assert.equal(lesion === null, other.lesion === null);
      if (lesion !== null && other.lesion !== null) assert.ok(Math.abs(lesion.row / 6 - other.lesion.row) < 1e-6);
    }
  }
});

test('density and texture show in the pictures', () => {
  const records = MANY.filter(({ examNumber, implants }) => examNumber === 0 && !implants).slice(0, 150);
  const [bright, rough]: [number[], number[]] = [[], []];
  for (const record of records) {
    const tissue = tissueOf(record);
    const inside = tissue.filter((value) => value > 0.03);
    bright.push(meanOf(inside));
    rough.push(Math.log(roughness(tissue, SMALL.columns) / spreadOf(inside)));
  }
  const density = correlation(
    bright,
    records.map(({ latent }) => latent.logDensity),
  );
  const texture = correlation(
    rough,
    records.map(({ latent }) => latent.texture),
  );
  assert.ok(density > 0.6, `density ${density}`);
  assert.ok(texture > 0.6, `texture ${texture}`);
});

test('a lesion shows where its mark is, brighter as it grows, and nowhere else', () => {
  const withLesion = MANY.filter(({ lesion, implants }) => lesion !== null && !implants).slice(0, 12);
  const kinds = new Set(withLesion.map(({ lesion }) => lesion?.kind));
  assert.equal(kinds.size, 3);
  const size: PictureSize = { rows: 384, columns: 288 };
  for (const record of withLesion) {
    const [seen, unseen] = [withPictures(record, size), withPictures({ ...record, lesion: null }, size)];
    for (const [place, { frame, lesion, laterality }] of seen.pictures.entries()) {
      const without = (unseen.pictures[place] as ScreeningView).frame;
      const sign = frame.photometricInterpretation === 'MONOCHROME1' ? -1 : 1;
      const differences = Float64Array.from(frame.values, (value, at) => sign * (value - (without.values[at] ?? 0)));
      if (lesion === null) {
        assert.notEqual(laterality, record.lesion?.laterality);
        assert.ok(differences.every((difference) => difference === 0));
        continue;
      }
      assert.ok(lesion.isInside);
      let [near, far] = [0, 0];
      for (const [at, difference] of differences.entries()) {
        const away = Math.hypot(
          Math.floor(at / size.columns) + 0.5 - lesion.row,
          (at % size.columns) + 0.5 - lesion.column,
        );
        if (away > 3.2 * lesion.radiusPx + 4) far += Math.abs(difference);
        else near += difference;
      }
      assert.equal(far, 0);
      assert.ok(near > 0, `${record.lesion?.kind} in ${record.index}`);
    }
  }
});

test('right breasts lie mirrored, and a unit may store them inverted', () => {
  const record = MANY.find(
    ({ device, views }) => device.photometricInterpretation === 'MONOCHROME1' && views.length === 4,
  );
  const { pictures } = withPictures(record as ScreeningRecord, SMALL);
  for (const { frame, laterality } of pictures) {
    const air = laterality === 'R' ? 0 : SMALL.columns - 1;
    const wall = SMALL.columns - 1 - air;
    const row = 64 * SMALL.columns;
    assert.equal(frame.values[row + air], 2 ** frame.bitsStored - 1);
    assert.ok((frame.values[row + wall] ?? 0) < 2 ** frame.bitsStored - 1);
  }
});

test('pictures out of proportion are refused', () => {
  const record = screeningRecord(1, 0);
  for (const size of [
    { rows: 128, columns: 128 },
    { rows: 0, columns: 0 },
    { rows: 8192, columns: 6144 },
    { rows: Number.NaN, columns: 96 },
  ]) {
    assert.throws(() => withPictures(record, size), RangeError);
  }
  assert.throws(() => screeningRecord(1, -1), RangeError);
  assert.throws(() => screeningRecord(1, 0.5), RangeError);
});

test('attenuation is that of the table of VICTRE', (t) => {
  assert.equal(attenuationPerCm('adipose', 20), 0.51255);
  const between = attenuationPerCm('glandular', 21);
  assert.ok(between < 0.78581 && between > 0.64153);
  assert.throws(() => attenuationPerCm('skin', 30), RangeError);
  const path = join(process.env['UNICA_DATA'] ?? '../shared/data', 'victre/attenuation.csv');
  if (!existsSync(path)) return t.skip('the table of VICTRE is not there');
  const names: Readonly<Record<string, BreastMaterial>> = {
    ...{ adipose: 'adipose', glandular: 'glandular', skin: 'skin', muscle: 'muscle', polystyrene: 'polystyrene' },
    ...{ connective_Woodard: 'connective', CalciumOxalate: 'calciumOxalate' },
  };
  let compared = 0;
  for (const line of readFileSync(path, 'utf8').trim().split('\n').slice(1)) {
    const [name = '', , energy, , value] = line.split(',');
    const material = names[name];
    if (material === undefined || Number(energy) > 28) continue;
    assert.equal(attenuationPerCm(material, Number(energy)), Number(value));
    compared += 1;
  }
  assert.equal(compared, 35);
});

const GOLDEN_MEANS: readonly number[] = [349, 363, 529, 568];

function digestOf({ pictures, ...record }: ScreeningExam): string {
  const greys = pictures.map(({ frame, lesion }) => [sha256Hex(new Uint8Array(frame.values.buffer)), lesion]);
  return sha256Hex(canonicalJson(JSON.parse(JSON.stringify([record, greys]))));
}

/** The first view of an examination, 0 for air to 1 for white. */
function tissueOf(record: ScreeningRecord): Float64Array {
  const { frame } = withPictures({ ...record, views: [{ laterality: 'L', view: 'CC' }] }, SMALL)
    .pictures[0] as ScreeningView;
  const white = 2 ** frame.bitsStored - 1;
  return Float64Array.from(frame.values, (value) =>
    frame.photometricInterpretation === 'MONOCHROME1' ? 1 - value / white : value / white,
  );
}

function shrunk(values: ArrayLike<number>, columns: number, by: number): Float64Array {
  const across = columns / by;
  const small = new Float64Array(values.length / by / by);
  for (let at = 0; at < values.length; at += 1) {
    const target = Math.floor(at / columns / by) * across + Math.floor((at % columns) / by);
    small[target] = (small[target] ?? 0) + (values[at] ?? 0) / by / by;
  }
  return small;
}

/** Mean square of the Laplacian within the breast. */
function roughness(values: Float64Array, columns: number): number {
  let [sum, count] = [0, 0];
  for (let at = 3 * columns; at < values.length - 3 * columns; at += 1) {
    const [here = 0, left = 0, right = 0, above = 0, below = 0] = [at, at - 1, at + 1, at - columns, at + columns].map(
      (index) => values[index] ?? 0,
    );
    const isInside = [-3, 3, -3 * columns, 3 * columns].every((step) => (values[at + step] ?? 0) > 0.03);
    if (!isInside || at % columns < 3 || at % columns > columns - 4) continue;
    sum += (left + right + above + below - 4 * here) ** 2;
    count += 1;
  }
  return sum / count;
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += values[at] ?? 0;
  return sum / values.length;
}

function spreadOf(values: Float64Array): number {
  const mean = meanOf(values);
  return meanOf(values.map((value) => (value - mean) ** 2));
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let at = 0; at < a.length; at += 1) {
    const [x, y] = [(a[at] ?? 0) - meanA, (b[at] ?? 0) - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}
