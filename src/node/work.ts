import type { Permit, WantedUse } from '#access';
import { canonicalJson, type Json, UnicaError } from '#base';
import type { Cohort } from '#consent';
import {
  checkJob,
  compareModels,
  decodeParameters,
  decodeState,
  evaluateModels,
  isMasked,
  isValidation,
  specDigest,
  trainRound,
  whatLeaves,
} from '#learning';
import { codeDigest, runEnvironment } from '#models';
import { taskByName } from '#pilots';
import { PUBLIC_COUNTS, releaseCount } from '#privacy';
import { canonicalQuery, matches, type SearchAnswer } from '#search';
import {
  cohortQuerySchema,
  type JobSpec,
  operationOf,
  type Receipt,
  type SiteRound,
  siteRoundSchema,
  type TaskBody,
} from '#wire';
import type { Worker } from './agent.ts';
import { type AskedUnder, checkAsked, type Decision } from './approvals.ts';
import type { ArchiveMember } from './archive.ts';
import { type CurrentData, WHOLE_ARCHIVE } from './current-data.ts';
import type { DataUse } from './data-uses.ts';
import { isUpdateHeld } from './finished-update.ts';
import { lastRecord } from './last-record.ts';
import { letGoOfUpdate } from './let-go-of-update.ts';
import { addUp, keepBack, keptBack, pinPeers } from './masked-work.ts';
import { stepsOfRounds } from './privacy-ledger.ts';
import { isSentWhole } from './sent-whole.ts';
import { SOFTWARE } from './software.ts';
import type { WorkParts } from './work-parts.ts';

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
      case 'evaluate-model':
        return await evaluate(parts, body, signal);
      case 'compare-models':
        return await compare(parts, body, signal);
      case 'secure-sum':
        return await addUp(parts, body, signal);
      case 'revoke-permit':
        await parts.permits.revoke(body.permitId);
        parts.endUnder(body.permitId);
        await parts.journal.append({ actor: 'hub', action: 'permit.revoked', subject: body.permitId, facts: {} });
        return { kind: 'done' };
      case 'watch-model': {
        const receipt = await parts.watches.answer(body);
        if (receipt !== undefined)
          await parts.journal.append({
            actor: 'hub',
            action: 'clinic.watch-answered',
            subject: body.watchId,
            facts: {},
          });
        return receipt;
      }
      case 'suggest-correction':
        return await parts.watches.suggest(body);
    }
  };
}

async function count(parts: WorkParts, body: Task<'count'>): Promise<Receipt> {
  const startedMs = performance.now();
  const { query, requester, project, facets } = body;
  const isChecked = body.release === 'checked';
  const permit =
    body.permit === undefined
      ? undefined
      : await parts.permits.verify(body.permit, {
          operation: isChecked ? 'export-aggregate' : 'count-exact',
          dataset: WHOLE_ARCHIVE,
        });
  // Two people look at each table of its own; no rule speaks for them.
  if (permit !== undefined && !isChecked) await agreeToCount(parts, permit.permitId, body.searchId);
  const asked = { query: permit?.within(query) ?? query, requester, project, facets };
  let checkId: string | undefined;
  const mayLeave = async (answer: SearchAnswer, { permitId, projectId, holder, purpose }: Permit) => {
    const { persons, studies } = answer;
    // Whoever looks at the table reads whom it counts: the people of the permit, not all that were asked for.
    const counted = cohortQuerySchema.safeParse(asked.query);
    if (!counted.success) throw new UnicaError('search.too-intricate');
    const check = await parts.tableChecks.mustHavePassed({
      ...{ permitId, projectId, holder, purpose },
      asked: { query: counted.data, fields: [...(facets ?? [])] },
      answer: { persons, studies, facets: [...(answer.facets ?? [])] },
    });
    checkId = check.checkId;
  };
  const answer =
    permit === undefined
      ? await parts.search.answer(asked)
      : await parts.search.answerExactly(asked, {
          permitId: permit.permitId,
          holder: permit.holder,
          projectId: permit.projectId,
          statistics: isChecked || permit.allows('statistics'),
          ...(isChecked ? { mayLeave: async (draft) => await mayLeave(draft, permit) } : {}),
        });
  const { persons, studies, unsupported } = answer;
  await parts.journal.append({
    actor: 'hub',
    action: permit === undefined ? 'count.answered' : 'count.answered-exactly',
    subject: body.searchId,
    because: permit?.permitId ?? 'public counts under disclosure control',
    facts: {
      suppressed: 'below' in persons,
      version: answer.version,
      ledgerSha256: answer.entrySha256,
      ...(checkId === undefined ? {} : { checkId }),
    },
  });
  return {
    kind: 'counted',
    persons,
    studies,
    ...(answer.facets === undefined ? {} : { facets: [...answer.facets] }),
    ...(unsupported.length === 0 ? {} : { unsupported: [...unsupported] }),
    ...(permit === undefined ? {} : { exact: true }),
    milliseconds: performance.now() - startedMs,
  };
}

