import { z } from 'zod';
import { asUnicaError, UnicaError } from '#base';
import { parameterTable } from '#engine';
import {
  type Answer,
  type Answerer,
  type FlowerMessage,
  type FlowerRecord,
  type FlowerRun,
  LARGEST_HEAD_BYTES,
  type MessageLimits,
  type RecordDict,
  type RecordValue,
  readParameters,
} from '#flower';
import { decodeChange, encodeParameters, isMasked, scoreRound, specDigest } from '#learning';
import { taskByName } from '#pilots';
import { type BlobStore, contentDigest, serially } from '#store';
import { type JobSpec, jobSpecSchema, PERMIT_TOKEN_LIMIT, type Receipt, type SiteRound } from '#wire';
import type { FlowerAgreement } from './flower-settings.ts';
import { checkApproved, cohortOf, nodeWork, useOf } from './work.ts';
import type { WorkParts } from './work-parts.ts';

/** Between two looks at whether the owner has decided. */
const LOOK_AGAIN_MS = 2000;

/** Strategies whose sites remember something: a ServerApp cannot say which round counted them. */
const REMEMBERING: ReadonlySet<string> = new Set(['scaffold', 'fedbn', 'ditto']);

const permitsSchema = z.record(z.string(), z.string().max(PERMIT_TOKEN_LIMIT));

/** A job as a message of Flower asks for it. */
interface FlowerJob {
  readonly jobId: string;
  readonly spec: JobSpec;
  readonly specSha256: string;
  readonly permit: string;
}

/**
 * Answers `train` and `evaluate` of a Flower ServerApp by the node's own work: the permit is verified, the job waits for the owner
 * or a standing rule, the cohort leaves out who opted out, and only what the privacy room released goes into the answer.
 * Nothing of the app's own code runs here.
 */
