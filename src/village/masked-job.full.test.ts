import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Hex } from '#base';
import { approvalsSchema, type JobView, nodeStatusSchema, outgoingSchema } from '#wire';
import { type BareJob, BareNetwork } from './bare-network.ts';

// A hub and three nodes as processes: the same job open and masked, over killed processes, and with a node that drops out.

const JOB: BareJob = { rounds: 3, localSteps: 3, seed: 11, quorum: 1, roundDeadlineMs: 120_000 };
const masked: BareJob = { ...JOB, aggregation: { updates: 'masked', mostFilms: 256 } };
const open: BareJob = { ...JOB, aggregation: { updates: 'open', mostFilms: 256 } };

test('masked learning through the real network', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'unica-masked-'));
  const village = await BareNetwork.open({ home, nodes: 3, signal: new AbortController().signal });
  t.after(async () => {
    await village.close();
    rmSync(home, { recursive: true, force: true });
  });
  const pids = () => JSON.parse(readFileSync(join(home, 'processes.json'), 'utf8')) as Pids;
  const weightsOf = async ({ modelId }: JobView) => sha256Hex(await village.weights(modelId ?? ''));
  const undisturbed = await weightsOf(await village.run(open));

  await t.test('a job that does not say is masked, and its bits are those of the open one', async () => {
    const view = await village.run({ ...JOB, rounds: 1 });
    assert.equal(view.spec.aggregation?.updates, 'masked');
    // The bound of the weights follows from what was published; the bits are compared under the same one.
    const same = await village.run({
      ...masked,
      aggregation: { ...open.aggregation, updates: 'masked', mostFilms: 256 },
    });
    assert.equal(await weightsOf(same), undisturbed);
    assert.deepEqual(
      same.rounds.map(({ sum }) => sum),
      Array(3).fill({ step: 'open-sum', group: 3, needed: 2, answered: 3 }),
    );
    for (const node of village.network.nodes) {
      const { items } = await node.owner.get('/api/approvals', approvalsSchema);
      const asked = items.find(({ jobId }) => jobId === same.jobId);
      assert.deepEqual([asked?.leaving.isMasked, asked?.leaving.whyOpen, asked?.peers.length], [true, null, 2]);
      for (const peer of asked?.peers ?? []) assert.match(peer.fingerprint ?? '', /^([0-9a-f]{4} ){7}[0-9a-f]{4}$/);
      const left = await node.owner.get('/api/outgoing?limit=5000', outgoingSchema);
      const ofJob = left.items.filter(({ jobId }) => jobId === same.jobId).map(({ kind }) => kind);
      assert.equal(ofJob.filter((kind) => kind === 'masked-update').length, 3);
      assert.ok(!ofJob.includes('update'), 'nothing left open');
    }
  });

  await t.test('a node and the hub killed in the middle of adding up: the same bits', async () => {
    const due: ((running: Pids) => number | undefined)[] = [
      ({ nodes }) => Object.values(nodes)[1],
      ({ hub }) => hub,
      ({ nodes }) => Object.values(nodes)[0],
    ];
    // A round may be over before anybody looks, so the job is repeated until each of them was met in the middle.
    for (let jobs = 1; due.length > 0; jobs += 1) {
      assert.ok(jobs <= 8, `${due.length} of 3 were never met in the middle of a round`);
      let killedIn = 0;
      const meet = ({ rounds }: JobView) => {
        const round = rounds.at(-1);
        if (round === undefined || round.round === killedIn || due.length === 0) return;
        if (!round.sites.some(({ state }) => state === 'received')) return;
        const pid = due.shift()?.(pids());
        // 0 would be this process and all beside it.
        assert.ok(pid !== undefined && pid > 0);
        process.kill(pid, 'SIGKILL');
        killedIn = round.round;
      };
      assert.equal(await weightsOf(await village.run(masked, meet, 25)), undisturbed);
    }
  });

  await t.test('a node that its owner stops after training is left out of the sum', async () => {
    const [first, second, third] = village.network.nodes;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    // The same scale, so the same bits: half the sites, twice the bound.
    const pair: BareJob = { ...JOB, rounds: 1, sites: [second.siteId, third.siteId] };
    const expected = await village.run({ ...pair, aggregation: { updates: 'open', mostFilms: 512 } });
    const job: BareJob = { ...masked, rounds: 1, roundDeadlineMs: 4000 };
    const stop = async (stopped: boolean) => await first.owner.post('/api/stop', { stopped }, nodeStatusSchema);
    let [frozen, stopped, thawed] = [false, false, false];
    const slow = pids().nodes[third.siteId];
    assert.ok(slow !== undefined);
    const look = ({ rounds: [round], sites }: JobView) => {
      const stateOf = (siteId: string) => round?.sites.find((site) => site.siteId === siteId)?.state;
      if (!frozen && sites.every(({ decision }) => decision === 'approved')) {
        process.kill(slow, 'SIGSTOP');
        frozen = true;
      }
      if (!stopped && stateOf(first.siteId) === 'received') {
        stopped = true;
        void stop(true).then(() => {
          process.kill(slow, 'SIGCONT');
          thawed = true;
        });
      }
    };
    const view = await village.run(job, look, 25);
    await stop(false);
    assert.ok(thawed);
    const site = view.rounds[0]?.sites.find(({ siteId }) => siteId === first.siteId);
    assert.deepEqual([site?.state, site?.because], ['failed', 'its part of the masked sum did not come in time']);
    assert.equal(await weightsOf(view), await weightsOf(expected));
  });
});

interface Pids {
  readonly hub: number;
  readonly nodes: Readonly<Record<string, number>>;
}