/** Exact counts leave when the owner agreed to them in advance. @throws UnicaError `node.counts-not-agreed`. */
async function agreeToCount({ rules, config, journal }: WorkParts, permitId: string, searchId: string): Promise<void> {
  const rule = await rules.decide({ kind: 'count', permitId, subject: searchId });
  if (rule === undefined && config.approval === 'ask') throw new UnicaError('node.counts-not-agreed', { permitId });
  await journal.append({
    actor: rule === undefined ? 'rule:standing' : `rule:${rule.ruleId}`,
    action: 'count.agreed',
    subject: searchId,
    because: permitId,
    facts: {},
  });
}

async function decideJob(parts: WorkParts, body: Task<'decide-job'>): Promise<Receipt | undefined> {
  const { approvals, permits, config } = parts;
  checkDigest(body);
  const permit = await permits.verify(body.permit, wantedOf(body.spec));
  taskByName(body.spec.task);
  // What a hub takes in it has checked; what this one gives is checked here.
  checkJob(body.spec);
  await pinPeers(parts, body);
  const cohort = await cohortOf(parts.data, body.spec, permit);
  await checkBudget(parts, { ...body, permit, token: body.permit }, cohort.members.length, body.spec.rounds);
  const rule = { ...PUBLIC_COUNTS, threshold: config.minimumCount };
  const seed = { secret: parts.secret, dataVersion: cohort.dataVersion, question: body.specSha256, cell: 'persons' };
  const sendsWhole = isSentWhole(config, body.spec);
  const leaving = whatLeaves(body.spec, sendsWhole);
  const privacy = await quoted(parts, body, cohort);
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
      ...(privacy === undefined ? {} : { privacy }),
    },
  });
  // An answer is to what was asked, not to what comes later under the same number.
  checkAsked(approval, body, permit);
  if (approval.decision !== null) return decided(approval.decision, sendsWhole);
  const train = { kind: 'train', projectId: permit.projectId, subject: body.jobId, rounds: body.spec.rounds } as const;
  // No rule was made for a model of this site alone that leaves it: a person is asked.
  const byRule =
    body.spec.evaluation?.crossSite === true
      ? undefined
      : await parts.rules.decide({ ...train, epsilon: privacy?.limit ?? null });
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
  return decided(decision, sendsWhole);
}

function decided({ decision, by, because }: Decision, sendsWhole: boolean): Receipt {
  return { kind: 'decided', decision, by, because, ...(sendsWhole ? { sendsWhole } : {}) };
}

async function evaluate(parts: WorkParts, body: Task<'evaluate-model'>, signal: AbortSignal): Promise<Receipt> {
  const { permits, hub, journal, data } = parts;
  const { jobId, spec } = body;
  checkDigest(body);
  const permit = await permits.verify(body.permit, { operation: 'evaluate', dataset: spec.dataset });
  await checkApproved(parts, body, permit);
  await parts.orders.evaluation(body);
  const weightsOf = async (sha256: string) =>
    decodeParameters(spec.model, await hub.getBlob(sha256, { jobId, signal }));
  const cohort = await cohortOf(data, spec, permit);
  const task = taskByName(spec.task);
  const { scores, localModel } = await evaluateModels({
    permit,
    cohort,
    spec,
    siteId: parts.card.siteId,
    weights: await weightsOf(body.weightsSha256),
    first: body.firstWeightsSha256 === undefined ? undefined : await weightsOf(body.firstWeightsSha256),
    own: await parts.states.of(jobId, body.countedRound),
    load: async (member) => await parts.films.film(member, task, cohort.members),
    workers: parts.config.trainingWorkers,
    trainer: parts.trainer,
    signal,
  });
  await parts.uses.record(cohort, useOf('evaluate', body, permit));
  const localWeightsSha256 = localModel && (await sendLocalModel(parts, jobId, localModel.value, signal));
  await journal.append({
    actor: 'hub',
    action: 'job.evaluated',
    subject: jobId,
    because: permit.permitId,
    facts: {
      weightsSha256: body.weightsSha256,
      cohortSha256: cohort.sha256,
      standingVersion: cohort.standingVersion,
      withheld: scores.common === null,
      ...(localWeightsSha256 === undefined ? {} : { localWeightsSha256 }),
    },
  });
  return { kind: 'evaluated', ...scores, ...(localWeightsSha256 === undefined ? {} : { localWeightsSha256 }) };
}

