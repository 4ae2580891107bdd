// Trains the example model that ships, on made films with made nodules alone: npm run train:chest-nodule [ROUNDS]
// Writes models/chest-nodule with its gate, its tested maps, its card and its dossier. With --measure ROUNDS the model that lies there,
// which was trained in so many rounds, is measured again and only its dossier is written.
import { join } from 'node:path';
import { SeededRandom } from '../dist/base/index.js';
import { chestNoduleRuns } from '../dist/bench/chest-nodule-runs.js';
import { parseDicom } from '../dist/dicom/index.js';
import { auc, explanationGates } from '../dist/engine/index.js';
import { bootstrapInterval, froc, pointingGame, sensitivityAtFalsePositives } from '../dist/evaluation/index.js';
import {
  CHEST_CONTRACT,
  fitPictureGate,
  lungRegion,
  noduleMarks,
  preprocessingDigest,
  readFilm,
  seenFilm,
} from '../dist/films/index.js';
import {
  codeDigest,
  readModelFolder,
  runEnvironment,
  weightsDigest,
  writeDossier,
  writeModelFolder,
} from '../dist/models/index.js';
import {
  contrastDetector,
  fitPooling,
  hostFilm,
  logitOf,
  noduleAnswers,
  noduleFilm,
  trainNoduleModel,
} from '../dist/pilots/index.js';
import { syntheticSite } from '../dist/synth/index.js';

const isMeasured = process.argv[2] === '--measure';
const rounds = Number(process.argv[isMeasured ? 3 : 2] ?? 24);
const FOLDER = join(import.meta.dirname, '..', 'models', 'chest-nodule');
const SITES = ['aveiro', 'bergen', 'coimbra', 'dresden', 'espoo', 'firenze', 'gdansk'];
const PERSONS = 45;
const FILMS_AT_ONCE = 32;
const CONTRAST = 3;
const SPEC = { architecture: 'nodule', rows: 256, columns: 256, widths: [8, 16, 32] };
const text = (value) => value.toFixed(3);

/** Normal films of a made hospital, with the person each is of. */
function filmsOf(siteId, seed, persons) {
  const films = [...syntheticSite({ siteId, country: 'PT', seed, persons, opacityShare: 0 })];
  return films.flatMap(({ bytes, clinical }) => {
    const film = readFilm(parseDicom(bytes));
    const host = hostFilm(film);
    const person = `${siteId}/${clinical.patientId}`;
    return host === undefined ? [] : [{ host, seen: seenFilm(film, CHEST_CONTRACT), siteId, person }];
  });
}

const sites = SITES.map((siteId) => filmsOf(siteId, 'chest-nodule/train', PERSONS));
const held = SITES.flatMap((siteId) => filmsOf(siteId, 'chest-nodule/held', 12));
const tested = SITES.flatMap((siteId) => filmsOf(siteId, 'chest-nodule/test', 15));
const stream = { seed: 'chest-nodule/example', diameterMm: [7, 30], contrast: [1, 6], contract: CHEST_CONTRACT };
process.stdout.write(`${sites.flat().length} films of ${SITES.length} made hospitals\n`);
const make = (films, inserted, seed, contrast) =>
  films.map(({ host, siteId, person }, index) => ({
    ...noduleFilm(
      host,
      { stream: { ...stream, diameterMm: [10, 30], contrast }, inserted, nodules: 1 },
      new SeededRandom(`${seed}/${index}`),
    ),
    siteId,
    person,
  }));

async function trained() {
  const network = await trainNoduleModel({
    spec: SPEC,
    sites: sites.map((films) => films.map(({ host }) => host)),
    stream,
    filmsAtOnce: FILMS_AT_ONCE,
    rounds,
    learningRate: 2e-3,
    workers: 2,
    onRound: (round, loss) => process.stdout.write(`round ${round} of ${rounds}: loss ${loss.toFixed(4)}\n`),
  });
  return await fitPooling(network, [
    ...make(held, 'nodules', 'pool/with', [2, 4]),
    ...make(held, 'control', 'pool/without', [2, 4]),
  ]);
}

const { parameters } = isMeasured ? await readModelFolder(FOLDER) : await trained();
const model = { spec: SPEC, parameters };
const gate = fitPictureGate(
  sites.flat().map(({ seen }) => seen),
  held.map(({ seen }) => seen),
);

const [positives, negatives] = [
  make(tested, 'nodules', 'test/with', [CONTRAST, CONTRAST]),
  make(tested, 'control', 'test/without', [CONTRAST, CONTRAST]),
];
const answer = async (films) =>
  (
    await noduleAnswers(
      model,
      films.map(({ seen }) => seen.values),
    )
  ).map((one, index) => ({ ...one, ...films[index] }));
