import type { Kysely } from 'kysely';
import type { PermitVerifier } from '#access';
import type { Journal } from '#audit';
import { type Clock, canonicalJson, type Json, UnicaError } from '#base';
import type { Cohort } from '#consent';
import type { WarmTrainer } from '#engine';
import { decodeParameters, decodeState, specDigest, trainRound, whatLeaves } from '#learning';
import { codeDigest, runEnvironment } from '#models';
import { taskByName } from '#pilots';
import { PUBLIC_COUNTS, releaseCount, withinBudget } from '#privacy';
import { answerCount, canonicalQuery, matches, queryText } from '#search';
import type { BlobReader, BlobStore } from '#store';
import { type JobSpec, type Receipt, type SiteRound, siteRoundSchema, type TaskBody } from '#wire';
import type { Worker } from './agent.ts';
import type { Approvals, Decision } from './approvals.ts';
import type { ArchiveMember } from './archive.ts';
import type { NodeConfig } from './config.ts';
import type { CurrentData } from './current-data.ts';
import type { FilmCache } from './film-cache.ts';
import type { HubClient } from './hub-client.ts';
import type { IdentityCard } from './identity-card.ts';
import { lastRecord } from './last-record.ts';
import { SOFTWARE } from './software.ts';
import type { StandingRules } from './standing-rules.ts';
import type { StrategyStates } from './strategy-states.ts';
import type { NodeTables } from './tables.ts';
import type { TrainingMemory } from './training-memory.ts';

/** What the node's work needs. */
export interface WorkParts {
  readonly db: Kysely<NodeTables>;
  readonly config: NodeConfig;
  readonly card: IdentityCard;
  readonly secret: Uint8Array;
  readonly clock: Clock;
  readonly data: CurrentData;
  readonly films: FilmCache;
  readonly states: StrategyStates;
  readonly memory: TrainingMemory;
  readonly trainer: WarmTrainer;
  readonly blobs: BlobStore & BlobReader;
  readonly approvals: Approvals;
  readonly rules: StandingRules;
  readonly permits: PermitVerifier;
  readonly hub: HubClient;
  readonly journal: Journal;
}

type Task<Kind extends TaskBody['kind']> = Extract<TaskBody, { kind: Kind }>;

/** What approves where the owner set the node to agree to everything, as demonstrations do. */
const APPROVE_ALL = {
  decision: 'approved',
  by: 'automatic (standing rule of this node)',
  because: 'setting approval=automatic: every job under a valid permit is approved',
} as const;

/** The node's work: counts, decisions, rounds. Each passes consent, permit and disclosure control by its types. */
export function nodeWork(parts: WorkParts): Worker {
  return async (body, signal) => {
    switch (body.kind) {
      case 'count':
        return await count(parts, body);
      case 'decide-job':
        return await decideJob(parts, body);
      case 'train-round':
        return await train(parts, body, signal);
      case 'revoke-permit':
        await parts.permits.revoke(body.permitId);
        await parts.journal.append({ actor: 'hub', action: 'permit.revoked', subject: body.permitId, facts: {} });
        return { kind: 'done' };
    }
  };
}

async function count(parts: WorkParts, body: Task<'count'>): Promise<Receipt> {
  const startedMs = performance.now();
  const cohort = await parts.data.cohort();
  const question = queryText(body.query);
  await spend(parts, { requester: body.requester, question, dataVersion: cohort.dataVersion, atMs: parts.clock() });
  const rule = { ...PUBLIC_COUNTS, threshold: parts.config.minimumCount };
  const { persons, studies } = answerCount(cohort, body.query, { secret: parts.secret, rule }).value;
  await parts.journal.append({
    actor: 'hub',
    action: 'count.answered',
    subject: body.searchId,
    because: 'public counts under disclosure control',
    facts: { suppressed: 'below' in persons, dataVersion: cohort.dataVersion, optOutVersion: cohort.optOutVersion },
  });
  return { kind: 'counted', persons, studies, milliseconds: performance.now() - startedMs };
}