/** The model trained here alone leaves for the other sites, as the owner was asked. */
async function sendLocalModel(
  { hub, masking, blobs }: WorkParts,
  jobId: string,
  file: Uint8Array,
  signal: AbortSignal,
): Promise<string> {
  const { sha256 } = await masking.blobs.put(file);
  try {
    await hub.putBlob(sha256, () => blobs.open(sha256), { jobId, signal, kind: 'local-model' });
  } finally {
    await masking.blobs.remove(sha256);
  }
  return sha256;
}

async function compare(parts: WorkParts, body: Task<'compare-models'>, signal: AbortSignal): Promise<Receipt> {
  const { permits, hub, journal, data } = parts;
  const { jobId, spec, models } = body;
  checkDigest(body);
  const permit = await permits.verify(body.permit, { operation: 'evaluate', dataset: spec.dataset });
  await checkApproved(parts, body, permit);
  await parts.orders.comparison(body);
  const cohort = await cohortOf(data, spec, permit);
  const task = taskByName(spec.task);
  const scores = await compareModels({
    permit,
    cohort,
    spec,
    models,
    weightsOf: async (sha256) => decodeParameters(spec.model, await hub.getBlob(sha256, { jobId, signal })),
    load: async (member) => await parts.films.film(member, task, cohort.members),
    trainer: parts.trainer,
    signal,
  });
  await parts.uses.record(cohort, useOf('evaluate', body, permit));
  await journal.append({
    actor: 'hub',
    action: 'job.models-compared',
    subject: jobId,
    because: permit.permitId,
    facts: {
      models: models.length,
      cohortSha256: cohort.sha256,
      standingVersion: cohort.standingVersion,
      withheld: scores.every((one) => one.scores === null),
    },
  });
  return { kind: 'compared', scores };
}

/** What a job wants of a permit; what it costs in privacy is judged where the films are known. */
function wantedOf(spec: JobSpec): WantedUse {
  return {
    operation: operationOf(spec),
    dataset: spec.dataset,
    privacy: { noisy: spec.privacy !== undefined, epsilon: 0 },
  };
}

/**
 * Holds a project to the privacy budget of its permit, if that has one, with so many rounds more.
 * @throws UnicaError `access.permit-refused`.
 */
async function checkBudget(
  { permits, privacy }: WorkParts,
  { spec, permit, token }: { readonly spec: JobSpec; readonly permit: Permit; readonly token: string },
  films: number,
  rounds: number,
): Promise<void> {
  if (permit.epsilon === undefined || spec.privacy === undefined || rounds === 0) return;
  const epsilon = await privacy.costOfProject(permit.projectId, spec, films, rounds);
  await permits.verify(token, { ...wantedOf(spec), privacy: { noisy: true, epsilon } });
}

/** As the patient's log has it. */
export function useOf(
  kind: 'train' | 'evaluate',
  { jobId, spec }: Pick<Task<'train-round'>, 'jobId' | 'spec'>,
  { projectId, purpose, controller }: Permit,
): DataUse {
  return { kind, subject: jobId, projectId, title: spec.title, purpose, controller };
}

/** @throws UnicaError `node.job-not-approved`, `node.order-exceeds-approval`. */
export async function checkApproved(
  { approvals }: Pick<WorkParts, 'approvals'>,
  asked: Pick<Task<'train-round'>, 'jobId' | 'specSha256'>,
  permit: Pick<Permit, 'permitId'>,
): Promise<void> {
  checkAsked(await approvals.approved(asked), asked, permit);
}

