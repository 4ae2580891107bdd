import { setTimeout as paused } from 'node:timers/promises';
import { type Clock, silentLog } from '#base';
import type { ContractLine } from '#wire';
import { BeamProvider } from './beam-provider.ts';
import { type BeamSettings, beamKey } from './beam-settings.ts';
import { expect, notTried, tried } from './contract-line.ts';
import { type EucaimProvider, eucaimAnswerSchema } from './eucaim-provider.ts';
import type { KillSwitch } from './kill-switch.ts';
import type { OutgoingLedger } from './outgoing-ledger.ts';
import { StandInBeamProxy, type StandInResult } from './stand-in-beam-proxy.ts';

const APP = 'unica.stand-in.broker';
const ASKER = 'explorer.stand-in.broker';
const EVERYONE = { lang: 'ast', query: { ast: { operand: 'OR', children: [] }, id: 'conformance' } };

/** What is needed to try the contract with a Samply Beam proxy. */
export interface BeamContractParts {
  readonly provider: Pick<EucaimProvider, 'answer'>;
  readonly settings: BeamSettings | undefined;
  readonly outgoing: Pick<OutgoingLedger, 'record'>;
  readonly killSwitch: Pick<KillSwitch, 'stopped' | 'signal'>;
  readonly clock: Clock;
}

/** Tries the node as a provider behind a stand-in for a Beam proxy, and looks at the real proxy where there is one. No task of the real one is claimed. */
export async function beamContract(parts: BeamContractParts): Promise<readonly ContractLine[]> {
  return [...(await withStandIn(parts)), ...(await withRealProxy(parts))];
}

async function withStandIn({ provider, clock }: BeamContractParts): Promise<readonly ContractLine[]> {
  const standIn = { contract: 'beam', against: 'stand-in' } as const;
  const proxy = new StandInBeamProxy({ appId: APP, key: 'a key' });
  const proxyUrl = await proxy.listen();
  const providerWith = (apiKey: string) =>
    new BeamProvider({
      settings: { proxyUrl, appId: APP, keyFile: '' },
      apiKey,
      provider,
      // Nothing leaves this machine.
      outgoing: { record: async () => {} },
      killSwitch: { stopped: false, signal: new AbortController().signal },
      log: silentLog,
      clock,
    });
  const stranger = providerWith('another key');
  const own = providerWith('a key');
  try {
    stranger.start();
    const key = await tried({ ...standIn, check: 'beam-key' }, async (signal) => {
      proxy.give(taskOf(0, JSON.stringify(EVERYONE)));
      await until(() => proxy.unauthorised > 0, signal);
      expect(proxy.results.length === 0, 'A result came from an app whose key is wrong.');
      return 'Without the right key nothing is claimed and nothing answered; it is asked again later.';
    });
    await stranger.close();
    own.start();
    const resultOf = async (number: number, signal: AbortSignal): Promise<StandInResult> => {
      const ended = () => proxy.results.find(({ task, status }) => task === idOf(number) && status !== 'claimed');
      await until(() => ended() !== undefined, signal);
      const isClaimed = proxy.results.some(({ task, status }) => task === idOf(number) && status === 'claimed');
      expect(isClaimed, 'The task was answered without being claimed.');
      return ended() as StandInResult;
    };
    const answers = await tried({ ...standIn, check: 'beam-answers' }, async (signal) => {
      const { status, body, to } = await resultOf(0, signal);
      expect(status === 'succeeded', `The result is ${status}: ${body}`);
      expect(to.length === 1 && to[0] === ASKER, 'The result goes to another than who asked.');
      const { collections } = eucaimAnswerSchema.parse(JSON.parse(body));
      return `The task for everyone is claimed and answered with ${collections.length} collections.`;
    });
    const packing = await tried({ ...standIn, check: 'beam-packing' }, async (signal) => {
      proxy.give(taskOf(1, Buffer.from(JSON.stringify(EVERYONE)).toString('base64')));
      const { status, body } = await resultOf(1, signal);
      expect(status === 'succeeded', `The result is ${status}: ${body}`);
      eucaimAnswerSchema.parse(JSON.parse(Buffer.from(body, 'base64').toString('utf8')));
      return 'A task in base64 is answered in base64.';
    });
    const language = await tried({ ...standIn, check: 'beam-language' }, async (signal) => {
      proxy.give(taskOf(2, JSON.stringify({ ...EVERYONE, lang: 'cql' })));
      const { status } = await resultOf(2, signal);
      expect(status === 'permfailed', `A language that is not spoken ends as ${status}.`);
      return 'A language that is not spoken is refused for good, so that nobody waits.';
    });
    const retries = await tried({ ...standIn, check: 'beam-retries' }, async (signal) => {
      proxy.failures = 2;
      proxy.give(taskOf(3, JSON.stringify(EVERYONE)));
      const { status } = await resultOf(3, signal);
      expect(status === 'succeeded' && proxy.failures === 0, `The result is ${status}.`);
      return 'A proxy that fails twice in between gets the result all the same.';
    });
    return [answers, packing, language, retries, key];
  } finally {
    await stranger.close();
    await own.close();
    await proxy.close();
  }
}

async function withRealProxy({ settings, outgoing, killSwitch }: BeamContractParts): Promise<readonly ContractLine[]> {
  const reached = { contract: 'beam', check: 'beam-proxy-reached', against: 'real' } as const;
  const keyed = { contract: 'beam', check: 'beam-proxy-key', against: 'real' } as const;
  if (settings === undefined || killSwitch.stopped) {
    const why =
      settings === undefined ? 'No Beam proxy is set (UNICA_BEAM_PROXY).' : 'Somebody stopped everything that leaves.';
    return [notTried(reached, why), notTried(keyed, why)];
  }
  const ask = async (path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<number> => {
    await outgoing.record({ kind: 'poll', method: 'GET', path: `beam:${path}`, body: new Uint8Array(0), jobId: null });
    const answer = await fetch(`${settings.proxyUrl}${path}`, {
      headers,
      signal: AbortSignal.any([signal, killSwitch.signal]),
      redirect: 'error',
    });
    await answer.body?.cancel();
    return answer.status;
  };
  return [
    await tried(reached, async (signal) => {
      const status = await ask('/v1/health', {}, signal);
      expect(status === 200, `The proxy says of itself ${status}, not 200.`);
      return 'The proxy answers that it is well.';
    }),
    await tried(keyed, async (signal) => {
      const authorization = `ApiKey ${settings.appId} ${await beamKey(settings)}`;
      const status = await ask('/v1/tasks?filter=todo&wait_count=0&wait_time=1s', { authorization }, signal);
      expect(status !== 401 && status !== 403, 'The proxy does not know this app or its key.');
      expect(status === 200 || status === 206, `The proxy answers ${status} where 200 or 206 is agreed.`);
      return 'The proxy lists the tasks of this app; none was claimed.';
    }),
  ];
}

const idOf = (number: number) => `00000000-0000-4000-8000-00000000000${number}`;

function taskOf(number: number, body: string) {
  return { id: idOf(number), from: ASKER, to: [APP], body, ttl: '60s', failure_strategy: 'discard', metadata: null };
}

async function until(holds: () => boolean, signal: AbortSignal): Promise<void> {
  while (!holds()) await paused(20, undefined, { signal }).catch(() => signal.throwIfAborted());
}
