import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '#base';
import { auc } from './auc.ts';
import { carriedOver, headOfExam, headSpec } from './exam-head.ts';
import { initialParameters } from './initial-parameters.ts';
import { networkOf } from './model.ts';
import { checkedSpec, type ExamSpec } from './model-spec.ts';
import { parameterTable } from './parameter-table.ts';
import { openPredictor, predictAll } from './predictor.ts';
import { train } from './train.ts';

const SPEC: ExamSpec = {
  architecture: 'exam',
  pictures: 4,
  rows: 32,
  columns: 32,
  widths: [8, 8, 16, 16],
  covariates: 3,
  years: 5,
  classes: 4,
  hidden: 8,
};
const PIXELS = 32 * 32;
/** It measures tissue, and learns where findings are: points of 4 × 4 pixels. */
const FINE: ExamSpec = { ...SPEC, greys: { mean: 0.3, spread: 0.3 } };
const POINTS = 8 * 8;
/** It also puts the pictures of each side together. */
const SIDED: ExamSpec = { ...FINE, sides: [0, 1, 0, 1] };

/** Exams in which a bright spot, and the first covariate, lead to the event. */
function exams(count: number, seed: string) {
  const random = new SeededRandom(seed);
  const inputs = {
    pictures: new Float32Array(count * 4 * PIXELS).map(() => 0.3 * random.normal()),
    pictureMask: new Float32Array(count * 4).fill(1),
    covariates: new Float32Array(count * 3).map(() => random.normal()),
    covariateMask: new Float32Array(count * 3).fill(1),
  };
  const targets = {
    outcome: new Float32Array(count * 5),
    known: new Float32Array(count * 5).fill(1),
    class: new Float32Array(count * 4),
    finding: new Float32Array(count * 4),
    findingKnown: new Float32Array(count * 4).fill(1),
    place: new Float32Array(count * 4 * POINTS),
    placeKnown: new Float32Array(count * 4).fill(1),
    projection: Float32Array.from({ length: count * 4 }, (_, at) => (at % 4 < 2 ? 0 : 1)),
  };
  const ill: boolean[] = [];
  for (let exam = 0; exam < count; exam += 1) {
    const has = random.uniform() < 0.5;
    ill.push(has);
    targets.class[exam * 4 + random.below(4)] = 1;
    if (!has) continue;
    targets.outcome.fill(1, exam * 5 + 2, exam * 5 + 5);
    for (const picture of [0, 2]) {
      targets.finding[exam * 4 + picture] = 1;
      const [row, column] = [8 + random.below(16), 8 + random.below(16)];
      const at = (exam * 4 + picture) * PIXELS + row * 32 + column;
      targets.place[(exam * 4 + picture) * POINTS + Math.floor((row + 1) / 4) * 8 + Math.floor((column + 1) / 4)] = 1;
      for (const step of [0, 1, 2, 32, 33, 34, 64, 65, 66]) inputs.pictures[at + step] = 4;
    }
  }
  return { data: { count, inputs, targets }, ill };
}

const risks = (answers: Readonly<Record<string, Float32Array>>, exam: number) =>
  Array.from(answers['risk']?.subarray(exam * 5, exam * 5 + 5) ?? []);

