// The chest-nodule network measured on real films with inserted nodules: npm run campaign:chest-nodule -- FILE [NOTE]
// NOTE is a sentence about the training for the report. FILE is what `npm run train:chest-nodule-real` kept. Writes docs/reports/chest-nodule.md and docs/reports/chest-nodule.json.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeededRandom, sha256Hex } from '../dist/base/index.js';
import { explanationGates } from '../dist/engine/index.js';
import {
  bootstrapInterval,
  froc,
  pairedAuc,
  pointingGame,
  sensitivityAtFalsePositives,
} from '../dist/evaluation/index.js';
import { CHEST_CONTRACT, lungRegion, noduleMarks, preprocessingDigest } from '../dist/films/index.js';
import { codeDigest, runEnvironment } from '../dist/models/index.js';
import { contrastDetector, fitPooling, logitOf, noduleAnswers, noduleFilm } from '../dist/pilots/index.js';
import { FILMS_AT_ONCE, keptTraining, LEARNED, noduleShadows, realFilms, SPEC } from './chest-nodule-films.js';

const [file, note] = process.argv.slice(2);
const kept = file === undefined ? undefined : keptTraining(file);
if (kept === undefined) {
  process.stderr.write('Give the file that `npm run train:chest-nodule-real` kept a training in.\n');
  process.exit(2);
}
// Seen in both ways: chosen on the films that the pooled answer is fitted to (docs/decisions/144).
const trained = { spec: SPEC, parameters: kept.parameters, mirrored: true };
/** In multiples of what physics gives. */
const DEFAULT_CONTRAST = 3;
const REPEATS = 2;

const started = Date.now();
const text = (value, digits = 3) => (value === null || value === undefined ? 'none' : value.toFixed(digits));
const range = (interval) =>
  interval === null ? 'none' : `${text(interval.value)} (${text(interval.low)} to ${text(interval.high)})`;
const say = (line) => process.stdout.write(`${line}\n`);

const films = realFilms();
const normal = films.filter(({ isNormal }) => isNormal);
const hosts = normal.filter(({ host }) => host !== undefined);
const of = (part) => hosts.filter((one) => one.part === part);
say(`${hosts.length} of ${normal.length} normal films have lungs that are found`);
const shadows = { train: noduleShadows('train'), test: noduleShadows('test') };

/** Films of a part with one nodule each, or controls, or nothing; several of each host. */
function filmsWith({ part, seed, inserted, diameterMm, contrast, repeats = REPEATS }) {
  const settings = {
    contract: CHEST_CONTRACT,
    shadows: shadows[part === 'test' ? 'test' : 'train'],
    diameterMm,
    contrast,
  };
  return of(part).flatMap(({ host, patient }, index) =>
    Array.from({ length: repeats }, (_, repeat) => {
      const random = new SeededRandom(`${seed}/${index}/${repeat}`);
      return { ...noduleFilm(host, { stream: settings, inserted, nodules: 1 }, random), patient };
    }).filter(({ spots }) => inserted !== 'nodules' || spots.length > 0),
  );
}

const pooling = { part: 'validation', diameterMm: [10, 30], contrast: [2, 4] };
const model = await fitPooling(trained, [
  ...filmsWith({ ...pooling, seed: 'pool/with', inserted: 'nodules' }),
  ...filmsWith({ ...pooling, seed: 'pool/control', inserted: 'control' }),
]);

async function answersOf(pictures, { beside = true } = {}) {
  const answers = await noduleAnswers(
    model,
    pictures.map(({ seen }) => seen.values),
  );
  return pictures.map((picture, index) => {
    const baseline = beside ? contrastDetector(picture.seen, lungRegion(picture.seen)) : undefined;
    return { ...picture, ...answers[index], baseline };
  });
}

/** AUC with an interval over patients; a patient's films with and without a nodule are pairs. */
function compare(positives, negatives, scoreOf = ({ probability }) => logitOf(probability)) {
  const told = (films, label) => films.map((one) => ({ person: one.patient, label, score: scoreOf(one) }));
  return pairedAuc([...told(positives, 1), ...told(negatives, 0)], { seed: 'chest-nodule', repeats: 500 });
}

/** The films of the test, with nodules, controls or nothing of the sizes of the report. */
const testFilms = (inserted, more) =>
  filmsWith({ part: 'test', inserted, diameterMm: [10, 30], contrast: [DEFAULT_CONTRAST, DEFAULT_CONTRAST], ...more });