export function flowerAnswers(
  parts: Omit<WorkParts, 'hub'>,
  { blobs, agreement }: { readonly blobs: BlobStore; readonly agreement: FlowerAgreement | undefined },
): Answerer {
  const inTurn = serially();
  // What arrived at a hub is not kept; here the update is needed for the answer, and forgotten a round later.
  const keeping: BlobStore = {
    put: async (content) => await blobs.put(content),
    get: async (sha256) => await blobs.get(sha256),
    has: async (sha256) => await blobs.has(sha256),
    remove: async () => {},
    close: async () => {},
  };
  const work = nodeWork({
    ...parts,
    masking: { ...parts.masking, blobs: keeping },
    hub: {
      getBlob: async (sha256) => await blobs.get(sha256),
      // The update is kept already; it leaves in the answer.
      putBlob: async () => {},
      holds: async (sha256) => await blobs.has(sha256),
    },
  });

  const approve = async (job: FlowerJob, signal: AbortSignal): Promise<void> => {
    for (;;) {
      const receipt = await work({ kind: 'decide-job', ...job }, signal);
      if (receipt?.kind === 'decided' && receipt.decision === 'approved') return;
      if (receipt !== undefined) throw new UnicaError('node.job-not-approved', { jobId: job.jobId });
      await pause(LOOK_AGAIN_MS, signal);
    }
  };

  const train = async (job: FlowerJob, message: FlowerMessage, signal: AbortSignal): Promise<RecordDict> => {
    const { model } = job.spec;
    const received = readParameters(model, arraysOf(message));
    const weights = Float32Array.from(received.parameters);
    const round = roundOf(message);
    const { sha256: weightsSha256 } = await blobs.put(encodeParameters(model, weights));
    const deadlineMs = Math.ceil((message.metadata.createdAt + message.metadata.ttl) * 1000);
    const receipt = await work({ kind: 'train-round', ...job, round, weightsSha256, deadlineMs }, signal);
    const { updateSha256, metrics } = trainedOf(receipt);
    const change = decodeChange(job.spec, await blobs.get(updateSha256));
    const trained = received.parameters.map((value, index) => value + (change[index] ?? 0));
    await forget(round, job.jobId, [weightsSha256]);
    return new Map<string, FlowerRecord>([
      [nameOf(message, 'arrays'), { kind: 'arrays', arrays: received.answer(trained) }],
      ['metrics', { kind: 'metrics', values: new Map([...trainMetrics(metrics)]) }],
    ]);
  };

  /** Updates of earlier rounds are in their answers; the last one stays, should it be asked for again. */
  const forget = async (round: number, jobId: string, more: readonly string[]): Promise<void> => {
    const old = await parts.db
      .selectFrom('finished_rounds')
      .select('update_sha256')
      .where('job_id', '=', jobId)
      .where('round', '<', round)
      .execute();
    for (const sha256 of [...more, ...old.map((row) => row.update_sha256)]) await blobs.remove(sha256);
  };

  const evaluate = async (job: FlowerJob, message: FlowerMessage, signal: AbortSignal): Promise<RecordDict> => {
    const { spec } = job;
    const task = taskByName(spec.task);
    const permit = await parts.permits.verify(job.permit, { operation: 'evaluate', dataset: spec.dataset });
    await checkApproved(parts, job, permit);
    const weights = Float32Array.from(readParameters(spec.model, arraysOf(message)).parameters);
    const weightsSha256 = contentDigest(encodeParameters(spec.model, weights));
    await parts.orders.evaluatedRound({ jobId: job.jobId, spec, weightsSha256 });
    const cohort = await cohortOf(parts.data, spec, permit);
    const validation = await scoreRound({
      permit,
      cohort,
      spec,
      weights,
      load: async (member) => await parts.films.film(member, task, cohort.members),
      trainer: parts.trainer,
      nowMs: parts.clock,
      signal,
    });
    await parts.uses.record(cohort, useOf('evaluate', job, permit));
    if (validation === null) throw new UnicaError('privacy.too-few-people', { minimum: parts.config.minimumCount });
    await parts.journal.append({
      actor: 'flower',
      action: 'round.evaluated',
      subject: job.jobId,
      because: permit.permitId,
      facts: { round: roundOf(message), samples: validation.samples, cohortSha256: cohort.sha256 },
    });
    const values = new Map<string, RecordValue>([
      ['num-examples', BigInt(validation.samples)],
      ['loss', validation.loss],
    ]);
    return new Map<string, FlowerRecord>([['metrics', { kind: 'metrics', values }]]);
  };

  return async (message, run, signal): Promise<Answer> => {
    try {
      const job = jobOf(message, run, { agreement, siteId: parts.card.siteId });
      await approve(job, signal);
      const { messageType } = message.metadata;
      const kind = messageType.split('.')[0];
      if (kind !== 'train' && kind !== 'evaluate')
        throw new UnicaError('flower.message-refused', { problem: `this node does not answer "${messageType}"` });
      const content = await inTurn(async () => await (kind === 'train' ? train : evaluate)(job, message, signal));
      return { content };
    } catch (error) {
      signal.throwIfAborted();
      const known = asUnicaError(error);
      // What may pass by itself is tried again for as long as somebody waits.
      if (known.family === 'surroundings') throw known;
      await parts.journal.append({
        actor: 'flower',
        action: 'task.refused',
        subject: jobIdOf(run),
        because: known.code,
        facts: { kind: message.metadata.messageType, fabId: run.fabId, fabHash: run.fabHash },
      });
      return { error: `${known.code}: ${known.message}`.slice(0, 500) };
    }
  };
}

/** Of messages that wait for their answers so much is held in memory; what was taken lies on the disk as well. */
const MOST_HELD_BYTES = 536_870_912;
const BYTES_OF_FLOAT64 = 8;

/** A message has as much room as the model of its job needs, as its owner was asked about it or as the message itself says. */
export function flowerLimits(
  { approvals, journal }: Pick<WorkParts, 'approvals' | 'journal'>,
  agreement: FlowerAgreement | undefined,
): MessageLimits {
  return {
    async largest({ runId, configuration }) {
      const named = configuration.get('unica.job');
      const asked = (await approvals.find(jobIdOf({ runId })))?.spec;
      const said = typeof named === 'string' ? jobSpecSchema.safeParse(jsonOf(named)).data : agreement?.job;
      const spec = asked ?? said;
      return LARGEST_HEAD_BYTES + (spec === undefined ? 0 : BYTES_OF_FLOAT64 * parameterTable(spec.model).total);
    },
    async refuse({ runId }, because) {
      const { code, message } = because;
      const subject = jobIdOf({ runId });
      await journal.append({ actor: 'flower', action: 'task.refused', subject, because: code, facts: {} });
      return { error: `${code}: ${message}`.slice(0, 500) };
    },
    mostHeld: () => MOST_HELD_BYTES,
  };
}

