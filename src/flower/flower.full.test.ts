import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { asUnicaError, silentLog } from '#base';
import { readNpy, writeNpy } from '#engine';
import { FleetDesk } from './fleet-desk.ts';
import { type AdmittedNode, FleetServer } from './fleet-server.ts';
import { type FlowerPeer, pythonsToTry, startFlowerPeer } from './flower-peer.ts';
import { loadOrCreateNodeKey, readNodePublicKey } from './node-key.ts';
import type { FlowerMessage } from './object-graph.ts';
import type { QuestionDesk } from './question.ts';
import { readFlowerApp } from './read-flower-app.ts';
import type { FlowerRecord, RecordDict } from './records.ts';
import { type Answer, type KeptMessage, type MessageLimits, type MessageShelf, SuperNode } from './super-node.ts';
import { type RelayRuns, SuperlinkDesk } from './superlink-desk.ts';

async function startPeer(
  context: TestContext,
  python: string | undefined,
  verb: readonly string[],
): Promise<FlowerPeer | undefined> {
  const started = await startFlowerPeer(python, verb);
  if (typeof started === 'string') {
    context.skip(started);
    return undefined;
  }
  context.after(async () => await started.close());
  return started;
}

interface Result {
  readonly weights: readonly (readonly number[])[];
  readonly phases: readonly {
    readonly type: string;
    readonly errors: readonly string[];
    readonly losses: readonly number[];
  }[];
}

/** bench/flower-app/unica_peer/client.py, in another language. */
function linearSite(site: number) {
  const count = 20 + site;
  const row = (index: number) => [0, 1, 2, 3].map((column) => Math.sin(7.3 * index + 1.7 * column + site));
  const inputs = Array.from({ length: count }, (_, index) => row(index));
  const truth = [1, -2, 0.5, 3];
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  const targets = inputs.map((values) => dot(values, truth) + 0.1 * site);
  return async ({ metadata, content }: FlowerMessage): Promise<Answer> => {
    const arrays = content?.get('arrays');
    const config = content?.get('config');
    assert.ok(arrays?.kind === 'arrays' && config?.kind === 'config');
    let [weights, bias] = [...arrays.arrays].map(([name, { data }]) => [...(readNpy(name, data).data as Float64Array)]);
    assert.ok(weights && bias);
    const errors = () => inputs.map((values, at) => dot(values, weights ?? []) + (bias?.[0] ?? 0) - (targets[at] ?? 0));
    const rate = Number(config.values.get('lr'));
    for (let step = 0; metadata.messageType === 'train' && step < 5; step += 1) {
      const error = errors();
      weights = weights.map(
        (weight, at) =>
          weight -
          (rate *
            dot(
              inputs.map((values) => values[at] ?? 0),
              error,
            )) /
            count,
      );
      bias = [(bias[0] ?? 0) - (rate * error.reduce((sum, one) => sum + one, 0)) / count];
    }
    const loss = errors().reduce((sum, one) => sum + one * one, 0) / count;
    const answer: [string, FlowerRecord][] = [
      [
        'metrics',
        {
          kind: 'metrics',
          values: new Map<string, number | bigint>([
            ['num-examples', BigInt(count)],
            ['loss', loss],
          ]),
        },
      ],
    ];
    if (metadata.messageType === 'train')
      answer.unshift([
        'arrays',
        {
          kind: 'arrays',
          arrays: new Map([
            ['0', float64(weights)],
            ['1', float64(bias)],
          ]),
        },
      ]);
    return { content: new Map(answer) satisfies RecordDict };
  };
}

const float64 = (values: readonly number[]) => ({
  dtype: 'float64',
  shape: [values.length],
  stype: 'numpy.ndarray',
  data: writeNpy([values.length], Float64Array.from(values)),
});

const ROOMY: MessageLimits = {
  largest: async () => 10_000_000,
  refuse: async (_, because) => ({ error: because.message }),
  mostHeld: () => 100_000_000,
};

function memoryShelf(): MessageShelf {
  const kept = new Map<string, KeptMessage>();
  return {
    keep: async (message) => void kept.set(message.messageId, message),
    list: async () => [...kept.values()],
    remove: async (messageId) => void kept.delete(messageId),
  };
}

function memoryRuns(): RelayRuns {
  const kept = new Map<string, bigint>();
  return {
    runOf: async (jobId) => kept.get(jobId),
    jobOf: async (runId) => [...kept].find(([, value]) => value === runId)?.[0],
    remember: async (jobId, runId) => void kept.set(jobId, runId),
    forget: async (jobId) => void kept.delete(jobId),
  };
}

