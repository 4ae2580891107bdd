import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDicom } from '#dicom';
import type { Examples, ModelSpec } from '#engine';
import { readFilm } from '#films';
import { simulate } from '#learning';
import { clinicLoad } from '#node';
import { BREAST_MODEL, noduleSample, preparedHost, taskByName } from '#pilots';
import { screeningFiles, screeningRecords, syntheticSite, withPictures } from '#synth';
import { besidePromise, type Measurement, rounded } from './measurement.ts';
import { openScreeningCohort } from './screening-cohort.ts';

/** Studies of the queue, half of them films of a chest, half exams; and those before them that load the models. */
const STUDIES = 100;
const WARM_UP = 8;
const PROCESSES = 2;
const PROMISED_A_SECOND = 5;
const EXAM_SIZE = { rows: 1024, columns: 768 } as const;
const FILM_PX = 1024;
/** Examples of a round, and what it may take. */
const EXAMPLES = 1000;
const PROMISED_ROUND_SECONDS = 60;

/** The queue of a clinic, and a round of the job that each pilot ships. */
export async function* benchPilotWork(): AsyncGenerator<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-bench-pilots-'));
  try {
    yield* benchQueue(folder);
    yield await benchBreastRound(folder);
    yield await benchChestRound();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Studies through the queue of a node: taken, kept, scored in its processes, written down. */
async function* benchQueue(folder: string): AsyncGenerator<Measurement> {
  const half = (STUDIES + WARM_UP) / 2;
  const films = syntheticSite({
    ...{ siteId: 'bench', country: 'SE', seed: 'bench', persons: half, opacityShare: 0, sizePx: FILM_PX },
    secondFilmShare: 0,
  });
  const studies: (readonly Uint8Array[])[] = [];
  const exams = screeningRecords('bench-queue', 0, half);
  for (const { bytes } of films) {
    const { value: record } = exams.next();
    if (record === undefined) break;
    studies.push([bytes]);
    studies.push(screeningFiles(withPictures(record, EXAM_SIZE)).map((file) => file.bytes));
  }
  const models = ['chest-nodule', 'breast-risk'];
  const load = await clinicLoad(studies, { folder, models, processes: PROCESSES });
  const done = load.scored + load.refused;
  const what = `${done} studies in the queue of a node (chest films of ${FILM_PX} × ${FILM_PX}, exams of views of ${EXAM_SIZE.rows} × ${EXAM_SIZE.columns})`;
  const line = (name: string, rate: number): Measurement => ({
    ...{ name, value: rounded(rate), unit: 'studies/s', reference: 'promised at least' },
    ...{ reference_value: PROMISED_A_SECOND, ratio: rounded(rate / PROMISED_A_SECOND) },
  });
  yield line(`${what}, on two cores by processor time`, (PROCESSES * done) / load.processorSeconds);
  yield line(`${what}, by the clock, ${PROCESSES} processes`, done / load.seconds);
}

/** A round of one site over its exams, as `examples/jobs/breast-risk.yaml` learns them. */
async function benchBreastRound(folder: string): Promise<Measurement> {
  const cohort = await openScreeningCohort({ seed: 'bench-round', exams: EXAMPLES, folder });
  try {
    const places = Array.from({ length: EXAMPLES }, (_, place) => place);
    const data = await cohort.examples(places);
    return await roundOf('breast-risk', BREAST_MODEL, () => data);
  } finally {
    await cohort.close();
  }
}

/** A round of one site over its normal films, nodules put in anew, as `examples/jobs/chest-nodule.yaml` learns them. */
async function benchChestRound(): Promise<Measurement> {
  const { model, nodules } = taskByName('chest-nodule');
  if (nodules === undefined) throw new RangeError('the task puts no nodules in');
  const films = syntheticSite({
    ...{ siteId: 'bench', country: 'SE', seed: 'bench-round', persons: 60, opacityShare: 0, sizePx: 512 },
    secondFilmShare: 0,
  });
  const hosts = [...films].flatMap(({ bytes }) => preparedHost(readFilm(parseDicom(bytes), 0, {}), nodules) ?? []);
  return await roundOf('chest-nodule', model, () => {
    const samples = Array.from({ length: EXAMPLES }, (_, at) => {
      const host = hosts[at % hosts.length];
      if (host === undefined) throw new RangeError('no film has lungs');
      return noduleSample(host, nodules, `round/${at}`);
    });
    return { count: EXAMPLES, inputs: joined(samples, 'inputs'), targets: joined(samples, 'targets') };
  });
}

type Values = Readonly<Record<string, Float32Array>>;

function joined<Part extends string>(
  samples: readonly { readonly [Name in Part]: Values }[],
  part: Part,
): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(samples[0]?.[part] ?? {}).map(([name, first]) => {
      const all = new Float32Array(samples.length * first.length);
      for (const [at, sample] of samples.entries()) all.set(sample[part][name] ?? first, at * first.length);
      return [name, all];
    }),
  );
}

async function roundOf(name: string, model: ModelSpec, examples: () => Examples): Promise<Measurement> {
  const { training } = taskByName(name);
  const cpu = process.cpuUsage();
  const data = examples();
  await simulate({
    ...{
      model,
      data,
      nodes: [Uint32Array.from({ length: data.count }, (_, at) => at)],
      rounds: 1,
      seed: 1,
      workers: 2,
    },
    strategy: { kind: 'fedavg' },
    local: { epochs: training.localEpochs },
    batchSize: training.batchSize,
    learningRate: training.learningRate,
    optimiser: { kind: 'adam' },
  });
  const { user, system } = process.cpuUsage(cpu);
  return besidePromise(
    `round of ${name} over ${data.count} examples of a node, by the processor time of one core`,
    (user + system) / 1e6,
    's',
    PROMISED_ROUND_SECONDS,
  );
}