async function train(parts: WorkParts, body: Task<'train-round'>, signal: AbortSignal): Promise<Receipt> {
  const { permits, hub, journal, data } = parts;
  checkDigest(body);
  const permit = await permits.verify(body.permit, wantedOf(body.spec));
  await checkApproved(parts, body, permit);
  await parts.orders.round(body);
  const finished = await finishedRound(parts, body, signal);
  if (finished !== undefined) return finished;
  const task = taskByName(body.spec.task);
  const weights = decodeParameters(
    body.spec.model,
    await hub.getBlob(body.weightsSha256, { jobId: body.jobId, signal }),
  );
  const cohort = await cohortOf(data, body.spec, permit);
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
    load: async (member) => await parts.films.film(member, task, cohort.members),
    async mayTrain(films) {
      await checkBudget(parts, { ...body, permit, token: body.permit }, films, 1);
      await parts.privacy.check(body.jobId, body.spec, films, 1);
    },
    workers: parts.config.trainingWorkers,
    sendsWhole: isSentWhole(parts.config, body.spec),
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
      cohortSha256: cohort.sha256,
      codeSha256: await codeDigest(),
      environment: `${SOFTWARE} ${runEnvironment()}`,
    },
  };
  await parts.uses.record(cohort, useOf('train', body, permit));
  const { file } = round;
  const masked = isMasked(body.spec) ? await keepBack(parts, body, { file, metrics }) : undefined;
  const updateSha256 = masked?.updateSha256 ?? (await parts.masking.blobs.put(file)).sha256;
  await parts.states.keep(body.jobId, body.round, round.own);
  // Before anything leaves: a node that falls from here on sends this update, and trains no other.
  const spent = await finishRound(parts, body, {
    updateSha256,
    metrics: masked?.receipt.metrics ?? metrics,
    projectId: permit.projectId,
  });
  if (spent !== undefined) {
    const { noiseMultiplier, sampleRate, steps } = stepsOfRounds(body.spec, round.metrics.samples, 1);
    await journal.append({
      actor: 'hub',
      action: 'privacy.spent',
      subject: body.jobId,
      because: permit.permitId,
      facts: {
        round: body.round,
        noiseMultiplier,
        sampleRate,
        steps,
        epsilon: spent.epsilon,
        ledgerSha256: spent.entrySha256,
      },
    });
  }
  // A job that was done with the same content may have let go of it before this round was written down.
  if (!(await parts.masking.blobs.has(updateSha256))) await parts.masking.blobs.put(file);
  await parts.memory.finish(body.jobId, body.round, body.spec.localEpochs);
  await forgetBefore(parts, body, updateSha256);
  const receipt = await finishedRound(parts, body, signal);
  if (receipt === undefined) throw new UnicaError('internal');
  await journal.append({
    actor: 'hub',
    action: 'round.trained',
    subject: body.jobId,
    because: permit.permitId,
    facts: {
      round: body.round,
      samples: round.metrics.samples,
      cohortSha256: cohort.sha256,
      standingVersion: cohort.standingVersion,
      ...(round.membership === undefined ? {} : { membershipGuess: Number(round.membership.success.toFixed(2)) }),
      ...('updateSha256' in receipt ? { updateSha256: receipt.updateSha256 } : { masked: true }),
      bytes: receipt.metrics.bytesOut,
    },
  });
  return receipt;
}

/** Writes down that a round is finished, and what it cost, in one piece. */
async function finishRound(
  parts: WorkParts,
  body: Task<'train-round'>,
  done: { readonly updateSha256: string; readonly metrics: SiteRound; readonly projectId: string },
): Promise<{ readonly epsilon: number; readonly entrySha256: string } | undefined> {
  const { spec, jobId, round } = body;
  const part = stepsOfRounds(spec, done.metrics.samples, 1);
  const entrySha256 = await parts.db.transaction().execute(async (transaction) => {
    const entry =
      spec.privacy === undefined ? undefined : await parts.privacy.spend(transaction, { jobId, round, part, ...done });
    const row = {
      weights_sha256: body.weightsSha256,
      // Kept back, it is known here alone: a digest could be tried out against guesses.
      update_sha256: isMasked(spec) ? '' : done.updateSha256,
      metrics: canonicalJson(done.metrics as Json),
    };
    await transaction
      .insertInto('finished_rounds')
      .values({ job_id: jobId, round, ...row })
      .onConflict((conflict) => conflict.columns(['job_id', 'round']).doUpdateSet(row))
      .execute();
    return entry;
  });
  if (entrySha256 === undefined || spec.privacy === undefined) return undefined;
  const { epsilon } = await parts.privacy.costOfJob(jobId, spec.privacy.delta);
  return { epsilon, entrySha256 };
}

