import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import Database from 'libsql';
import { decodeState } from '#learning';
import type { DemoReporter } from './demo-reporter.ts';
import { isRunning } from './process-memory.ts';
import { type Demo, type DemoOptions, runDemo } from './run-demo.ts';

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function freshHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'unica-village-'));
  folders.push(home);
  return home;
}

function small(home: string, signal = new AbortController().signal): DemoOptions {
  return { source: { kind: 'synthetic' }, nodes: 2, rounds: 2, films: 150, seed: 3, home, signal };
}

/** Listens to the story; `onLine` may act on it. */
function listener(onLine: (text: string) => void = () => {}): DemoReporter & { readonly heard: readonly string[] } {
  const heard: string[] = [];
  const hear = (text: string): void => {
    heard.push(text);
    onLine(text);
  };
  return {
    heard,
    step: hear,
    line: hear,
    live: () => {},
    table: (headings, rows) => hear([headings, ...rows].map((row) => row.join(' ')).join('\n')),
    warn: hear,
  };
}

interface Result {
  readonly nodes: readonly {
    readonly accepted: number;
    readonly quarantined: number;
    readonly films: number;
    readonly rejected: readonly unknown[];
  }[];
  readonly opted_out: { readonly persons_before: number; readonly persons_after: number };
  readonly search: { readonly pending: readonly string[]; readonly nodes: readonly unknown[] };
  readonly rare_search: { readonly nodes: readonly { readonly suppressed: boolean }[] };
  readonly rounds: readonly { readonly round: number; readonly loss: number; readonly sites: readonly unknown[] }[];
  readonly model: { readonly auc: number; readonly dir: string; readonly explanations: readonly string[] };
  readonly wire: {
    readonly bytes_out_per_node: Readonly<Record<string, number>>;
    readonly phi_found: number;
    readonly unlisted: readonly unknown[];
    readonly stray_bytes: number;
    readonly searched: { readonly texts: number; readonly films: number };
  };
  readonly audit: Readonly<Record<string, { readonly entries: number; readonly intact: boolean }>>;
}

/** A demo that a failed test leaves running would keep the runner waiting. */
async function startDemo(t: TestContext, options: DemoOptions, reporter: DemoReporter): Promise<Demo> {
  const demo = await runDemo(options, reporter);
  t.after(() => demo.close());
  return demo;
}

function assertWhole(demo: Demo): Result {
  const result = demo.result as unknown as Result;
  assert.deepEqual(
    result.nodes.map(({ accepted, quarantined, films }) => [accepted - films, quarantined]),
    [
      [1, 1],
      [0, 0],
    ],
    'every film was taken in; so was the one with a number written on it, which is blacked out; the broken one was not',
  );
  assert.equal(result.opted_out.persons_after, result.opted_out.persons_before - 1);
  assert.deepEqual([result.search.nodes.length, result.search.pending], [2, []]);
  assert.ok(
    result.rare_search.nodes.some(({ suppressed }) => suppressed),
    'a small count was withheld',
  );
  assert.deepEqual(
    result.rounds.map(({ round, sites }) => [round, sites.length]),
    [
      [1, 2],
      [2, 2],
    ],
  );
  assert.ok(result.model.auc > 0 && result.model.auc <= 1);
  assert.ok(existsSync(result.model.dir));
  assert.deepEqual([result.wire.phi_found, result.wire.unlisted, result.wire.stray_bytes], [0, [], 0]);
  assert.ok(result.wire.searched.texts > 150 && result.wire.searched.films > 100, 'the search had something to find');
  for (const bytes of Object.values(result.wire.bytes_out_per_node)) assert.ok(bytes > 300_000, 'updates left');
  assert.deepEqual(
    Object.values(result.audit).map(({ intact }) => intact),
    [true, true, true],
  );
  return result;
}

function pidsOf(home: string): { readonly hub: number; readonly nodes: Readonly<Record<string, number>> } {
  return JSON.parse(readFileSync(join(home, 'processes.json'), 'utf8'));
}

test('the whole network, from films to an explained model, and nothing left running', async (t) => {
  const home = freshHome();
  const demo = await startDemo(t, small(home), listener());
  const pids = pidsOf(home);
  assertWhole(demo);
  await assert.rejects(runDemo(small(home), listener()), { code: 'village.running' });
  await demo.close();
  for (const pid of [pids.hub, ...Object.values(pids.nodes)]) assert.equal(isRunning(pid, undefined), false);
});