/** Tries again while its node or its run is not there yet. */
async function untilThere<Value>(look: () => Promise<Value>): Promise<Value> {
  for (const untilMs = Date.now() + 120_000; ; ) {
    try {
      return await look();
    } catch (error) {
      const passes = error instanceof assert.AssertionError || asUnicaError(error).code === 'flower.unreachable';
      if (!passes || Date.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

async function scratch(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-flower-'));
  context.after(async () => await rm(folder, { recursive: true }));
  return folder;
}

async function joinAs(
  context: TestContext,
  fleet: string,
  site: number,
  how: { readonly authorities?: Uint8Array; readonly keyFile?: string } = {},
): Promise<void> {
  const node = new SuperNode({
    address: fleet,
    trust: how.authorities === undefined ? { kind: 'no-tls' } : { kind: 'authorities', pem: how.authorities },
    key: await loadOrCreateNodeKey(how.keyFile ?? join(await scratch(context), 'flower.key')),
    answer: linearSite(site),
    shelf: memoryShelf(),
    limits: ROOMY,
    beforeCall: async () => {},
    log: silentLog,
    clock: Date.now,
    pollMs: 200,
  });
  context.after(async () => await node.close());
  node.start();
}

/** Weights of two rounds of a stock federation of two SuperNodes (flwr 1.25.0, numpy 2.4.6); a test below finds the same. */
const STOCK_TWO_ROUNDS = [
  0.5508162483968075, -1.6309053283636386, -0.13054990384302323, 1.6645466010456078, 0.2263724322134418,
];

const close = (a: number | undefined, b: number | undefined) =>
  Math.abs((a ?? Number.NaN) - (b ?? Number.NaN)) <= 1e-12;

/** FedAvg over stock SuperNodes, in float64. */
async function fedAvg(desk: QuestionDesk, nodes: readonly AdmittedNode[], rounds: number) {
  let arrays = new Map([
    ['0', float64([0, 0, 0, 0])],
    ['1', float64([0])],
  ]);
  for (let round = 1; round <= rounds; round += 1) {
    const content: RecordDict = new Map<string, FlowerRecord>([
      ['arrays', { kind: 'arrays', arrays }],
      ['config', { kind: 'config', values: new Map([['lr', 0.1]]) }],
    ]);
    const answers = await Promise.all(
      nodes.map(
        async ({ publicKeyPem }) =>
          await desk.ask(
            publicKeyPem,
            { run: 'a run', type: 'train', group: String(round), content, untilMs: Date.now() + 180_000 },
            AbortSignal.timeout(180_000),
          ),
      ),
    );
    const parts = answers.map((answer) => {
      const [trained, metrics] = [answer.content?.get('arrays'), answer.content?.get('metrics')];
      assert.ok(trained?.kind === 'arrays' && metrics?.kind === 'metrics', answer.error?.reason);
      return { trained: trained.arrays, films: Number(metrics.values.get('num-examples')) };
    });
    const films = parts.reduce((sum, part) => sum + part.films, 0);
    arrays = new Map(
      [...arrays].map(([name, { shape }]) => {
        const mean = new Array<number>(shape[0] ?? 0).fill(0);
        for (const part of parts) {
          const { data } = readNpy(name, part.trained.get(name)?.data ?? new Uint8Array());
          for (const at of mean.keys()) mean[at] = (mean[at] ?? 0) + (Number(data[at]) * part.films) / films;
        }
        return [name, float64(mean)] as const;
      }),
    );
  }
  return [...arrays].flatMap(([name, { data }]) => [...(readNpy(name, data).data as Float64Array)]);
}

/** Where a SuperLink is, and where what a hub needs of it lies. */
interface Joined {
  readonly folder: string;
  readonly fleet: string;
  readonly control: string;
}

async function openDesk(
  { folder, fleet, control }: Joined,
  more: Pick<ConstructorParameters<typeof SuperlinkDesk>[0], 'runs' | 'isOver' | 'settled' | 'log'>,
): Promise<SuperlinkDesk> {
  const desk = new SuperlinkDesk({
    fleet,
    control,
    federation: undefined,
    trust: { kind: 'authorities', pem: await readFile(join(folder, '1/ca.pem')) },
    key: await loadOrCreateNodeKey(join(folder, 'hub.key')),
    app: readFlowerApp('app.fab', await readFile(join(folder, 'app.fab'))),
    clock: Date.now,
    ...more,
  });
  desk.start();
  return desk;
}

async function keysOf(folder: string, site: number): Promise<AdmittedNode> {
  const publicKeyPem = readNodePublicKey(await readFile(join(folder, String(site), 'node.pub'), 'utf8'));
  return { siteId: `site-${site}`, publicKeyPem };
}

/** What this file does instead of testing where another process of it says so: a hub that falls before it has brought the answer that it has announced. */
async function announceAndFall(joined: Joined): Promise<void> {
  const runs = memoryRuns();
  const remember = async (jobId: string, runId: bigint) => {
    await runs.remember(jobId, runId);
    process.stdout.write(`${runId}\n`);
  };
  const desk = await openDesk(joined, {
    runs: { ...runs, remember },
    isOver: async () => false,
    settled: async ({ call }) => {
      if (call === 'PushObject') process.kill(process.pid, 'SIGKILL');
    },
    log: silentLog,
  });
  const asking: QuestionDesk = {
    ask: async (key, question, signal) => await untilThere(() => desk.ask(key, question, signal)),
  };
  await fedAvg(asking, [await keysOf(joined.folder, 1)], 1);
}

const FALLING = process.env['UNICA_FALLING_DESK'];
if (FALLING !== undefined) await announceAndFall(JSON.parse(FALLING) as Joined);

for (const [release, python] of FALLING === undefined ? pythonsToTry(process.env, 'the wire') : []) {
  test(`two stock SuperNodes answer our Fleet service over TLS: the weights of a stock run, within 1e-12${release}`, {
    timeout: 240_000,
  }, async (context) => {
    const folder = await scratch(context);
    const admitted: AdmittedNode[] = [];
    for (const site of [1, 2]) {
      const made = await startPeer(context, python, ['keys', '--out', join(folder, String(site))]);
      if (made === undefined) return;
      await made.next('keys');
      admitted.push(await keysOf(folder, site));
    }
    const bundle = await startPeer(context, python, ['app', '--out', join(folder, 'app.fab')]);
    await bundle?.next('app');
    const tls = {
      certificate: await readFile(join(folder, '1/server.pem')),
      key: await readFile(join(folder, '1/server.key')),
    };
    const app = readFlowerApp('app.fab', await readFile(join(folder, 'app.fab')));
    assert.deepEqual([app.fabId, app.fabVersion], ['unica/unica-peer', '1.0.0']);
    const desk = new FleetDesk(app, Date.now);
    const seen = new Set<string>();
    const server = new FleetServer({
      desk,
      admitted: () => admitted,
      seen: (siteId) => void seen.add(siteId),
      log: silentLog,
      clock: Date.now,
    });
    const port = await server.listen('127.0.0.1', 0, tls);
    context.after(async () => await server.close());
    for (const site of [1, 2]) {
      const node = await startPeer(context, python, [
        'supernode',
        '--superlink',
        `127.0.0.1:${port}`,
        '--site',
        String(site),
        '--ca',
        join(folder, '1/ca.pem'),
        '--key',
        join(folder, String(site), 'node'),
      ]);
      await node?.next('pid');
    }
    const weights = await fedAvg(desk, admitted, 2);
    for (const [at, value] of weights.entries())
      assert.ok(close(value, STOCK_TWO_ROUNDS[at]), `${value} is not ${STOCK_TWO_ROUNDS[at]}`);
    assert.deepEqual([...seen].sort(), ['site-1', 'site-2']);
  });

  test(`a run that we start on a stock SuperLink, with SuperNodes that are authenticated there, has the weights of a stock run, within 1e-12; it goes on where its desk was started anew, and ends with its job${release}`, {
    timeout: 600_000,
  }, async (context) => {
    const folder = await scratch(context);
    const nodes: AdmittedNode[] = [];
    for (const site of [1, 2]) {
      const made = await startPeer(context, python, ['keys', '--out', join(folder, String(site))]);
      if (made === undefined) return;
      await made.next('keys');
      nodes.push(await keysOf(folder, site));
    }
    const bundle = await startPeer(context, python, ['app', '--out', join(folder, 'app.fab')]);
    await bundle?.next('app');
    const tls = join(folder, '1');
    const keys = [1, 2].map((site) => join(folder, String(site), 'node.pub'));
    const link = await startPeer(context, python, ['superlink', '--tls', tls, '--keys', ...keys]);
    assert.ok(link);
    const { fleet, control } = (await link.next('fleet')) as { readonly fleet: string; readonly control: string };
    for (const site of [1, 2]) {
      const secure = ['--ca', join(tls, 'ca.pem'), '--key', join(folder, String(site), 'node')];
      const node = await startPeer(context, python, [
        'supernode',
        '--superlink',
        fleet,
        '--site',
        String(site),
        ...secure,
      ]);
      await node?.next('pid');
    }
    const runs = memoryRuns();
    const over = new Set<string>();
    const ended: unknown[] = [];
    const open = async () => {
      const desk = await openDesk(
        { folder, fleet, control },
        {
          runs,
          isOver: async (jobId) => over.has(jobId),
          settled: async () => {},
          log: { ...silentLog, info: (event, facts) => void (event === 'flower.run-ended' && ended.push(facts)) },
        },
      );
      context.after(async () => await desk.close());
      return desk;
    };
    const first = await open();
    const desk: QuestionDesk = {
      ask: async (key, question, signal) => await untilThere(() => first.ask(key, question, signal)),
    };
    const weights = await fedAvg(desk, nodes, 2);
    for (const [at, value] of weights.entries())
      assert.ok(close(value, STOCK_TWO_ROUNDS[at]), `${value} is not ${STOCK_TWO_ROUNDS[at]}`);
    const run = await runs.runOf('a run');
    assert.ok(run !== undefined);

    await first.close();
    const second = await open();
    const again: QuestionDesk = {
      ask: async (key, question, signal) => await untilThere(() => second.ask(key, question, signal)),
    };
    assert.deepEqual(await fedAvg(again, nodes, 2), weights);
    assert.equal(await runs.runOf('a run'), run, 'the same run');

    over.add('a run');
    await untilThere(async () => assert.equal(await runs.runOf('a run'), undefined));
    assert.deepEqual(ended, [{ jobId: 'a run', run: String(run), how: 'completed' }]);
  });

  test(`a federation of a stock SuperNode and ours ends with the weights of a stock run, within 1e-12${release}`, {
    timeout: 240_000,
  }, async (context) => {
    const stock = await startPeer(context, python, ['federation', '--stock', '2', '--rounds', '2']);
    if (stock === undefined) return;
    const mixed = await startPeer(context, python, ['federation', '--stock', '1', '--nodes', '2', '--rounds', '2']);
    assert.ok(mixed);
    await joinAs(context, String((await mixed.next('fleet'))['fleet']), 2);
    const expected = (await stock.next('result'))['result'] as Result;
    const result = (await mixed.next('result'))['result'] as Result;
    assert.deepEqual(
      result.phases.flatMap(({ errors }) => errors),
      [],
    );
    const numbers = result.weights.flat();
    const wanted = expected.weights.flat();
    assert.equal(numbers.length, 5);
    for (const [at, value] of wanted.entries()) assert.ok(close(value, STOCK_TWO_ROUNDS[at]), 'the recorded run');
    for (const [at, value] of numbers.entries()) assert.ok(close(value, wanted[at]), `${value} is not ${wanted[at]}`);
    for (const [at, { losses }] of result.phases.entries())
      for (const [which, loss] of losses.entries()) assert.ok(close(loss, expected.phases[at]?.losses[which]));
    const losses = result.phases.filter(({ type }) => type === 'evaluate').map((phase) => Math.max(...phase.losses));
    assert.ok((losses.at(-1) ?? 9) < (losses[0] ?? 0), 'the federation learns');
  });
}

for (const [release, python] of FALLING === undefined ? pythonsToTry(process.env, 'our side') : []) {
  test(`a hub that is killed between announcing an answer and bringing it finds its run again, which goes on${release}`, {
    timeout: 600_000,
  }, async (context) => {
    const folder = await scratch(context);
    const tls = join(folder, '1');
    const made = await startPeer(context, python, ['keys', '--out', tls]);
    if (made === undefined) return;
    await made.next('keys');
    const bundle = await startPeer(context, python, ['app', '--out', join(folder, 'app.fab')]);
    await bundle?.next('app');
    const link = await startPeer(context, python, ['superlink', '--tls', tls, '--keys', join(tls, 'node.pub')]);
    assert.ok(link);
    const { fleet, control } = (await link.next('fleet')) as unknown as Pick<Joined, 'fleet' | 'control'>;
    const secure = ['--ca', join(tls, 'ca.pem'), '--key', join(tls, 'node')];
    const node = await startPeer(context, python, ['supernode', '--superlink', fleet, '--site', '1', ...secure]);
    await node?.next('pid');
    const joined = { folder, fleet, control };

    const env = { ...process.env, UNICA_FALLING_DESK: JSON.stringify(joined) };
    const falling = spawn(process.execPath, [import.meta.filename], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const said: Buffer[] = [];
    falling.stdout.on('data', (part: Buffer) => said.push(part));
    const [, how] = (await once(falling, 'exit')) as [number | null, string | null];
    assert.equal(how, 'SIGKILL', 'it fell at its first object');
    const run = BigInt(Buffer.concat(said).toString().trim());

    const runs = memoryRuns();
    await runs.remember('a run', run);
    const desk = await openDesk(joined, {
      runs,
      isOver: async () => false,
      settled: async () => {},
      log: silentLog,
    });
    context.after(async () => await desk.close());
    const asking: QuestionDesk = {
      ask: async (key, question, signal) => await untilThere(() => desk.ask(key, question, signal)),
    };
    const weights = await fedAvg(asking, [await keysOf(folder, 1)], 2);
    assert.ok(weights.every(Number.isFinite) && weights.some((weight) => weight !== 0));
    assert.equal(await runs.runOf('a run'), run, 'the same run');
  });
}