const [withNodule, without] = [await answer(positives), await answer(negatives)];
const all = [...withNodule, ...without];
const labels = Float32Array.from(all, ({ spots }) => (spots.length > 0 ? 1 : 0));
const scores = all.map(({ probability }) => logitOf(probability));
const plainScores = all.map(({ seen }) => contrastDetector(seen, lungRegion(seen)).score);
const of = (values, places) => Float32Array.from(places, (place) => values[place]);
/** A figure with its interval; each film of a person is there with a nodule and without. */
const interval = (statistic, films = all, repeats = 300) =>
  bootstrapInterval(
    films.map(({ person }) => person),
    (places) => statistic(places.map((place) => all.indexOf(films[place]))),
    { seed: 'chest-nodule', repeats },
  );
const own = interval((places) => auc(of(labels, places), of(scores, places)));
const plain = interval((places) => auc(of(labels, places), of(plainScores, places)));
const marked = all.map(({ map, spots }) => ({
  marks: noduleMarks(map, SPEC),
  lesions: spots.map(({ x, y, radius }) => ({ x, y, radius: Math.max(4, (radius[0] + radius[1]) / 2) })),
}));
const game = interval((places) => pointingGame(places.map((place) => marked[place]))?.share ?? null);
const bySite = SITES.map((siteId) => {
  const films = all.filter((one) => one.siteId === siteId);
  return {
    siteId,
    films: films.length,
    people: new Set(films.map(({ person }) => person)).size,
    auc: interval((places) => auc(of(labels, places), of(scores, places)), films, 100),
  };
});
const sensitivity = sensitivityAtFalsePositives(froc(marked), 0.2);
const cases = positives
  .filter(({ spots }) => spots.length > 0)
  .slice(0, 6)
  .map(({ seen, spots }) => ({ inputs: { image: seen.values }, spot: spots[0] }));
const gates = [];
for (const method of [{ kind: 'grad-cam' }, { kind: 'grad-cam++' }, { kind: 'integrated-gradients', steps: 32 }])
  gates.push(await explanationGates(SPEC, model.parameters, method, cases));

const card = `---
license: eupl-1.2
tags: [chest-radiograph, lung-nodule, federated-learning, synthetic-data, research-use-only]
---
# Chest nodule: an example

**Research use only, not a medical device.** An example that shows how the pilot works right after installation. It has never seen a person.

- **Learned from** ${sites.flat().length} made chest films of ${SITES.length} made hospitals with nodules of the product's own making, ${rounds} rounds of federated averaging of ${FILMS_AT_ONCE} fresh films a
  site and round; no real film and no measured nodule (decision 102). Made again by \`npm run train:chest-nodule ${rounds}\`.
- **Answers** whether there is a nodule in a frontal chest film (DX or CR) and where, on a map of 64 × 64 cells.
- **Sees** films as contract \`${preprocessingDigest(CHEST_CONTRACT)}\` brings them: 256 × 256, about 1.4 mm a pixel.
- **On ${all.length} other made films**, half with a nodule of 10 to 30 mm at ${CONTRAST} times the physical contrast: AUC ${text(own.value)} (contrast detector ${text(plain.value)}), pointing game ${game === null ? 'none' : text(game.value)},
  sensitivity ${text(sensitivity)} at 0.2 false marks a film.
- **On real films** it is not to be believed. Its gate was fitted on made films and says of real ones that they are unlike what it learned from. What a larger
  network does when it learns from real films stands in \`docs/reports/chest-nodule.md\`.
- **Maps**: ${gates.map(({ method, faithful }) => `${method} ${faithful ? 'faithful' : 'not faithful'}`).join(', ')} (\`gates.json\`, decision 101).
`;
const bytes = (value) => new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
const rounded = (_, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value);
if (!isMeasured)
  await writeModelFolder(FOLDER, {
    spec: SPEC,
    parameters: model.parameters,
    parts: {
      'preprocessing.json': bytes(CHEST_CONTRACT),
      'gate.json': new TextEncoder().encode(`${JSON.stringify(gate, rounded)}\n`),
      'gates.json': bytes(gates),
      'card.md': new TextEncoder().encode(card),
    },
  });
await writeDossier(
  FOLDER,
  chestNoduleRuns({
    weightsSha256: await weightsDigest(FOLDER),
    command: `npm run train:chest-nodule ${rounds}`,
    ...(isMeasured ? { measuredBy: `node scripts/chest-nodule-example.js --measure ${rounds}` } : {}),
    environment: runEnvironment(),
    codeSha256: await codeDigest(),
    sites: SITES,
    films: { train: sites.flat().length, tune: held.length, test: all.length },
    ...{ rounds, filmsAtOnce: FILMS_AT_ONCE, contrast: CONTRAST },
    ...{ auc: own, baseline: plain, pointing: game, sensitivity, bySite, gates },
  }),
);
process.stdout.write(card);