const clean = await answersOf(testFilms('nothing', { seed: 'test/nothing', contrast: [1, 1], repeats: 2 }));
const controls = await answersOf(testFilms('control', { seed: 'test/control', repeats: 2 }));
const negatives = [...clean, ...controls];
const main = await answersOf(testFilms('nodules', { seed: 'test/default' }));
const whole = compare(main, negatives);
const baseline = compare(main, negatives, ({ baseline: { score } }) => score);
const againstControls = compare(main, controls);
const shortcuts = {
  'mean grey': ({ seen }) => seen.values.reduce((sum, value) => sum + value, 0),
  'noise (mixed second difference)': ({ seen: { values } }) => {
    let grain = 0;
    for (let at = 0; at + 257 < values.length; at += 1)
      grain += (values[at] - values[at + 1] - values[at + 256] + values[at + 257]) ** 2;
    return grain;
  },
  'largest step between neighbours': ({ seen: { values } }) => {
    let step = 0;
    for (let at = 0; at + 1 < values.length; at += 1) step = Math.max(step, Math.abs(values[at + 1] - values[at]));
    return step;
  },
};
const shortcutFigures = Object.fromEntries(
  Object.entries(shortcuts).map(([name, figure]) => [name, compare(main, negatives, figure)]),
);
const shortcutRows = Object.entries(shortcutFigures).map(([name, found]) => `| ${name} | ${range(found)} |`);

/** Marks and truths for the free-response curve; a mark within four pixels of a small nodule's rim counts, as maps are as coarse. */
const marked = (pictures) =>
  pictures.map(({ map, spots }) => ({
    marks: noduleMarks(map, SPEC),
    lesions: spots.map(({ x, y, radius }) => ({ x, y, radius: Math.max(4, (radius[0] + radius[1]) / 2) })),
  }));
const onePerHost = main.filter((_, index) => index % REPEATS === 0);
const curve = froc(marked([...onePerHost, ...clean.filter((_, index) => index % 2 === 0)]));
const pointing = bootstrapInterval(
  main.map(({ patient }) => patient),
  (places) => pointingGame(marked(places.map((place) => main[place])))?.share ?? null,
  { seed: 'pointing', repeats: 300 },
);

const DIAMETERS = [
  [6, 8],
  [8, 10],
  [10, 15],
  [15, 20],
  [20, 30],
];
const CONTRASTS = [1, 1.5, 2, 3, 4];
const grid = [];
const cells = [];
for (const diameterMm of DIAMETERS) {
  const row = [];
  for (const contrast of CONTRASTS) {
    const seed = `test/grid/${diameterMm}/${contrast}`;
    const pictures = await answersOf(
      filmsWith({ part: 'test', seed, inserted: 'nodules', diameterMm, contrast: [contrast, contrast], repeats: 1 }),
      { beside: false },
    );
    const game = pointingGame(marked(pictures));
    const area = compare(pictures, negatives);
    cells.push({ diameterMm, contrast, auc: area, pointing: game?.share ?? null });
    row.push(`${range(area)}, ${text(game?.share, 2)}`);
  }
  grid.push(`| ${diameterMm.join(' to ')} | ${row.join(' | ')} |`);
  say(`${diameterMm.join(' to ')} mm measured`);
}

const real = films.filter(({ isNodule, part }) => isNodule && part !== 'train');
const realAnswers = await answersOf(
  real.map(({ seen, patient }) => ({ seen, spots: [], patient })),
  { beside: false },
);
const realInterval = real.length === 0 ? null : compare(realAnswers, clean);
const views = ['PA', 'AP'].map((view) => {
  const patients = new Set(
    of('test')
      .filter((one) => one.view === view)
      .map(({ patient }) => patient),
  );
  const here = (pictures) => pictures.filter(({ patient }) => patients.has(patient));
  return `| ${view} | ${range(compare(here(main), here(negatives)))} |`;
});
const cases = main
  .filter((_, index) => index % REPEATS === 0)
  .slice(0, 12)
  .map(({ seen, spots }) => ({ inputs: { image: seen.values }, spot: spots[0] }));
const gates = [];
for (const method of [
  { kind: 'location-map' },
  { kind: 'grad-cam' },
  { kind: 'grad-cam++' },
  { kind: 'integrated-gradients', steps: 32 },
])
  gates.push(await explanationGates(SPEC, model.parameters, method, cases));
