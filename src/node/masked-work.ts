import { randomBytes } from 'node:crypto';
import {
  beginSum,
  bytesOfNumbers,
  dealShares,
  maskNumbers,
  type OpenedSum,
  openSum,
  type SiteSum,
  signSurvivors,
} from '#aggregation';
import { UnicaError } from '#base';
import { checkNorm, countedNumbers, decodeChange, isMasked, numberGrid, siteUpdate, whatLeaves } from '#learning';
import { contentDigest, openContent } from '#store';
import { type JobSpec, type Receipt, type SiteRound, siteRoundSchema, type TaskBody } from '#wire';
import { checkAsked } from './approvals.ts';
import { letGoOfUpdate } from './let-go-of-update.ts';
import type { SumRoundRow } from './sum-rounds.ts';
import type { WorkParts } from './work-parts.ts';

type Task<Kind extends TaskBody['kind']> = Extract<TaskBody, { kind: Kind }>;
const random = (bytes: number) => new Uint8Array(randomBytes(bytes));

/**
 * Pins the keys of a job's sites before its owner is asked.
 * @throws UnicaError `aggregation.refused` where the hub shows no key of a site, `aggregation.peer-changed`, `aggregation.peer-unconfirmed`.
 */
export async function pinPeers(parts: WorkParts, { spec, roster = [] }: Task<'decide-job'>): Promise<void> {
  if (!isMasked(spec)) return;
  const { peers, keys } = parts.masking;
  const missing = spec.sites.find((siteId) => !roster.some((shown) => shown.siteId === siteId));
  if (missing !== undefined)
    throw new UnicaError('aggregation.refused', { problem: `the hub shows no key of ${missing}` });
  const own = { siteId: parts.card.siteId, publicKey: keys.publicKey };
  await peers.pin(
    roster.filter(({ siteId }) => spec.sites.includes(siteId)),
    { rule: parts.config.peerKeys, own },
  );
}

/**
 * Keeps a trained update back and makes the keys of its round; again the same keys.
 * @throws UnicaError `learning.update-refused`; `aggregation.secrets-gone`: a round is masked once, or two sums over different sites would show a site's update.
 */
export async function keepBack(
  parts: WorkParts,
  body: Task<'train-round'>,
  trained: { readonly file: Uint8Array; readonly metrics: SiteRound },
): Promise<{ readonly receipt: Extract<Receipt, { kind: 'trained-masked' }>; readonly updateSha256: string }> {
  const { blobs, sums, keys } = parts.masking;
  const { jobId, round, specSha256, weightsSha256, spec } = body;
  const earlier = await sums.find(jobId, round);
  // What the hub cannot see this site checks itself.
  const change = decodeChange(spec, trained.file);
  if (spec.longestChange !== undefined) checkNorm(change, spec.longestChange);
  const bytesOut = whatLeaves(spec).bytesPerRound;
  const metrics = { ...trained.metrics, bytesOut };
  const { sha256 } = await blobs.put(trained.file);
  if (earlier !== undefined) {
    // The node fell before the round counted as trained; what it trained anew takes the place of what nobody has heard of.
    const receipt = againReceipt(earlier, { ...body, metrics });
    if ('group' in earlier.state) throw gone(body);
    await sums.keep({ ...earlier, updateSha256: sha256 });
    await forget(parts, [earlier]);
    return { receipt, updateSha256: sha256 };
  }
  const state = beginSum({ jobId, round, specSha256 }, { siteId: parts.card.siteId, keys, random });
  await forget(parts, await sums.keep({ jobId, round, weightsSha256, updateSha256: sha256, state }));
  return { receipt: { kind: 'trained-masked', advert: state.advert, metrics }, updateSha256: sha256 };
}

/** The answer to a round that was trained before. @throws UnicaError `aggregation.secrets-gone`. */
export async function keptBack(
  parts: WorkParts,
  body: Task<'train-round'>,
  metrics: SiteRound,
): Promise<Extract<Receipt, { kind: 'trained-masked' }>> {
  const earlier = await parts.masking.sums.find(body.jobId, body.round);
  if (earlier === undefined) throw gone(body);
  return againReceipt(earlier, { ...body, metrics });
}

function againReceipt(
  { state, weightsSha256 }: SumRoundRow,
  asked: Pick<Task<'train-round'>, 'jobId' | 'round' | 'weightsSha256'> & { readonly metrics: SiteRound },
): Extract<Receipt, { kind: 'trained-masked' }> {
  if ('opened' in state || weightsSha256 !== asked.weightsSha256) throw gone(asked);
  return { kind: 'trained-masked', advert: state.advert, metrics: asked.metrics };
}