describe('the network over exams', () => {
  it('never lets risk fall with the years, whatever is missing', async () => {
    const { data } = exams(16, 'missing');
    const random = new SeededRandom('mask');
    const hidden = {
      ...data.inputs,
      pictureMask: data.inputs.pictureMask.slice(),
      covariateMask: data.inputs.covariateMask.slice(),
    };
    for (const mask of [hidden.pictureMask, hidden.covariateMask])
      for (let at = 0; at < mask.length; at += 1) mask[at] = random.uniform() < 0.5 ? 1 : 0;
    hidden.pictureMask.fill(0, 0, 4);
    const parameters = initialParameters(SPEC, 1).map((value) => value + 0.2 * random.normal());
    const answers = await predictAll(SPEC, parameters, hidden, 16);
    for (let exam = 0; exam < 16; exam += 1) {
      const told = risks(answers, exam);
      assert.equal(told.length, 5);
      for (const [year, risk] of told.entries()) {
        assert.ok(risk > 0 && risk < 1, `${risk}`);
        assert.ok(risk >= (told[year - 1] ?? 0));
      }
      assert.equal(told[4], answers['probability']?.[exam]);
    }
  });

  it('what stands in a missing place does not matter', async () => {
    const { data } = exams(4, 'places');
    const pictureMask = Float32Array.from({ length: 16 }, (_, at) => (at % 4 === 1 || at % 4 === 2 ? 0 : 1));
    const covariateMask = Float32Array.from({ length: 12 }, (_, at) => (at % 3 === 0 ? 0 : 1));
    const other = {
      pictures: data.inputs.pictures.map((value, at) => (pictureMask[Math.floor(at / PIXELS)] === 1 ? value : 7)),
      covariates: data.inputs.covariates.map((value, at) => (covariateMask[at] === 1 ? value : 7)),
    };
    const parameters = initialParameters(SPEC, 2);
    const one = await predictAll(SPEC, parameters, { ...data.inputs, pictureMask, covariateMask }, 4);
    const two = await predictAll(SPEC, parameters, { ...data.inputs, ...other, pictureMask, covariateMask }, 4);
    for (const [at, risk] of (one['risk'] ?? new Float32Array()).entries())
      assert.ok(Math.abs(risk - (two['risk']?.[at] ?? 0)) < 1e-6);
  });

  it('learns small spots that it was shown the side of, with pictures hidden on the way', async () => {
    const { data } = exams(192, 'learn');
    const trained = await train({
      model: SPEC,
      parameters: initialParameters(SPEC, 3),
      data,
      epochs: 14,
      batchSize: 16,
      learningRate: 3e-3,
      seed: 3,
      optimiser: { kind: 'adam' },
    });
    const fresh = exams(64, 'fresh');
    const answers = await predictAll(SPEC, trained.parameters, fresh.data.inputs, 64);
    const area = auc(fresh.ill.map(Number), answers['probability'] ?? []);
    assert.ok((area ?? 0) > 0.85, `${area}`);
  });

  it('where places are learned, the map of findings shows them, and no outcome is needed for it', async () => {
    const { data } = exams(192, 'places');
    const targets = { ...data.targets, known: new Float32Array(192 * 5) };
    const trained = await train({
      model: FINE,
      parameters: initialParameters(FINE, 3),
      data: { ...data, targets },
      epochs: 10,
      batchSize: 16,
      learningRate: 3e-3,
      seed: 3,
      optimiser: { kind: 'adam' },
    });
    const fresh = exams(64, 'fresh places').data;
    const { findingMap = new Float32Array(), finding = new Float32Array() } = await predictAll(
      FINE,
      trained.parameters,
      fresh.inputs,
      64,
    );
    const area = auc([...fresh.targets.finding], finding);
    assert.ok((area ?? 0) > 0.9, `${area}`);
    let [shown, near] = [0, 0];
    for (let picture = 0; picture < 256; picture += 1) {
      if (fresh.targets.finding[picture] !== 1) continue;
      shown += 1;
      const map = findingMap.subarray(picture * POINTS, (picture + 1) * POINTS);
      const [found, told] = [map.indexOf(Math.max(...map)), fresh.targets.place.indexOf(1, picture * POINTS) % POINTS];
      const away = [found - told, Math.floor(found / 8) - Math.floor(told / 8)] as const;
      if (Math.abs(away[1]) <= 1 && Math.abs(away[0] - 8 * away[1]) <= 1) near += 1;
    }
    assert.ok(near > 0.85 * shown, `${near} of ${shown}`);
  });

  for (const [said, spec] of [
    ['as it was', SPEC],
    ['with measures of the tissue', FINE],
    ['with the pictures of a side together', SIDED],
  ] as const)
    it(`the head over kept features answers as the whole does, ${said}`, async () => {
      const { data } = exams(6, 'head');
      const parameters = initialParameters(spec, 4);
      const whole = await predictAll(spec, parameters, data.inputs, 6);
      const { features = new Float32Array() } = whole;
      const { head } = headOfExam(spec, parameters);
      assert.equal(head.length, parameterTable(headSpec(spec)).total);
      const alone = await predictAll(headSpec(spec), head, { ...data.inputs, features }, 6);
      for (const name of ['risk', 'class', 'finding', 'projection'])
        for (const [at, value] of (whole[name] ?? new Float32Array()).entries())
          assert.ok(Math.abs(value - (alone[name]?.[at] ?? Number.NaN)) < 1e-5, name);
      const changed = headOfExam(
        spec,
        parameters,
        head.map((value) => value + 1),
      );
      assert.deepEqual(
        headOfExam(spec, changed.whole).head,
        head.map((value) => value + 1),
      );
    });

  it('a finding on a side is learned from its pictures together, and a side without pictures leaves the risk finite', async () => {
    const { data } = exams(192, 'sides');
    const trained = await train({
      ...{ model: SIDED, parameters: initialParameters(SIDED, 3), data, epochs: 10, batchSize: 16 },
      ...{ learningRate: 3e-3, seed: 3, optimiser: { kind: 'adam' } },
    });
    const fresh = exams(64, 'fresh sides');
    const told = await predictAll(SIDED, trained.parameters, fresh.data.inputs, 64);
    const first = Array.from({ length: 64 }, (_, exam) => told['sideFinding']?.[2 * exam] ?? 0);
    assert.ok((auc(fresh.ill.map(Number), first) ?? 0) > 0.9);
    const pictureMask = Float32Array.from({ length: 256 }, (_, at) => at % 2);
    const half = await predictAll(SIDED, trained.parameters, { ...fresh.data.inputs, pictureMask }, 64);
    assert.ok([...(half['risk'] ?? [])].every((risk) => risk > 0 && risk < 1));
  });

  it('what another model learned is kept where a name and its shape are the same', () => {
    const learned = initialParameters(FINE, 7);
    const grown = carriedOver({ model: FINE, parameters: learned }, SIDED, 8);
    const fresh = initialParameters(SIDED, 8);
    const before = new Map(parameterTable(FINE).entries.map((entry) => [entry.name, entry]));
    for (const { name, offset, size } of parameterTable(SIDED).entries) {
      const known = before.get(name);
      const isKept = known !== undefined && known.size === size;
      const source = isKept
        ? learned.subarray(known.offset, known.offset + size)
        : fresh.subarray(offset, offset + size);
      assert.deepEqual(grown.subarray(offset, offset + size), source, name);
      if (name.startsWith('encoder.')) assert.ok(isKept, name);
    }
  });

  it('several at once and one after the other give the same', async () => {
    const { data } = exams(35, 'batches');
    const predictor = await openPredictor(SPEC, initialParameters(SPEC, 5));
    try {
      const all = await predictor.predictAll(data.inputs, 35);
      const last = Object.fromEntries(
        Object.entries(data.inputs).map(([name, numbers]) => [name, numbers.slice((34 * numbers.length) / 35)]),
      );
      const one = await predictor.predictAll(last, 1);
      assert.deepEqual(
        Object.keys(all),
        networkOf(SPEC).outputs.map(({ name }) => name),
      );
      for (const [year, risk] of risks(one, 0).entries())
        assert.ok(Math.abs(risk - (risks(all, 34)[year] ?? 0)) < 1e-6);
    } finally {
      await predictor.close();
    }
  });

  it('sizes that cannot be are refused', () => {
    for (const wrong of [
      { pictures: 0 },
      { rows: 8 },
      { widths: [8, 8, 8] },
      { years: 11 },
      { classes: 1 },
      { hidden: 4 },
      { greys: { mean: 2, spread: 0.3 } },
      { greys: { mean: 0.3, spread: 0 } },
      { sides: [0, 1, 0, 1] },
      { greys: FINE.greys, sides: [0, 1, 0] },
      { greys: FINE.greys, sides: [0, 0, 0, 1] },
      { greys: FINE.greys, sides: [0, 1, 0, 2] },
      { rows: 40, greys: { mean: 0.3, spread: 0.3 } },
    ])
      assert.throws(() => checkedSpec({ ...SPEC, ...wrong }), { code: 'engine.spec-invalid' });
  });
});
