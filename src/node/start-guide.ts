import { fileURLToPath } from 'node:url';
import { asUnicaError, type Log, UnicaError } from '#base';
import { createServer, type HouseServer, identifyBy, listen, publicUrlOf, route, sessionRoute } from '#http';
import { type IdentityTables, identityMigrations, openPeople, type People } from '#identity';
import { createMetrics } from '#observe';
import { migrate, openDatabase } from '#store';
import { type Role, setupEnrolledSchema, setupEnrolmentSchema, setupHubSchema, setupViewSchema } from '#wire';
import type { NodeConfig } from './config.ts';
import { readIdentityCard } from './identity-card.ts';
import { initNode } from './init-node.ts';
import { openNodeRecords } from './records.ts';
import { type PracticeNetwork, shownOf, together } from './routes-setup.ts';
import { serviceAddress } from './service-address.ts';
import { setupView } from './setup-node.ts';
import { VERSION } from './software.ts';
import { type RunningNode, startNode } from './start-node.ts';

/** Whoever may use the machine's command line may do all of this there too. */
const AT_THE_MACHINE: readonly Role[] = ['operator', 'curator', 'protection-officer'];

/** The portal of a folder that is, or is to become, a node. */
export interface RunningGuide {
  readonly url: string;
  /** An address that signs in whoever follows it, once, at the guide. */
  signInLink(): Promise<string>;
  /** The node, once there is one. */
  node(): RunningNode | undefined;
  close(): Promise<void>;
}

/** What a guide is given beside its settings. */
export interface GuideOptions {
  /** Of the hub to be joined, where it is known already. */
  readonly hubUrl?: URL | undefined;
  readonly practice?: PracticeNetwork | undefined;
}

/** A sign-in link for a node, its service running or not. */
export async function nodeSignInLink(config: NodeConfig): Promise<string> {
  return linkTo((await serviceAddress(config.home)) ?? publicUrlOf(config), await linkSecret(config));
}

/**
 * Serves the guide in an empty folder, and the node in its place as soon as it is enrolled, at the same address. A folder
 * that holds a node already is served as that node.
 * @throws UnicaError as {@link startNode} does
 */
export async function startGuide(given: NodeConfig, log: Log, options: GuideOptions = {}): Promise<RunningGuide> {
  const parts = { practice: options.practice };
  const people = await peopleBefore();
  let config = given;
  let node: RunningNode | undefined;
  let guide: Guide | undefined;
  let handing: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  const handOver = async () => {
    await guide?.close();
    guide = undefined;
    try {
      node = await startNode(config, log, parts);
    } catch (error) {
      // Whoever is signed in stays so: the pages say what is wrong, and it goes on from there when the program is begun anew.
      log.error('guide.node-not-started', { code: asUnicaError(error).code }, error);
      guide = await openGuide(config, log, { ...options, people, onEnrolled: () => {} });
      await listen(guide.server, config);
    }
  };
  if (await isEnrolled(config)) {
    node = await startNode(config, log, parts);
    config = { ...config, port: Number(new URL(node.url).port) };
  } else {
    const onEnrolled = () => {
      if (closing !== undefined) return;
      handing ??= handOver().catch((error: unknown) =>
        log.error('guide.ended', { code: asUnicaError(error).code }, error),
      );
    };
    guide = await openGuide(config, log, { ...options, people, onEnrolled });
    config = { ...config, port: await listen(guide.server, config) };
  }
  const closeAll = async () => {
    await handing;
    await guide?.close();
    await node?.close();
  };
  const url = publicUrlOf(config);
  return {
    url,
    signInLink: async () => linkTo(url, guide === undefined ? await linkSecret(config) : await guide.link()),
    node: () => node,
    async close() {
      closing ??= closeAll();
      await closing;
    },
  };
}

interface Guide {
  readonly server: HouseServer;
  link(): Promise<string>;
  close(): Promise<void>;
}

