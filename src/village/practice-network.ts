import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { silentLog, UnicaError } from '#base';
import { createHubToken, hubConfig, startHub } from '#hub';
import type { PracticeNetwork } from '#node';
import { syntheticSite } from '#synth';
import { memberListSchema, type Role, searchViewSchema } from '#wire';
import { HouseClient } from './house-client.ts';

/** Enough people for a count to be told: fewer than ten are withheld. */
const PEOPLE = 24;
/** The coordinator of a practice takes so long, that it can be seen what waiting looks like. */
const COORDINATOR_MS = 2500;
const SITE = { siteId: 'practice', country: 'PT', displayName: 'Practice hospital' } as const;
const ANYBODY = { is: 'modality', in: ['DX', 'CR'] } as const;

/** A network to practise with; its folder is its owner's. */
export interface OpenPractice extends PracticeNetwork {
  /** For somebody of the network in a role of theirs. */
  readonly hubToken: (role: Role) => Promise<string>;
  close(): Promise<void>;
}

/**
 * A hub with an invitation, and films of made-up people in a folder: everything real but what it is about.
 * @param approval `ask`: a coordinator lets the site in after a moment
 */
export async function startPracticeNetwork(
  folder: string,
  { approval, port = 0 }: { readonly approval: 'ask' | 'automatic'; readonly port?: number },
): Promise<OpenPractice> {
  const settings = hubConfig({
    home: join(folder, 'hub'),
    port: String(port),
    siteApproval: approval,
    name: 'Practice network',
    logLevel: 'silent',
  });
  const hub = await startHub(settings, silentLog);
  try {
    const address = hub.server.fastify.server.address();
    const hubUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : port}`;
    const hubToken = async (role: Role) =>
      await createHubToken(settings, { name: `practice ${role}`, roles: [role], days: 1 });
    const person = async (role: Role) =>
      new HouseClient({ house: 'hub', url: hubUrl, token: await hubToken(role), patienceMs: 5000 });
    const coordinator = await person('coordinator');
    const researcher = await person('researcher');
    const { code } = await coordinator.post('/api/enrolment-codes', SITE, z.object({ code: z.string() }));
    const films = join(folder, 'films');
    await mkdir(films, { recursive: true });
    for (const { fileName, bytes } of syntheticSite({ ...SITE, persons: PEOPLE, seed: 1, secondFilmShare: 0 }))
      await writeFile(join(films, fileName), bytes);
    const letIn = setInterval(() => void approveWaiting(coordinator).catch(() => {}), COORDINATOR_MS);
    return {
      hubUrl,
      code,
      films,
      hubToken,
      count: async (signal) => await countPeople(researcher, hubUrl, signal),
      async close() {
        clearInterval(letIn);
        await hub.close();
      },
    };
  } catch (error) {
    await hub.close();
    throw error;
  }
}

/** Whoever waits is let in by the coordinator of the practice. */
async function approveWaiting(coordinator: HouseClient): Promise<void> {
  const { members } = await coordinator.get('/api/sites', memberListSchema);
  for (const {
    site: { siteId, state },
  } of members) {
    if (state === 'pending')
      await coordinator.post(`/api/sites/${siteId}/standing`, { change: 'approve', because: 'practice' }, z.unknown());
  }
}

/** How many people with a film the network was told of; null: withheld. */
async function countPeople(researcher: HouseClient, hubUrl: string, signal: AbortSignal): Promise<number | null> {
  let view = await researcher.post('/api/searches', { query: ANYBODY }, searchViewSchema, signal);
  const endMs = performance.now() + 20_000;
  while (view.pending.length > 0 && performance.now() < endMs)
    view = await researcher.get(`/api/searches/${view.id}?waitMs=1000`, searchViewSchema, signal);
  const [own] = view.nodes;
  // What did not come is not what was withheld.
  if (own === undefined)
    throw new UnicaError('checkup.service-unreachable', {
      what: 'This node, asked by the practice network,',
      url: hubUrl,
      reason: view.failed[0]?.because ?? 'no answer in 20 seconds',
    });
  return own.suppressed ? null : view.total.persons;
}