/** What a job with differential privacy would cost here. @throws UnicaError `node.privacy-job-limit`, `node.privacy-budget-spent`. */
async function quoted(
  { privacy, approvals }: WorkParts,
  { jobId, spec }: Task<'decide-job'>,
  cohort: Cohort<ArchiveMember>,
): Promise<AskedUnder['privacy']> {
  if (spec.privacy === undefined) return undefined;
  const before = await approvals.find(jobId);
  // What was asked is not asked again in other words.
  if (before !== undefined) return before.asked?.privacy;
  const films = cohort.members.filter(({ labelled, person }) => labelled && !isValidation(person)).length;
  const { cost, remaining } = await privacy.quote(spec, films);
  await privacy.check(jobId, spec, films, spec.rounds);
  return { epsilon: cost.epsilon, delta: cost.delta, limit: spec.privacy.epsilon, remaining };
}

/** Those of the node's data that a job is about, within the people that its permit is for. */
export async function cohortOf(
  data: CurrentData,
  spec: JobSpec,
  permit: Pick<Permit, 'within' | 'projectId'>,
): Promise<Cohort<ArchiveMember>> {
  const query = canonicalQuery(permit.within(spec.cohort));
  return (await data.cohortOf(permit.projectId)).narrow((member) => matches(query, member));
}

/**
 * A round that was finished before the node or the hub fell is not trained again; its update leaves if it had not. Where neither has
 * it any more, because one of them was set back to a backup, it is trained again: the hub asks for it and would ask for ever.
 */
async function finishedRound(
  parts: WorkParts,
  body: Task<'train-round'>,
  signal: AbortSignal,
): Promise<Extract<Receipt, { kind: 'trained' | 'trained-masked' }> | undefined> {
  const { hub } = parts;
  const { jobId, spec } = body;
  const row = await parts.db
    .selectFrom('finished_rounds')
    .selectAll()
    .where('job_id', '=', jobId)
    .where('round', '=', body.round)
    .where('weights_sha256', '=', body.weightsSha256)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const told = siteRoundSchema.parse(JSON.parse(row.metrics));
  const metrics = spec.privacy === undefined ? told : { ...told, privacy: await spentOn(parts, jobId, spec.privacy) };
  if (isMasked(spec)) return await keptBack(parts, body, metrics);
  const held = { hub, blobs: parts.masking.blobs };
  if (!(await isUpdateHeld(held, row.update_sha256, { jobId, signal }))) return undefined;
  // The hub says how much of it has arrived before; what arrived whole is not kept here.
  await hub.putBlob(row.update_sha256, () => parts.blobs.open(row.update_sha256), {
    jobId,
    signal,
    whenTaken: async () => await letGoOfUpdate(parts, row.update_sha256, { jobId, isTaken: true }),
  });
  return { kind: 'trained', updateSha256: row.update_sha256, metrics };
}

/** The update of the round before is with the hub, or nobody asks for it any more: a node that fell before it let go of it does so now. */
async function forgetBefore(
  parts: WorkParts,
  { jobId, round }: Pick<Task<'train-round'>, 'jobId' | 'round'>,
  updateSha256: string,
): Promise<void> {
  const before = await parts.db
    .selectFrom('finished_rounds')
    .select('update_sha256')
    .where('job_id', '=', jobId)
    .where('round', '<', round)
    .orderBy('round', 'desc')
    .limit(1)
    .executeTakeFirst();
  // Of a masked round no digest is kept here; what masks it forgets it. A round that changed nothing has the same update again.
  if (before !== undefined && before.update_sha256 !== '' && before.update_sha256 !== updateSha256)
    await letGoOfUpdate(parts, before.update_sha256, { jobId, isTaken: false });
}

/** What a job has cost here up to now, as it is told to the hub. */
async function spentOn(
  { privacy }: WorkParts,
  jobId: string,
  { delta }: { readonly delta: number },
): Promise<NonNullable<SiteRound['privacy']>> {
  const { epsilon } = await privacy.costOfJob(jobId, delta);
  return { epsilon, delta };
}

/** What was approved is what is done. @throws UnicaError `node.job-altered`. */
function checkDigest(body: Task<'decide-job' | 'train-round' | 'evaluate-model' | 'compare-models'>): void {
  if (specDigest(body.spec) !== body.specSha256) throw new UnicaError('node.job-altered', { jobId: body.jobId });
}