/** What people need to sign in before there is a node lies in memory: the folder may be one that cannot be written. It goes with the program. */
async function peopleBefore(): Promise<People> {
  const database = await openDatabase<IdentityTables>({ engine: 'sqlite', path: ':memory:' });
  await migrate(database, identityMigrations);
  return openPeople(database, Date.now);
}

/** The pages before there is a node. */
async function openGuide(
  config: NodeConfig,
  log: Log,
  {
    hubUrl: known,
    practice,
    people,
    onEnrolled,
  }: GuideOptions & { readonly people: People; readonly onEnrolled: () => void },
): Promise<Guide> {
  const shown = practice === undefined ? undefined : shownOf(practice);
  let hubUrl = known;
  let enrolling: Promise<{ siteId: string }> | undefined;
  let answering = 0;
  const view = together(async () => await setupView(config, { hubUrl, practice: shown, within: 'guide' }));
  const enrol = async (code: string) => {
    if (hubUrl === undefined)
      throw new UnicaError('http.invalid-input', { where: 'hub', problem: 'name the address of the hub first' });
    return await initNode(config, { hubUrl: hubUrl.href.replace(/\/$/, ''), code });
  };
  const server = await createServer({
    title: 'UNICA node, before it is one',
    version: VERSION,
    routes: [
      sessionRoute({
        kind: 'node',
        name: practice === undefined ? 'UNICA' : 'UNICA practice',
        siteId: null,
        demonstration: config.demonstration,
        version: VERSION,
        accessibilityContact: config.accessibilityContact,
      }),
      route({
        method: 'GET',
        path: '/api/setup',
        access: AT_THE_MACHINE,
        summary: 'The way to tier 1, 2 and 3, before enrolment',
        reply: setupViewSchema,
        handle: view,
      }),
      route({
        method: 'POST',
        path: '/api/setup/hub',
        access: ['operator'],
        summary: 'Name the hub that is to be joined; answers how far the way to it is open',
        body: setupHubSchema,
        reply: setupViewSchema,
        async handle({ body }) {
          hubUrl = new URL(body.hubUrl);
          return await setupView(config, { hubUrl, practice: shown, within: 'guide' });
        },
      }),
      route({
        method: 'POST',
        path: '/api/setup/enrolment',
        access: ['operator'],
        summary: "Make the node's keys and join with the coordinator's one-time code; the node then takes this place",
        body: setupEnrolmentSchema,
        reply: setupEnrolledSchema,
        async handle({ body }) {
          // Of two people who press it at once the second is told what became of the first, and each gets a link of their own.
          enrolling ??= enrol(body.code).finally(() => {
            enrolling = undefined;
          });
          answering += 1;
          try {
            const { siteId } = await enrolling;
            return { siteId, link: await linkSecret(config) };
          } finally {
            answering -= 1;
            // Once the last answer has left.
            if (answering === 0 && (await isEnrolled(config)))
              setTimeout(() => {
                // Somebody who came meanwhile is answered first, and hands over after that.
                if (answering === 0) onEnrolled();
              }, HAND_OVER_MS);
          }
        },
      }),
    ],
    identify: identifyBy({ people }),
    log,
    metrics: createMetrics('node'),
    portalFolder: fileURLToPath(new URL('../../web/dist', import.meta.url)),
    links: { people, publicUrl: publicUrlOf(config) },
  });
  return {
    server,
    link: async () => await people.createLink(AT_THE_TERMINAL),
    close: async () => await server.close(),
  };
}

const HAND_OVER_MS = 300;
const AT_THE_TERMINAL = { name: 'At the machine', roles: AT_THE_MACHINE };

async function isEnrolled({ home }: NodeConfig): Promise<boolean> {
  return (await readIdentityCard(home).catch(() => undefined)) !== undefined;
}

async function linkSecret(config: NodeConfig): Promise<string> {
  const database = await openNodeRecords(config);
  try {
    return await openPeople(database, Date.now).createLink(AT_THE_TERMINAL);
  } finally {
    await database.close();
  }
}

function linkTo(url: string, secret: string): string {
  return `${url}/welcome#${secret}`;
}
