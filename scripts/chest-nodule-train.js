// Trains the chest-nodule network on real and made films with inserted nodules: npm run train:chest-nodule-real -- FILE [--rounds N]
// FILE holds what was reached after each round; a training that was broken off goes on from it. What is in it is measured with
// `npm run campaign:chest-nodule -- FILE`. It does not ship: docs/decisions/120.
import { parseArgs } from 'node:util';
import { CHEST_CONTRACT } from '../dist/films/index.js';
import { trainNoduleModel } from '../dist/pilots/index.js';
import {
  FILMS_AT_ONCE,
  keepTraining,
  keptTraining,
  LEARNED,
  madeFilms,
  noduleShadows,
  realFilms,
  SPEC,
} from './chest-nodule-films.js';

const DEFAULT_ROUNDS = 66;
const LEARNING_RATE = 3e-3;
const { values, positionals } = parseArgs({ options: { rounds: { type: 'string' } }, allowPositionals: true });
const rounds = Number(values.rounds ?? DEFAULT_ROUNDS);
const [file] = positionals;
if (file === undefined || !Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write('Give a file to keep the training in, and a number of rounds of at least 1.\n');
  process.exit(2);
}
const say = (line) => process.stdout.write(`${line}\n`);
const started = Date.now();
const films = realFilms();
const learned = films.filter(({ part, host, isNodule }) => part === 'train' && host !== undefined && !isNodule);
const normal = learned.filter(({ isNormal }) => isNormal);
const other = learned.filter(({ isNormal }) => !isNormal);
const made = madeFilms('chest-nodule/train', 3);
// Normal films three times: they are what it is asked about. Films with other findings show what is no nodule.
const hosts = [...normal, ...normal, ...normal, ...other, ...made].map(({ host }) => host);
say(`${normal.length} normal films, ${other.length} with other findings, ${made.length} made ones`);

await trainNoduleModel({
  spec: SPEC,
  sites: [hosts],
  stream: { seed: 'chest-nodule', ...LEARNED, shadows: noduleShadows('train'), contract: CHEST_CONTRACT },
  filmsAtOnce: FILMS_AT_ONCE,
  rounds,
  from: keptTraining(file),
  learningRate: LEARNING_RATE,
  workers: 1,
  onRound: (round, loss, parameters) => {
    keepTraining(file, round, parameters);
    say(`round ${round} of ${rounds}: loss ${loss.toFixed(4)}, ${Math.round((Date.now() - started) / 1000)} s`);
  },
});