function jobIdOf({ runId }: Pick<FlowerRun, 'runId'>): string {
  return `flower-${runId.toString(16).padStart(16, '0')}`;
}

/** The job a message asks for: named by the app in its configuration, else the one the owner agreed to. */
function jobOf(
  message: FlowerMessage,
  run: FlowerRun,
  { agreement, siteId }: { readonly agreement: FlowerAgreement | undefined; readonly siteId: string },
): FlowerJob {
  const config = configOf(message);
  const named = textOf(config, 'unica.job');
  const spec = named === undefined ? agreement?.job : parsedJob(named);
  if (spec === undefined) throw new UnicaError('flower.no-job');
  const permit =
    textOf(config, 'unica.permit') ?? permitOf(textOf(config, 'unica.permits'), siteId) ?? agreement?.permit;
  if (permit === undefined) throw new UnicaError('access.permit-refused', { clause: 'there is none in the message' });
  if (isMasked(spec)) {
    const problem = 'secure aggregation needs a hub of UNICA: a SuperLink adds up what it can read';
    throw new UnicaError('learning.strategy-refused', { problem });
  }
  if (spec.compression !== undefined) {
    const problem = 'compression needs a hub of UNICA: a SuperLink adds up numbers as they are';
    throw new UnicaError('learning.strategy-refused', { problem });
  }
  if (REMEMBERING.has(spec.strategy.kind)) {
    const problem = `${spec.strategy.kind} needs a hub of UNICA: sites remember which round counted them`;
    throw new UnicaError('learning.strategy-refused', { problem });
  }
  return { jobId: jobIdOf(run), spec, specSha256: specDigest(spec), permit };
}

function parsedJob(text: string): JobSpec {
  const parsed = jobSpecSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const problem = `"unica.job" is no job: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
  throw new UnicaError('flower.message-refused', { problem });
}

function permitOf(text: string | undefined, siteId: string): string | undefined {
  if (text === undefined) return undefined;
  const parsed = permitsSchema.safeParse(jsonOf(text));
  return parsed.success ? parsed.data[siteId] : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function configOf({ content }: FlowerMessage): ReadonlyMap<string, RecordValue> {
  const records = [...(content?.values() ?? [])].flatMap((record) => (record.kind === 'config' ? [record.values] : []));
  return new Map(records.flatMap((values) => [...values]));
}

function textOf(config: ReadonlyMap<string, RecordValue>, key: string): string | undefined {
  const value = config.get(key);
  return typeof value === 'string' ? value : undefined;
}

function arraysOf(message: FlowerMessage) {
  const record = message.content?.get(nameOf(message, 'arrays'));
  if (record?.kind === 'arrays') return record.arrays;
  throw new UnicaError('flower.weights-refused', { problem: 'there are none in the message' });
}

/** The name of the one record of arrays. */
function nameOf({ content }: FlowerMessage, otherwise: string): string {
  return [...(content ?? [])].find(([, record]) => record.kind === 'arrays')?.[0] ?? otherwise;
}

/** The round the app names, else the group of the message, else the first. */
function roundOf(message: FlowerMessage): number {
  const named = Number(configOf(message).get('server-round') ?? message.metadata.groupId);
  return Number.isSafeInteger(named) && named >= 1 ? named : 1;
}

function trainedOf(receipt: Receipt | undefined): Extract<Receipt, { kind: 'trained' }> {
  if (receipt?.kind === 'trained') return receipt;
  throw new UnicaError('internal');
}

function trainMetrics({ samples, loss, seconds }: SiteRound): Map<string, RecordValue> {
  return new Map<string, RecordValue>([
    ['num-examples', BigInt(samples)],
    ['train-loss', loss],
    ['seconds', seconds],
  ]);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