const gateRows = gates.flatMap(({ method, gates: tested, faithful }) =>
  tested.map(
    ({ gate, figure, limit, passed }) =>
      `| ${method} | ${gate} | ${text(figure)} | ${limit} | ${passed ? 'passed' : '**failed**'} | ${faithful ? 'faithful' : 'not faithful'} |`,
  ),
);
const others = films.filter(({ part, host, isNormal, isNodule }) => part === 'train' && host && !isNormal && !isNodule);
const count = (part) => `${of(part).length} films of ${new Set(of(part).map(({ patient }) => patient)).size} patients`;
const at = (rate) => text(sensitivityAtFalsePositives(curve, rate));
const report = `# Nodules on chest films

\`npm run train:chest-nodule-real -- FILE\`, then \`npm run campaign:chest-nodule -- FILE\`, ${new Date(started).toISOString().slice(0, 10)}; the second took ${Math.round((Date.now() - started) / 1000)} s on a machine shared with other work. The figures lie in
[\`chest-nodule.json\`](chest-nodule.json) as well.

**Films.** NIH ChestX-ray14 films without a finding, split by patient: ${count('train')} to learn from, ${count('validation')} to fit the pooled answer, ${count('test')} to test.
They lie here at 256 × 256, that is 1.3 to 1.7 mm a pixel: coarser than the 0.7 mm that the design wants where a film has them. ${normal.length - hosts.length} of ${normal.length} normal films are left out because
two lungs were not found on them, so the figures are for films whose lungs stand out.
**Nodules.** ${shadows.train.length + shadows.test.length} nodules measured in computed tomograms (LUNA16), projected; a quarter of them kept for the test alone, by nodule: most of these come from tomograms of which other nodules were learned from. They are put into the film by adding attenuation in the
log domain, behind the ribs, inside the lungs (not behind the heart or the diaphragm). *Contrast* is in multiples of what physics gives when the step from lung to mediastinum is 107 mm of water (decision 099 for the film's way, 102 for the insertion):
1 is a nodule as it is, and the **default of this report is ${DEFAULT_CONTRAST}**. Learned were ${kept.rounds} rounds of ${FILMS_AT_ONCE} fresh films, two crops of 192 × 192 of each, with up to eight nodules of ${LEARNED.diameterMm.join(' to ')} mm and contrasts of ${LEARNED.contrast.join(' to ')}
([decision 120](../decisions/120-the-network-sees-around-a-nodule.md)). Films are seen as they are and mirrored, each cell with the mean of both log-odds ([decision 144](../decisions/144-nodules-seen-in-both-ways.md)). Beside the normal films it learned from ${others.length} films with other findings of the same patients' part and from made ones. Preprocessing \`${preprocessingDigest(CHEST_CONTRACT).slice(0, 16)}…\`, ${model.parameters.length} parameters.${note === undefined ? '' : ` ${note}`}

**Films without a nodule** are half untouched, half *controls* with as much density spread too wide to stand out; half of all films, with and without nodules, have an inserted vessel.

## Nodules of 10 to 30 mm at the default contrast (${main.length} films with, ${negatives.length} without)

| | AUC (95 %, patients drawn again; a patient's own pair counts once a draw) |
|---|---|
| **model** | **${range(whole)}** |
| the same against controls alone | ${range(againstControls)} |
| contrast detector (disc against ring, in the lungs, best of four sizes) | ${range(baseline)} |
${views.map((row) => row.replace('| ', '| model, ')).join('\n')}

Goal AUC of at least 0.85: ${whole.value >= 0.85 ? 'reached' : '**missed**'}.
Pointing game (the strongest cell lies in the nodule): ${range(pointing)}; goal of at least 0.6 ${pointing.value >= 0.6 ? 'reached' : '**missed**'}.
Free-response: sensitivity ${at(0.2)} at 0.2 false marks a film, ${at(0.5)} at 0.5, ${at(1)} at 1, ${at(2)} at 2 (one film with and one without of each host).

## Contrast × diameter: AUC (95 %), pointing game

| mm | ${CONTRASTS.map((contrast) => `contrast ${contrast}`).join(' | ')} |
|---|${CONTRASTS.map(() => '---|').join('')}
${grid.join('\n')}

## Nothing but the nodule tells

AUC of figures that know nothing of nodules, on the same films:

| figure | AUC |
|---|---|
${shortcutRows.join('\n')}

## Real nodules and masses

${real.length} films that the set labels with a nodule or a mass, of patients whose films it did not learn from (some of them had normal films in the fit of the pooled answer), against untouched normal films: AUC ${realInterval ? range(realInterval) : 'none'}. The labels come from reports, most have no place, and many films have other
findings. **No claim is made from this figure.**

## Explanations (${cases.length} test films with a nodule, of the network seen once)

| method | gate | figure | limit | | label |
|---|---|---|---|---|---|
${gateRows.join('\n')}

Maps of a method that fails a gate carry the label "not faithful" wherever they are shown.
`;
const reports = join(import.meta.dirname, '..', 'docs', 'reports');
writeFileSync(join(reports, 'chest-nodule.md'), report);
const record = {
  command: 'npm run campaign:chest-nodule -- FILE',
  environment: runEnvironment(),
  codeSha256: await codeDigest(),
  parametersSha256: sha256Hex(new Uint8Array(model.parameters.slice().buffer)),
  rounds: kept.rounds,
  note: note ?? null,
  ...{ auc: whole, againstControls, baseline, pointing, shortcuts: shortcutFigures, realNodules: realInterval },
  froc: Object.fromEntries([0.2, 0.5, 1, 2].map((rate) => [rate, sensitivityAtFalsePositives(curve, rate)])),
  grid: cells,
  gates,
};
writeFileSync(join(reports, 'chest-nodule.json'), `${JSON.stringify(record, null, 2)}\n`);
say(report);
if (!(whole.value >= 0.85 && pointing.value >= 0.6)) process.exitCode = 1;
