import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Libsql from 'libsql';
import { approvalsSchema, outgoingSchema, privacyLedgerSchema } from '#wire';
import { type BareJob, BareNetwork } from './bare-network.ts';

// Two nodes as processes that train with differential privacy, killed while they train and the moment a round is written down:
// ε is spent once for every round that counted, and nothing leaves that was not written down first.

const ROUNDS = 5;
const PRIVACY = { noiseMultiplier: 2, clipNorm: 1, delta: 1e-5, epsilon: 100 } as const;
const JOB: BareJob = {
  rounds: ROUNDS,
  localSteps: 4,
  batchSize: 4,
  seed: 21,
  quorum: 1,
  roundDeadlineMs: 240_000,
  privacy: PRIVACY,
};

/** A row of a node's ledger, read beside the running node. */
interface Paid {
  readonly job_id: string;
  readonly round: number;
  readonly update_sha256: string;
  readonly noise_multiplier: number;
  readonly steps: number;
}

function paidAt(home: string): readonly Paid[] {
  const database = new Libsql(join(home, 'node.sqlite'), { readonly: true });
  try {
    return database.prepare('select * from privacy_ledger order by sequence').all() as readonly Paid[];
  } finally {
    database.close();
  }
}

test('a node killed in a job with differential privacy neither pays a round twice nor forgets one', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'unica-private-kills-'));
  const village = await BareNetwork.open({
    home,
    nodes: 2,
    crashing: true,
    signal: new AbortController().signal,
  });
  t.after(async () => {
    await village.close();
    rmSync(home, { recursive: true, force: true });
  });
  const { nodes } = village.network;
  const kill = (siteId: string) => {
    const { nodes: pids } = JSON.parse(readFileSync(join(home, 'processes.json'), 'utf8')) as Pids;
    const pid = pids[siteId];
    // 0 would be this process and all beside it.
    assert.ok(pid !== undefined && pid > 0);
    process.kill(pid, 'SIGKILL');
  };
  const [first, second] = nodes;
  assert.ok(first !== undefined && second !== undefined);
  const kills = { training: 0, written: 0, notYetSent: 0 };
  const seen = new Set<number>();
  let paid = 0;
  // The moment a round is written down at the second node, before or while its update leaves.
  const watching = setInterval(() => {
    const rows = paidAt(second.config.home).length;
    if (rows <= paid) return;
    paid = rows;
    kill(second.siteId);
    kills.written += 1;
    const arrived = last?.find(({ siteId }) => siteId === second.siteId)?.state === 'received';
    if (!arrived) kills.notYetSent += 1;
  }, 2);
  let last: { readonly siteId: string; readonly state: string }[] | undefined;
  const view = await village
    .run(JOB, ({ rounds }) => {
      const round = rounds.at(-1);
      last = round === undefined ? undefined : [...round.sites];
      if (round === undefined || round.state !== 'open' || seen.has(round.round)) return;
      seen.add(round.round);
      kill(first.siteId);
      kills.training += 1;
    })
    .finally(() => clearInterval(watching));
  t.diagnostic(JSON.stringify(kills));
  assert.ok(kills.training >= 3 && kills.written >= 3, JSON.stringify(kills));
  assert.equal(view.state, 'finished', view.because ?? '');

  for (const node of nodes) {
    await t.test(`${node.siteId}: a row for each round, and what left is what was paid for`, async () => {
      const rows = paidAt(node.config.home);
      assert.deepEqual(
        rows.map(({ job_id, round }) => [job_id, round]),
        Array.from({ length: ROUNDS }, (_, index) => [view.jobId, index + 1]),
      );
      for (const row of rows) {
        assert.deepEqual([row.steps, row.noise_multiplier], [JOB.localSteps, PRIVACY.noiseMultiplier]);
      }
      const { items } = await node.owner.get('/api/approvals', approvalsSchema);
      const beforehand = items.find(({ jobId }) => jobId === view.jobId)?.leaving.privacy?.epsilon ?? 0;
      const ledger = await node.owner.get('/api/privacy-ledger', privacyLedgerSchema);
      const told = view.rounds.at(-1)?.sites.find(({ siteId }) => siteId === node.siteId)?.metrics?.privacy?.epsilon;
      assert.ok(ledger.intact && beforehand > 0);
      for (const epsilon of [ledger.spent, told ?? 0]) {
        assert.ok(Math.abs(epsilon - beforehand) < 1e-9, `${epsilon}, and ${beforehand} was told beforehand`);
      }
      const left = await node.owner.get(`/api/outgoing?limit=5000&jobId=${view.jobId}`, outgoingSchema);
      const digests = left.items.flatMap(({ kind, path }) =>
        kind === 'update' ? (/blobs\/([0-9a-f]{64})(?![0-9a-f])/.exec(path)?.[1] ?? []) : [],
      );
      assert.deepEqual(new Set(digests), new Set(rows.map(({ update_sha256 }) => update_sha256)));
    });
  }
});

interface Pids {
  readonly nodes: Readonly<Record<string, number>>;
}