/** @throws UnicaError `node.questions-spent` when the requester has asked enough for today. */
async function spend(
  { db }: WorkParts,
  asked: { readonly requester: string; readonly question: string; readonly dataVersion: string; readonly atMs: number },
): Promise<void> {
  const rows = await db.selectFrom('questions').selectAll().where('requester', '=', asked.requester).execute();
  const answered = rows.map((row) => ({
    requester: row.requester,
    question: row.question,
    dataVersion: row.data_version,
    atMs: row.at_ms,
  }));
  if (!withinBudget(answered, asked)) throw new UnicaError('node.questions-spent');
  await db
    .insertInto('questions')
    .values({
      requester: asked.requester,
      question: asked.question,
      data_version: asked.dataVersion,
      at_ms: asked.atMs,
    })
    .onConflict((conflict) =>
      conflict.columns(['requester', 'question', 'data_version']).doUpdateSet({ at_ms: asked.atMs }),
    )
    .execute();
}

async function decideJob(parts: WorkParts, body: Task<'decide-job'>): Promise<Receipt | undefined> {
  const { approvals, permits, config } = parts;
  checkDigest(body);
  const permit = await permits.verify(body.permit, { operation: 'train', dataset: body.spec.dataset });
  taskByName(body.spec.task);
  const cohort = await cohortOf(parts.data, body.spec);
  const rule = { ...PUBLIC_COUNTS, threshold: config.minimumCount };
  const seed = { secret: parts.secret, dataVersion: cohort.dataVersion, question: body.specSha256, cell: 'persons' };
  const leaving = whatLeaves(body.spec);
  const approval = await approvals.ask({
    jobId: body.jobId,
    spec: body.spec,
    specSha256: body.specSha256,
    permitId: permit.permitId,
    permitExpiresAtMs: permit.expiresAtMs,
    persons: releaseCount(cohort.people, rule, seed).value,
    updateBytes: leaving.bytesPerRound,
    asked: {
      requestedBy: permit.holder,
      projectId: permit.projectId,
      operations: permit.operations,
      conditions: (await lastRecord(parts.db, body.spec.dataset))?.conditions ?? [],
      persons: cohort.people,
      films: cohort.members.length,
    },
  });
  if (approval.decision !== null) return decided(approval.decision);
  const byRule = await parts.rules.decide({
    kind: 'train',
    projectId: permit.projectId,
    subject: body.jobId,
    rounds: body.spec.rounds,
    epsilon: leaving.privacy?.epsilon ?? null,
  });
  const decision: Decision | undefined =
    byRule === undefined
      ? config.approval === 'automatic'
        ? APPROVE_ALL
        : undefined
      : { decision: 'approved', by: `automatic (${byRule.ruleId})`, ...byRule };
  if (decision === undefined) return undefined;
  await approvals.decide(body.jobId, decision);
  await parts.journal.append({
    actor: byRule === undefined ? 'rule:standing' : `rule:${byRule.ruleId}`,
    action: 'job.approved',
    subject: body.jobId,
    because: permit.permitId,
    facts: { specSha256: body.specSha256 },
  });
  return decided(decision);
}

function decided({ decision, by, because }: Decision): Receipt {
  return { kind: 'decided', decision, by, because };
}

