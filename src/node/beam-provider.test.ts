import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '#base';
import { BeamProvider } from './beam-provider.ts';
import type { EucaimAnswer } from './eucaim-provider.ts';
import { StandInBeamProxy } from './stand-in-beam-proxy.ts';

const APP = 'unica.hospital.broker';
const TASK = {
  id: '11111111-0000-4000-8000-000000000001',
  from: 'explorer.central.broker',
  to: [APP],
  body: JSON.stringify({ lang: 'ast', query: { ast: { operand: 'OR', children: [] } } }),
  ttl: '600s',
  failure_strategy: 'discard',
  metadata: null,
};

const ANSWER = {} as EucaimAnswer;

function providerOf(
  proxyUrl: string,
  {
    answer,
    onSent = () => {},
  }: { readonly answer: () => Promise<EucaimAnswer>; readonly onSent?: (path: string) => void },
): BeamProvider {
  return new BeamProvider({
    settings: { proxyUrl, appId: APP, keyFile: '' },
    apiKey: 'secret',
    provider: { answer },
    outgoing: { record: async ({ path }) => onSent(path) },
    killSwitch: { stopped: false, signal: new AbortController().signal },
    log: silentLog,
    clock: Date.now,
  });
}

test('a node that stops gives back what it had claimed: a broker offers a claimed task to nobody else', async (context) => {
  const proxy = new StandInBeamProxy({ appId: APP, key: 'secret' });
  const proxyUrl = await proxy.listen();
  context.after(() => proxy.close());
  const sent: string[] = [];
  const onSent = (path: string) => void sent.push(path);
  const asked = later<void>();
  const finished = later<EucaimAnswer>();
  const first = providerOf(proxyUrl, {
    onSent,
    answer: async () => {
      asked.resolve();
      return await finished.promise;
    },
  });
  context.after(() => first.close());
  first.start();
  proxy.give(TASK);
  await asked.promise;
  const closed = first.close();
  finished.resolve(ANSWER);
  await closed;
  assert.deepEqual(statuses(proxy), ['claimed', 'tempfailed']);
  assert.equal(sent.filter((path) => path.includes('/results/')).length, 2, 'what leaves is listed, the last word too');

  const second = providerOf(proxyUrl, { answer: async () => ANSWER });
  context.after(() => second.close());
  second.start();
  while (statuses(proxy).at(-1) !== 'succeeded') await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(statuses(proxy), ['claimed', 'tempfailed', 'claimed', 'succeeded'], 'offered again, and answered');
  await second.close();
  assert.equal(statuses(proxy).length, 4, 'what was answered is not given back');
});

test('a node that stops while its claim is on the way gives the task back too: it may have arrived', async (context) => {
  const proxy = new StandInBeamProxy({ appId: APP, key: 'secret' });
  const proxyUrl = await proxy.listen();
  context.after(() => proxy.close());
  const claiming = later<void>();
  let closed: Promise<void> | undefined;
  const provider = providerOf(proxyUrl, {
    answer: async () => ANSWER,
    onSent: (path) => {
      if (!path.includes('/results/') || closed !== undefined) return;
      closed = provider.close();
      claiming.resolve();
    },
  });
  context.after(() => provider.close());
  provider.start();
  proxy.give(TASK);
  await claiming.promise;
  await closed;
  assert.deepEqual(statuses(proxy), ['tempfailed']);
});

test('a node that stops while its answer is on the way lets it arrive, and does not give the answered task back', async (context) => {
  const proxy = new StandInBeamProxy({ appId: APP, key: 'secret' });
  const proxyUrl = await proxy.listen();
  context.after(() => proxy.close());
  const closing = later<void>();
  let closed: Promise<void> | undefined;
  let toldTimes = 0;
  const provider = providerOf(proxyUrl, {
    answer: async () => ANSWER,
    onSent: (path) => {
      if (!path.includes('/results/')) return;
      toldTimes += 1;
      // The claim, and then the answer.
      if (toldTimes !== 2) return;
      closed = provider.close();
      closing.resolve();
    },
  });
  context.after(() => provider.close());
  provider.start();
  proxy.give(TASK);
  await closing.promise;
  await closed;
  assert.deepEqual(statuses(proxy), ['claimed', 'succeeded']);
});

function statuses({ results }: StandInBeamProxy): readonly string[] {
  return results.map(({ status }) => status);
}

function later<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
