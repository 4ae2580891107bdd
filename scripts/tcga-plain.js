// FLamby's Fed-TCGA-BRCA as its own code does it, in plain numbers: node scripts/tcga-plain.js SEEDS [METHODS]
// or, with the first weights that FLamby's runs of these seeds began from and SEEDS orders of the people for each of them (pooled and alone: FLamby's own orders):
//   node scripts/tcga-plain.js SEEDS METHODS 42,43,44,45,46
// Shares nothing with the strategies, the training and the folding of the product: gradients by hand, 64 bits, loaders that go on
// in the middle of an epoch from round to round, the three ways in which SCAFFOLD is written. Needs a build and ../shared/data.
import { join, resolve } from 'node:path';
import { SeededRandom } from '../dist/base/index.js';
import { readFedTcgaBrca } from '../dist/bench/fed-tcga-brca.js';
import { concordanceIndex } from '../dist/engine/index.js';
import { TorchRandom } from './torch-random.js';

const METHODS = ['pooled', 'fedavg', 'fedprox', 'fedadam', 'fedyogi', 'fedadagrad', 'cyclic', 'cyclic-not-handed-on'];
const SCAFFOLDS = ['scaffold-paper', 'scaffold-flamby', 'scaffold-flamby-first'];
const LOCAL = [0, 1, 2, 3, 4, 5].map((region) => `local-${region}`);

const [SIZE, BATCH, ROUNDS, STEPS, EPOCHS] = [39, 8, 5, 100, 30];
const folder = resolve(process.env.UNICA_DATA ?? join(import.meta.dirname, '../../shared/data'), 'fed-tcga-brca');
const { train, centres, test } = await readFedTcgaBrca(folder);
const { covariates } = train.inputs;
const { time, event } = train.targets;
const regions = [...new Set(centres)].sort().map((name) => [...centres.keys()].filter((row) => centres[row] === name));

class Loader {
  constructor(rows, random) {
    Object.assign(this, { rows, random, at: Number.POSITIVE_INFINITY, order: [] });
  }
  next() {
    if (this.at >= this.rows.length) {
      this.order = this.random.permutation(this.rows.length);
      this.at = 0;
    }
    const batch = [];
    for (; batch.length < BATCH && this.at < this.rows.length; this.at += 1) batch.push(this.rows[this.order[this.at]]);
    return batch;
  }
}

/** Of the mean Cox loss of a batch, people in the order of their times. */
function gradient(weights, batch, into) {
  into.fill(0);
  const risks = batch.map((row) => weights.reduce((sum, one, at) => sum + one * covariates[row * SIZE + at], 0));
  const highest = Math.max(...risks);
  let total = 0;
  const weighted = new Float64Array(SIZE);
  for (const one of [...batch.keys()].sort((a, b) => time[batch[b]] - time[batch[a]])) {
    const hazard = Math.exp(risks[one] - highest);
    const from = batch[one] * SIZE;
    total += hazard;
    for (let at = 0; at < SIZE; at += 1) weighted[at] += hazard * covariates[from + at];
    if (event[batch[one]] !== 1) continue;
    for (let at = 0; at < SIZE; at += 1) into[at] += (weighted[at] / total - covariates[from + at]) / batch.length;
  }
}

function score(weights) {
  const risks = Array.from({ length: test.count }, (_, row) =>
    weights.reduce((sum, one, at) => sum + one * test.inputs.covariates[row * SIZE + at], 0),
  );
  return concordanceIndex(risks, test.targets.time, test.targets.event);
}

/** Pooled training, or a region alone. */
function adam(weights, rows, random) {
  const loader = new Loader(rows, random);
  const [first, second, slope] = [0, 0, 0].map(() => new Float64Array(SIZE));
  for (let step = 1; step <= EPOCHS * Math.ceil(rows.length / BATCH); step += 1) {
    gradient(weights, loader.next(), slope);
    for (let at = 0; at < SIZE; at += 1) {
      first[at] = 0.9 * first[at] + 0.1 * slope[at];
      second[at] = 0.999 * second[at] + 0.001 * slope[at] ** 2;
      weights[at] -= (0.1 * (first[at] / (1 - 0.9 ** step))) / (Math.sqrt(second[at] / (1 - 0.999 ** step)) + 1e-8);
    }
  }
  return weights;
}

