import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { backUpNode, restoreNode } from '#node';
import type { JobSpec, JobView } from '#wire';
import { openConsentRig } from './consent-rig.ts';

const SITES = ['aa', 'bb', 'cc'];
const JOB: Partial<JobSpec> = {
  ...{ rounds: 14, localSteps: 2, batchSize: 4, quorum: 1, roundDeadlineMs: 3_600_000 },
  aggregation: { updates: 'open', mostFilms: 64 },
};

test('a node that is set back to an old backup in the middle of a job: the rounds go on, and nothing is counted twice', async (context) => {
  const rig = await openConsentRig(context, { siteIds: SITES, approval: 'automatic' });
  const backups = join(rig.home, 'backups');
  const [aa, bb] = rig.owners;
  assert.ok(aa !== undefined && bb !== undefined);
  const stop = async (owner: typeof aa, stopped: boolean) => await owner.post('/api/stop', { stopped }, z.unknown());
  const ended = ({ state }: JobView) => state === 'finished' || state === 'failed';
  const weightsOf = async ({ modelId }: JobView) => {
    assert.ok(modelId !== null);
    return (await rig.model(modelId)).weightsSha256;
  };
  const undisturbed = await rig.jobUntil(await rig.submit(JOB), ended);
  assert.equal(undisturbed.state, 'finished', undisturbed.because ?? '');

  const jobId = await rig.submit(JOB);
  /** The round that waits for one site, while the others have answered. */
  const waitingFor = async (siteId: string, least: number): Promise<number> => {
    const view = await rig.jobUntil(jobId, ({ rounds }) => {
      const round = rounds.at(-1);
      const given = round?.sites.filter(({ state }) => state === 'received').map((site) => site.siteId) ?? [];
      return (round?.round ?? 0) >= least && given.length === SITES.length - 1 && !given.includes(siteId);
    });
    return view.rounds.length;
  };

  // While the backup is made the round has the update of aa: what is restored later says that aa has finished it.
  await rig.jobUntil(jobId, ({ rounds }) => rounds.length >= 1);
  await stop(bb, true);
  const backedUp = await waitingFor('bb', 1);
  await backUpNode(rig.configOf('aa'), { to: backups });
  await stop(bb, false);

  // Rounds later it is set back, its update of the open round delivered: nobody asks for it again.
  await rig.jobUntil(jobId, ({ rounds }) => rounds.length >= backedUp + 3);
  await stop(bb, true);
  const delivered = await waitingFor('bb', backedUp + 3);
  const again = await rig.restart('aa', async (config) => await restoreNode(config, { from: backups, replace: true }));
  await stop(bb, false);

  // And once more, before it has answered: it makes the update that is waited for.
  await rig.jobUntil(jobId, ({ rounds }) => rounds.length >= delivered + 2);
  await stop(again, true);
  const owed = await waitingFor('aa', delivered + 2);
  await rig.restart('aa', async (config) => await restoreNode(config, { from: backups, replace: true }));

  const view = await rig.jobUntil(jobId, ended);
  assert.equal(view.state, 'finished', view.because ?? '');
  assert.ok(backedUp < delivered && delivered < owed && owed <= 14, `${backedUp}, ${delivered}, ${owed}`);
  assert.equal(view.rounds.length, 14);
  const counted = (job: JobView) =>
    job.rounds.map(({ round, sites }) => [
      round,
      ...sites.map(({ siteId, state, metrics }) => [siteId, state, metrics?.samples]).sort(),
    ]);
  assert.deepEqual(counted(view), counted(undisturbed));
  for (const { sites } of view.rounds) assert.deepEqual(sites.map(({ siteId }) => siteId).sort(), SITES);
  // Trained from the same weights, by the same seed and once for each round: an update too many or too few would show in the bits.
  assert.equal(await weightsOf(view), await weightsOf(undisturbed));
});