async function train(parts: WorkParts, body: Task<'train-round'>, signal: AbortSignal): Promise<Receipt> {
  const { approvals, permits, hub, journal, data } = parts;
  checkDigest(body);
  const permit = await permits.verify(body.permit, { operation: 'train', dataset: body.spec.dataset });
  const approval = await approvals.find(body.jobId);
  if (approval?.decision?.decision !== 'approved' || approval.specSha256 !== body.specSha256) {
    throw new UnicaError('node.job-not-approved', { jobId: body.jobId });
  }
  const finished = await finishedRound(parts, body);
  if (finished !== undefined) {
    await sendUpdate(parts, body, finished.updateSha256, signal);
    return finished;
  }
  const task = taskByName(body.spec.task);
  const weights = decodeParameters(
    body.spec.model,
    await hub.getBlob(body.weightsSha256, { jobId: body.jobId, signal }),
  );
  const cohort = await cohortOf(data, body.spec);
  const round = await trainRound({
    permit,
    cohort,
    spec: body.spec,
    siteId: parts.card.siteId,
    number: body.round,
    weights,
    own: await parts.states.of(body.jobId, body.countedRound),
    common:
      body.stateSha256 === undefined
        ? {}
        : decodeState(await hub.getBlob(body.stateSha256, { jobId: body.jobId, signal })),
    load: async (member) => await parts.films.film(member, task),
    workers: parts.config.trainingWorkers,
    trainer: parts.trainer,
    memory: {
      resume: async (part) => await parts.memory.resume(body.jobId, body.round, part),
      keep: async (part, epoch, checkpoint) =>
        await parts.memory.keep({ jobId: body.jobId, round: body.round, part }, epoch, checkpoint),
    },
    nowMs: parts.clock,
    signal,
  });
  const metrics: SiteRound = {
    ...round.metrics,
    provenance: {
      dataSha256: cohort.dataVersion,
      codeSha256: await codeDigest(),
      environment: `${SOFTWARE} ${runEnvironment()}`,
    },
  };
  // What was trained is kept before it is sent: a node that falls on the way sends it and does not train again.
  const updateSha256 = (await parts.blobs.put(round.file)).sha256;
  // Before the round counts as finished: it is not trained again then.
  await parts.states.keep(body.jobId, body.round, round.own);
  await parts.db
    .insertInto('finished_rounds')
    .values({
      job_id: body.jobId,
      round: body.round,
      weights_sha256: body.weightsSha256,
      update_sha256: updateSha256,
      metrics: canonicalJson(metrics as Json),
    })
    .onConflict((conflict) => conflict.columns(['job_id', 'round']).doNothing())
    .execute();
  await parts.memory.finish(body.jobId, body.round, body.spec.localEpochs);
  await sendUpdate(parts, body, updateSha256, signal);
  await forgetUpdates(parts, body);
  await journal.append({
    actor: 'hub',
    action: 'round.trained',
    subject: body.jobId,
    because: permit.permitId,
    facts: {
      round: body.round,
      samples: round.metrics.samples,
      cohortSha256: cohort.sha256,
      optOutVersion: cohort.optOutVersion,
      updateSha256,
      bytes: round.file.length,
    },
  });
  return { kind: 'trained', updateSha256, metrics };
}

/** Those of the node's data that a job is about. */
async function cohortOf(data: CurrentData, spec: JobSpec): Promise<Cohort<ArchiveMember>> {
  const query = canonicalQuery(spec.cohort);
  return (await data.cohort()).narrow((member) => matches(query, member));
}

/** A round that was finished before the node or the hub fell is not trained again. */
async function finishedRound({ db }: WorkParts, body: Task<'train-round'>) {
  const row = await db
    .selectFrom('finished_rounds')
    .selectAll()
    .where('job_id', '=', body.jobId)
    .where('round', '=', body.round)
    .where('weights_sha256', '=', body.weightsSha256)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const metrics = siteRoundSchema.parse(JSON.parse(row.metrics));
  return { kind: 'trained' as const, updateSha256: row.update_sha256, metrics };
}

/** Sends an update that is kept here; the hub says how much of it has arrived before. */
async function sendUpdate(
  { blobs, hub }: WorkParts,
  { jobId }: Task<'train-round'>,
  sha256: string,
  signal: AbortSignal,
): Promise<void> {
  await hub.putBlob(sha256, () => blobs.open(sha256), { jobId, signal });
}

/** Updates of earlier rounds arrived long ago. */
async function forgetUpdates({ db, blobs }: WorkParts, { jobId, round }: Task<'train-round'>): Promise<void> {
  const rows = await db
    .selectFrom('finished_rounds')
    .select(['round', 'update_sha256'])
    .where('job_id', '=', jobId)
    .execute();
  const current = new Set(rows.filter((row) => row.round >= round).map((row) => row.update_sha256));
  for (const row of rows) {
    // The newest before this one only: what is older went with the rounds between.
    if (row.round === round - 1 && !current.has(row.update_sha256)) await blobs.remove(row.update_sha256);
  }
}

/** What was approved is what is done. @throws UnicaError `node.job-altered`. */
function checkDigest(body: Task<'decide-job'> | Task<'train-round'>): void {
  if (specDigest(body.spec) !== body.specSha256) throw new UnicaError('node.job-altered', { jobId: body.jobId });
}