/**
 * One step of adding up a round. What the step changes is on disk before its answer leaves.
 * @throws UnicaError `aggregation.*`, `node.job-not-approved`, `node.order-exceeds-approval`, `access.permit-refused`, `learning.update-refused`.
 */
export async function addUp(parts: WorkParts, body: Task<'secure-sum'>, signal: AbortSignal): Promise<Receipt> {
  const { jobId, round, step } = body;
  const approval = await parts.approvals.approved(body);
  const { spec } = approval;
  const permit = await parts.permits.verify(body.permit, {
    operation: 'train',
    dataset: spec.dataset,
    privacy: { noisy: spec.privacy !== undefined, epsilon: 0 },
  });
  checkAsked(approval, body, permit);
  const row = await parts.masking.sums.find(jobId, round);
  if (row === undefined) throw gone(body);
  const { state } = row;
  if ('opened' in state) {
    if (step.step === 'open-sum') return state.opened;
    throw gone(body);
  }
  const keep = async (next: SiteSum | OpenedSum) =>
    await forget(parts, await parts.masking.sums.keep({ ...row, state: next }));
  switch (step.step) {
    case 'deal-shares': {
      const identityOf = await identitiesOf(parts);
      const { sum, receipt } = dealShares(state, step.adverts, { sites: spec.sites, identityOf, random });
      await keep(sum);
      return receipt;
    }
    case 'send-masked':
      return await sendMasked(parts, { row, state, spec, step, keep, signal });
    case 'sign-survivors': {
      const { sum, receipt } = signSurvivors(state, step.survivors, parts.masking.keys);
      await keep(sum);
      return receipt;
    }
    case 'open-sum': {
      const opened = openSum(state, step.signatures, await identitiesOf(parts));
      await keep(opened);
      await forget(parts, [row]);
      return opened.opened;
    }
  }
}

async function sendMasked(
  parts: WorkParts,
  asked: {
    readonly row: SumRoundRow;
    readonly state: SiteSum;
    readonly spec: JobSpec;
    readonly step: Extract<Task<'secure-sum'>['step'], { step: 'send-masked' }>;
    readonly keep: (next: SiteSum) => Promise<void>;
    readonly signal: AbortSignal;
  },
): Promise<Receipt> {
  const { row, state, spec, signal } = asked;
  const { jobId, round } = row;
  const grid = numberGrid(spec);
  const films = (await trainedFilms(parts, row)).samples;
  if (grid === undefined) throw gone(row);
  const change = decodeChange(spec, await parts.masking.blobs.get(row.updateSha256));
  const update = siteUpdate(spec, round, { siteId: parts.card.siteId, change, films });
  const numbers = countedNumbers(spec, update, grid);
  const masked = await maskNumbers(state, numbers, asked.step);
  const file = bytesOfNumbers(numbers);
  const maskedSha256 = contentDigest(file);
  await asked.keep({ ...masked, maskedSha256 });
  await parts.hub.putBlob(maskedSha256, async () => openContent(file), {
    jobId,
    signal,
    kind: 'masked-update',
    whenTaken: async () => {},
  });
  await parts.journal.append({
    actor: 'hub',
    action: 'round.masked-sent',
    subject: jobId,
    facts: { round, maskedSha256, bytes: file.length, sites: asked.step.dealers.length },
  });
  return { kind: 'masked-sent', maskedSha256 };
}

async function trainedFilms({ db }: WorkParts, row: SumRoundRow): Promise<SiteRound> {
  const finished = await db
    .selectFrom('finished_rounds')
    .select('metrics')
    .where('job_id', '=', row.jobId)
    .where('round', '=', row.round)
    .executeTakeFirst();
  if (finished === undefined) throw gone(row);
  return siteRoundSchema.parse(JSON.parse(finished.metrics));
}

/** Keys as this node has pinned them, and its own. */
async function identitiesOf({ masking, card }: WorkParts): Promise<(siteId: string) => string | undefined> {
  const known = new Map((await masking.peers.list()).map(({ siteId, publicKey }) => [siteId, publicKey]));
  known.set(card.siteId, masking.keys.publicKey);
  return (siteId) => known.get(siteId);
}

/** Updates of rounds that are over need not be kept back any longer. */
async function forget(parts: WorkParts, rows: readonly SumRoundRow[]): Promise<void> {
  for (const { jobId, updateSha256 } of rows) await letGoOfUpdate(parts, updateSha256, { jobId, isTaken: false });
}

function gone({ jobId, round }: { readonly jobId: string; readonly round: number }): UnicaError {
  return new UnicaError('aggregation.secrets-gone', { jobId, round });
}