function killNode(home: string, siteId: string): void {
  const pid = pidsOf(home).nodes[siteId];
  // 0 would be this process and all beside it.
  assert.ok(pid !== undefined);
  process.kill(pid, 'SIGKILL');
}

test('a node and the hub killed during a round: the run finishes and loses nothing', async (t) => {
  const home = freshHome();
  const killed: string[] = [];
  const reporter = listener((text) => {
    // The first update of a round has arrived: the other node is at work.
    if (/^round 1\/2 {2}\w+ .*films/.test(text) && !killed.includes('node')) {
      killed.push('node');
      killNode(home, text.includes('lisbon') ? 'ljubljana' : 'lisbon');
    }
    if (/^round 1\/2 {2}all/.test(text) && !killed.includes('hub')) {
      killed.push('hub');
      process.kill(pidsOf(home).hub, 'SIGKILL');
    }
  });
  const demo = await startDemo(t, small(home), reporter);
  assert.deepEqual(killed, ['node', 'hub']);
  assert.ok(
    reporter.heard.some((line) => /^node \w+ stopped unexpectedly \(signal SIGKILL\); starting it again$/.test(line)),
  );
  assert.ok(reporter.heard.includes('hub stopped unexpectedly (signal SIGKILL); starting it again'));
  assertWhole(demo);
  await demo.close();
});

/** What strategies remember under a folder of blobs, and in the database that holds the small ones. */
function statesIn(folder: string, database?: string): readonly Float64Array[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  return [...files, ...(database === undefined ? [] : smallContents(database))]
    .filter((bytes) => bytes.subarray(0, 20).toString('latin1') === 'unica strategy state')
    .flatMap((bytes) => Object.values(decodeState(bytes)));
}

function smallContents(path: string): readonly Buffer[] {
  const database = new Database(path, { readonly: true });
  try {
    const rows = database.prepare('SELECT content FROM small_contents').all() as { readonly content: Uint8Array }[];
    return rows.map(({ content }) => Buffer.from(content));
  } finally {
    database.close();
  }
}

test('SCAFFOLD over a killed node and a killed hub: the variates of hub and nodes still tell one story', async (t) => {
  const home = freshHome();
  const killed: string[] = [];
  const reporter = listener((text) => {
    if (/^round 2\/3 {2}\w+ .*films/.test(text) && !killed.includes('node')) {
      killed.push('node');
      killNode(home, text.includes('lisbon') ? 'ljubljana' : 'lisbon');
    }
    if (/^round 2\/3 {2}all/.test(text) && !killed.includes('hub')) {
      killed.push('hub');
      process.kill(pidsOf(home).hub, 'SIGKILL');
    }
  });
  const method = { strategy: { kind: 'scaffold', serverLearningRate: 1 }, optimiser: { kind: 'sgd' } } as const;
  const demo = await startDemo(t, { ...small(home), rounds: 3, method }, reporter);
  await demo.close();
  assert.deepEqual(killed, ['node', 'hub']);
  // With every site in every round the hub's variate is the mean of the sites', which it never received.
  const [lisbon = [], ljubljana = []] = ['lisbon', 'ljubljana'].map((node) =>
    statesIn(join(home, 'nodes', node, 'blobs')),
  );
  const told = statesIn(join(home, 'hub', 'blobs'), join(home, 'hub', 'hub.sqlite')).filter((common) =>
    lisbon.some((one) =>
      ljubljana.some((other) =>
        common.every((value, index) => Math.abs(value - ((one[index] ?? 9) + (other[index] ?? 9)) / 2) <= 1e-6),
      ),
    ),
  );
  assert.equal(told.length, 2, 'the nodes keep the last two rounds');
});

test('a demo stopped in the middle goes on where it stopped', async (t) => {
  const home = freshHome();
  const stopping = new AbortController();
  const first = listener((text) => {
    if (/^round 1\/2 {2}all/.test(text)) stopping.abort();
  });
  await assert.rejects(runDemo(small(home, stopping.signal), first));
  const second = listener();
  const demo = await startDemo(t, small(home), second);
  assert.ok(second.heard[0]?.includes('goes on where it stopped'));
  assertWhole(demo);
  await demo.close();
});
