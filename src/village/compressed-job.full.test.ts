import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Hex } from '#base';
import { approvalsSchema, type JobView, outgoingSchema } from '#wire';
import { type BareJob, BareNetwork } from './bare-network.ts';
import { openConsentRig } from './consent-rig.ts';

// A hub and three nodes as processes: updates made smaller, and what was left out is not lost when a process is.

const JOB: BareJob = {
  rounds: 6,
  localSteps: 3,
  seed: 12,
  quorum: 1,
  roundDeadlineMs: 120_000,
  compression: { kind: 'top-k', share: 0.02 },
};

/** What a receipt says beside the update that comes inside it: figures, where they come from, the wish for more work. */
const REST_OF_RECEIPT_BYTES = 2048;

test('learning with smaller updates through the real network', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'unica-compressed-'));
  const village = await BareNetwork.open({ home, nodes: 3, signal: new AbortController().signal });
  t.after(async () => {
    await village.close();
    rmSync(home, { recursive: true, force: true });
  });
  const weightsOf = async ({ modelId }: JobView) => sha256Hex(await village.weights(modelId ?? ''));
  const undisturbed = await village.run(JOB);
  const bits = await weightsOf(undisturbed);

  await t.test('travel open, in a thirtieth of the bytes, and owners are told before they decide', async () => {
    assert.equal(undisturbed.spec.aggregation, undefined);
    for (const { sites } of undisturbed.rounds)
      for (const { metrics } of sites) {
        assert.ok(metrics?.compression !== undefined);
        assert.ok(metrics.compression.plainBytes > 30 * metrics.bytesOut);
        assert.ok(metrics.compression.leftBehind > 0 && metrics.compression.leftBehind < 1);
      }
    for (const node of village.network.nodes) {
      const { items } = await node.owner.get('/api/approvals', approvalsSchema);
      const asked = items.find(({ jobId }) => jobId === undisturbed.jobId);
      assert.deepEqual(asked?.leaving.compression, JOB.compression);
      assert.equal(asked?.leaving.whyOpen, 'compressed');
      const left = await node.owner.get(`/api/outgoing?limit=5000&jobId=${undisturbed.jobId}`, outgoingSchema);
      const bytes = left.items.filter(({ kind }) => kind === 'update').map((item) => item.bytes);
      const told = asked?.leaving.bytesPerRound ?? 0;
      for (const { sites } of undisturbed.rounds)
        for (const { siteId, metrics } of sites)
          if (siteId === node.siteId)
            assert.ok((metrics?.bytesOut ?? 0) > 0 && (metrics?.bytesOut ?? told + 1) <= told);
      assert.equal(bytes.length, JOB.rounds);
      // So small an update comes inside the receipt, where three bytes are four letters.
      const sent = Math.ceil(told / 3) * 4;
      for (const one of bytes)
        assert.ok(one > told && one <= sent + REST_OF_RECEIPT_BYTES, `${one} bytes, ${told} told`);
    }
  });

  await t.test('a node or the hub killed in every round: the same bits', async () => {
    const killed = new Set<number>();
    const view = await village.run(JOB, ({ rounds }) => {
      const round = rounds.at(-1);
      if (round === undefined || killed.has(round.round)) return;
      killed.add(round.round);
      const { hub, nodes } = JSON.parse(readFileSync(join(home, 'processes.json'), 'utf8')) as Pids;
      const pid = round.round === 2 ? hub : Object.values(nodes)[round.round % 3];
      // 0 would be this process and all beside it.
      assert.ok(pid !== undefined);
      process.kill(pid, 'SIGKILL');
    });
    assert.ok(killed.size >= 3);
    assert.equal(await weightsOf(view), bits);
  });

  await t.test('the same job with updates as they are has other bits', async () => {
    const { compression: _, ...plain } = JOB;
    assert.notEqual(
      await weightsOf(await village.run({ ...plain, aggregation: { updates: 'open', mostFilms: 256 } })),
      bits,
    );
  });
});

test('a node that may not make updates smaller says so, and sends whole ones in the same rounds', async (t) => {
  const siteIds = ['aa', 'bb', 'cc'];
  const settings = { bb: { compression: 'never' } };
  const rig = await openConsentRig(t, { siteIds, approval: 'automatic', settings });
  const ended = async (jobId: string) =>
    await rig.jobUntil(jobId, ({ state }) => state === 'finished' || state === 'failed');
  const view = await ended(await rig.submit({ rounds: 2, compression: { kind: 'int8' } }));
  assert.equal(view.state, 'finished', view.because ?? '');
  assert.deepEqual(
    view.sites.map(({ sendsWhole }) => sendsWhole),
    [undefined, true, undefined],
  );
  for (const { sites } of view.rounds) {
    const [first, whole, third] = sites.map(({ metrics }) => metrics ?? assert.fail());
    assert.equal(whole?.compression, undefined);
    assert.equal(whole?.bytesOut, first?.compression?.plainBytes);
    assert.ok((third?.bytesOut ?? 0) < 0.3 * (whole?.bytesOut ?? 0));
  }
});

interface Pids {
  readonly hub: number;
  readonly nodes: Readonly<Record<string, number>>;
}
