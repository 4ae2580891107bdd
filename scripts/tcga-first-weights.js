// Fed-TCGA-BRCA with the product's own strategies, simulated, from the first weights that FLamby's runs began from:
//   node scripts/tcga-first-weights.js [ORDERS] [SEEDS]        (6 orders of the people; FLamby's published seeds 42 to 46)
// What is left between the figures is the order of the people. Needs a build and ../shared/data.
import { join, resolve } from 'node:path';
import { scoresOf, TCGA_STRATEGIES, tcgaJob } from '../dist/bench/bench-tcga.js';
import { readFedTcgaBrca, readPublishedScores } from '../dist/bench/fed-tcga-brca.js';
import { partition, simulate } from '../dist/learning/index.js';
import { TorchRandom } from './torch-random.js';

const [orders = '6', seeds = '42,43,44,45,46'] = process.argv.slice(2);
const folder = resolve(process.env.UNICA_DATA ?? join(import.meta.dirname, '../../shared/data'), 'fed-tcga-brca');
const data = await readFedTcgaBrca(folder);
const published = await readPublishedScores(folder);
const nodes = partition({ kind: 'column', values: data.centres }, data.train.targets.event, 0);
const bound = 1 / Math.sqrt(39);
const meanOf = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;

for (const { name, method, strategy, learningRate } of TCGA_STRATEGIES) {
  const means = [];
  for (const torchSeed of seeds.split(',').map(Number)) {
    const torch = new TorchRandom(torchSeed);
    // The offset of a linear layer is drawn last.
    const start = Float32Array.from({ length: 40 }, () => torch.between(-bound, bound));
    const scores = [];
    for (let order = 1; order <= Number(orders); order += 1) {
      // Other orders for each of the first weights: one bad order would weigh on all of them.
      const seed = `${torchSeed}/${order}`;
      const job = { ...tcgaJob(), strategy, learningRate, data: data.train, nodes, start, seed };
      scores.push((await scoresOf((await simulate(job)).parameters, data)).pooled);
    }
    means.push(meanOf(scores));
  }
  const mean = meanOf(means);
  const { pooled } = published.get(method);
  const within = Math.abs(mean - pooled.mean) <= pooled.stdDev ? 'within' : 'not within';
  process.stdout.write(
    `${name}: ${mean.toFixed(3)} (${means.map((one) => one.toFixed(3)).join(', ')}), FLamby ${pooled.mean.toFixed(3)} ± ${pooled.stdDev.toFixed(3)}: ${within}\n`,
  );
}