function cyclic(weights, loaders, random, isHandedOn) {
  const models = regions.map(() => weights.slice());
  for (const region of random.permutation(regions.length).subarray(0, ROUNDS)) {
    const model = isHandedOn ? weights : models[region];
    const slope = new Float64Array(SIZE);
    for (let step = 0; step < STEPS; step += 1) {
      gradient(model, loaders[region].next(), slope);
      for (let at = 0; at < SIZE; at += 1) model[at] -= 0.01 * slope[at];
    }
  }
  return isHandedOn ? weights : models[0];
}

function federated(method, weights, loaders) {
  const rate = method === 'fedavg' || method === 'fedprox' ? 0.1 : 0.01;
  const [first, second, slope] = [0, 0, 0].map(() => new Float64Array(SIZE));
  const corrections = regions.map(() => new Float64Array(SIZE));
  let before = regions.map(() => weights.slice());
  /** What a site's last model is held against: the model that all received, or the plain mean of the sites' models. */
  let middle = weights.slice();
  for (let round = 0; round < ROUNDS; round += 1) {
    const change = new Float64Array(SIZE);
    const after = regions.map((rows, region) => {
      const model = weights.slice();
      const correction = corrections[region];
      for (let at = 0; at < SIZE; at += 1) {
        const from = method === 'scaffold-paper' ? middle[at] : weights[at];
        const apart = (from - before[region][at]) / (rate * STEPS);
        correction[at] = method === 'scaffold-flamby-first' ? apart : correction[at] + apart;
      }
      for (let step = 0; step < STEPS; step += 1) {
        gradient(model, loaders[region].next(), slope);
        for (let at = 0; at < SIZE; at += 1) {
          const pulled = method === 'fedprox' ? 0.1 * (model[at] - weights[at]) : 0;
          const corrected = method.startsWith('scaffold') ? correction[at] : 0;
          model[at] -= rate * (slope[at] + pulled - corrected);
        }
      }
      for (let at = 0; at < SIZE; at += 1) change[at] += (rows.length / train.count) * (model[at] - weights[at]);
      return model;
    });
    before = after;
    middle = middle.map((_, at) => after.reduce((sum, model) => sum + model[at] / regions.length, 0));
    for (let at = 0; at < SIZE; at += 1) {
      const square = change[at] ** 2;
      first[at] = 0.9 * first[at] + 0.1 * change[at];
      if (method === 'fedadam') second[at] = 0.999 * second[at] + 0.001 * square;
      else if (method === 'fedyogi') second[at] -= 0.001 * square * Math.sign(second[at] - square);
      else second[at] += square;
      const adaptive = first[at] / (Math.sqrt(second[at]) + 1e-8);
      const step = method === 'fedadagrad' ? adaptive : 0.1 * adaptive;
      weights[at] += ['fedadam', 'fedyogi', 'fedadagrad'].includes(method) ? step : change[at];
    }
  }
  return weights;
}

function run(method, seed, torchSeed) {
  const random = new SeededRandom(`plain/${seed}`);
  const bound = 1 / Math.sqrt(SIZE);
  const first = torchSeed === undefined ? random : new TorchRandom(torchSeed);
  const weights = Float64Array.from({ length: SIZE }, () => first.between(-bound, bound));
  const loaders = regions.map((rows, region) => new Loader(rows, random.fork(`region ${region}`)));
  // One loader at a time: its orders can be made again as well.
  const order = torchSeed === undefined ? random.fork('alone') : new TorchRandom(torchSeed);
  if (method === 'pooled') return score(adam(weights, [...centres.keys()], order));
  if (method.startsWith('local-')) return score(adam(weights, regions[Number(method.slice(6))], order));
  if (method.startsWith('cyclic')) return score(cyclic(weights, loaders, random.fork('order'), method === 'cyclic'));
  return score(federated(method, weights, loaders));
}

const meanOf = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;
const [seeds = '30', named, torchSeeds] = process.argv.slice(2);
const scoresOf = (method, torchSeed) =>
  Array.from({ length: Number(seeds) }, (_, index) => run(method, index + 1, torchSeed));
for (const method of named?.split(',') ?? [...METHODS, ...SCAFFOLDS, ...LOCAL]) {
  const values = (
    torchSeeds?.split(',').map((seed) => meanOf(scoresOf(method, Number(seed)))) ?? scoresOf(method)
  ).sort((a, b) => a - b);
  const mean = meanOf(values);
  const stdDev = Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1));
  const what =
    torchSeeds === undefined
      ? `median ${values[values.length >> 1].toFixed(3)}, ${seeds} seeds`
      : `${values.length} first weights of FLamby, ${seeds} orders each`;
  process.stdout.write(`${method}: ${mean.toFixed(3)} ± ${stdDev.toFixed(3)}, ${what}\n`);
}
