import { parse, stringify, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { UnicaError } from '#base';
import {
  type AccessRequest,
  type Compression,
  cohortQuerySchema,
  compressionSchema,
  idSchema,
  type JobSpec,
  jobSpecSchema,
  rateScheduleSchema,
  SUGGESTED_SHARE,
  strategySchema,
  suggestedStrategy,
} from '#wire';

/** A larger file is not a job. */
const LONGEST_FILE = 262_144;

const { shape } = jobSpecSchema;
const strategyNames = strategySchema.options.map((option) => option.shape.kind.value);

/** A learning job as people write it: what is left out has a value that is safe for a first run. */
export const jobFileSchema = z.strictObject({
  request: idSchema.optional().describe('The granted access request it runs under; also given as --request.'),
  title: shape.title.describe('What it is called in every list.'),
  task: shape.task.describe(
    'An imaging task the nodes know, such as chest-opacity: preparation of films, and what is predicted.',
  ),
  purpose: shape.purpose.optional().describe('Left out: the purpose of the access request.'),
  dataset: shape.dataset.describe('The name under which the sites hold the dataset.'),
  sites: shape.sites.optional().describe('Left out: every site of the request that holds the dataset.'),
  cohort: cohortQuerySchema.optional().describe('On whom; left out: everyone in the dataset.'),
  model: shape.model.optional().describe("Left out: the task's own network."),
  strategy: z
    .union([z.enum(strategyNames as [(typeof strategyNames)[number]]), strategySchema])
    .optional()
    .describe('A name, with the numbers we suggest, or all numbers; left out: fedavg.'),
  rounds: shape.rounds.optional().describe('Left out: 10.'),
  localEpochs: shape.localEpochs.optional().describe("Passes over a site's films in a round; left out: the task's."),
  localSteps: shape.localSteps.describe('Steps of the optimiser in a round, in place of localEpochs.'),
  batchSize: shape.batchSize.optional().describe("Films in a step; left out: the task's."),
  learningRate: shape.learningRate.optional().describe("Left out: the task's."),
  schedule: rateScheduleSchema
    .optional()
    .describe('How the learning rate changes over the rounds; left out: constant.'),
  optimiser: z.enum(['adam', 'sgd']).optional().describe('Left out: adam.'),
  seed: shape.seed.optional().describe('The same seed gives the same bits; left out: 1.'),
  sitesPerRound: shape.sitesPerRound.describe('Sites drawn for a round; left out: all.'),
  longestChange: shape.longestChange.describe("Longest change of a site's weights (Euclidean) that is taken."),
  warmStart: shape.warmStart.describe('A registered model to go on from; left out: fresh weights of the seed.'),
  aggregation: shape.aggregation.describe(
    'How updates are added up; left out: masked where the strategy and the number of sites allow.',
  ),
  compression: z
    .union([z.enum(['int8', 'top-k']), compressionSchema])
    .optional()
    .describe(
      'How changes are made smaller before they leave: int8 (a quarter of the bytes) or top-k (the largest 2 in 100), or top-k with its share; left out: as they are. Such updates travel open.',
    ),
  evaluation: shape.evaluation.describe(
    "How the finished model does at each site, and with localOnly one trained on the site's films alone; with crossSite that one at the other sites, with withoutEach what each site contributed (both need open updates); left out: not evaluated.",
  ),
  engine: shape.engine.describe(
    "flower: the rounds travel by the Flower SuperLink that the hub has joined, to the SuperNodes there; also given as --engine. Left out: by the hub's own nodes.",
  ),
  quorum: shape.quorum
    .optional()
    .describe('Share of the sites that may close a round after its deadline; left out: 0.67.'),
  roundDeadlineMinutes: z
    .number()
    .min(1 / 60)
    .max(1440)
    .optional()
    .describe('Left out: 30.'),
});

/** A learning job as people write it. */
export type JobFile = z.infer<typeof jobFileSchema>;

/** What a task adds to a job that says no more than its name. */
export interface TaskDefaults {
  readonly model: JobSpec['model'];
  readonly localEpochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

/** Reads a job file, YAML or JSON. @throws UnicaError `learning.job-file` saying where. */
export function readJobFile(text: string): JobFile {
  if (text.length > LONGEST_FILE) throw refused('the file', 'it is too long for a job');
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 20, uniqueKeys: true });
  } catch (error) {
    if (!(error instanceof YAMLParseError) && !(error instanceof ReferenceError)) throw error;
    const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined;
    throw refused(line === undefined ? 'the file' : `line ${line}`, error.message.split('\n')[0] ?? '', error);
  }
  const parsed = jobFileSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refused(issue?.path.join('.') || 'the document', issue?.message ?? 'its shape is not known');
}

/** The whole specification, which is what node owners are asked about. @throws UnicaError `learning.job-file`. */
export function specOfJobFile(
  file: JobFile,
  { request, task }: { readonly request: AccessRequest; readonly task: TaskDefaults },
): JobSpec {
  const { request: _, strategy = 'fedavg', optimiser = 'adam', compression, roundDeadlineMinutes = 30, ...rest } = file;
  const holders = request.datasets.filter(({ name }) => name === file.dataset).map(({ siteId }) => siteId);
  const strangers = file.sites?.filter((siteId) => !holders.includes(siteId)) ?? [];
  if (holders.length === 0) throw refused('dataset', `the request names no dataset ${file.dataset}`);
  if (strangers.length > 0) throw refused('sites', `the request does not cover ${strangers.join(', ')}`);
  return jobSpecSchema.parse({
    purpose: request.purpose,
    sites: holders,
    cohort: { all: [] },
    ...task,
    rounds: 10,
    seed: 1,
    quorum: 0.67,
    ...rest,
    strategy: typeof strategy === 'string' ? suggestedStrategy(strategy) : strategy,
    optimiser: { kind: optimiser },
    ...(compression === undefined ? {} : { compression: compressionOf(compression) }),
    roundDeadlineMs: Math.round(roundDeadlineMinutes * 60_000),
  });
}

function compressionOf(told: NonNullable<JobFile['compression']>): Compression {
  if (told === 'top-k') return { kind: told, share: SUGGESTED_SHARE };
  return told === 'int8' ? { kind: told } : told;
}

/** A specification as a job file that leads to the very same one, for making a model again. */
export function writeJobFile({ optimiser, roundDeadlineMs, ...spec }: JobSpec): string {
  const file: JobFile = { ...spec, optimiser: optimiser.kind, roundDeadlineMinutes: roundDeadlineMs / 60_000 };
  return stringify(file, { lineWidth: 120 });
}

/** The JSON Schema (draft 2020-12) of a job file, for editors; docs/schemas/job.schema.json is made from it. */
export function jobFileJsonSchema(): object {
  return {
    $id: 'https://unica.example/schemas/job.schema.json',
    title: 'A learning job of UNICA',
    ...z.toJSONSchema(jobFileSchema, { target: 'draft-2020-12' }),
  };
}

function refused(where: string, problem: string, cause?: unknown): UnicaError {
  return new UnicaError('learning.job-file', { where, problem }, { cause });
}
