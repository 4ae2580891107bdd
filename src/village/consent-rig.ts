import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { z } from 'zod';
import { sha256Hex, silentLog } from '#base';
import type { FlatSettings } from '#http';
import { createHubToken, hubConfig, startHub } from '#hub';
import { createNodeToken, importIntoNode, initNode, nodeConfig, startNode } from '#node';
import { type SyntheticClinicalRow, syntheticClinicalCsv, syntheticSite } from '#synth';
import {
  accessRequestSchema,
  approvalsSchema,
  type JobSpec,
  type JobView,
  jobViewSchema,
  modelViewSchema,
  type Role,
} from '#wire';
import { HouseClient } from './house-client.ts';
import { TINY_JOB } from './tiny-job.ts';

const DATASET = TINY_JOB.dataset;
/** Films, and people, at each site. */
export const FILMS = 40;

/** A hub and nodes of this process with a few films each, and a permit to train on them; the test's end closes all. */
export async function openConsentRig(
  context: Pick<TestContext, 'after'>,
  options: {
    readonly siteIds: readonly string[];
    readonly approval: 'ask' | 'automatic';
    /** Films, and people, at each site; {@link FILMS} unless told. */
    readonly films?: Readonly<Record<string, number>>;
    /** Settings of the hub beside those of the rig. */
    readonly hub?: FlatSettings;
    /** The hub's clock; the machine's unless given. */
    readonly hubClock?: () => number;
    /** Puts something between the nodes and the hub; → the address that the nodes are told. */
    readonly between?: (hubUrl: string) => Promise<string>;
    /** Settings of a node beside the usual ones. */
    readonly settings?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  },
) {
  const { siteIds, approval } = options;
  const home = await mkdtemp(join(tmpdir(), 'unica-consent-'));
  const hub = hubConfig({
    home: join(home, 'hub'),
    port: '0',
    siteApproval: 'automatic',
    logLevel: 'silent',
    ...options.hub,
  });
  const runningHub = await startHub(hub, silentLog, options.hubClock === undefined ? {} : { clock: options.hubClock });
  const { url } = runningHub;
  const dialled = (await options.between?.(url)) ?? url;
  const person = async (role: 'coordinator' | 'researcher' | 'committee') =>
    new HouseClient({ house: 'hub', url, token: await createHubToken(hub, { name: role, roles: [role], days: 1 }) });
  const [coordinator, researcher, committee] = await Promise.all([
    person('coordinator'),
    person('researcher'),
    person('committee'),
  ]);
  let hubIsUp = true;
  const closeHub = async () => {
    if (hubIsUp) await runningHub.close();
    hubIsUp = false;
  };
  const nodes: {
    config: ReturnType<typeof nodeConfig>;
    owner: HouseClient;
    url: string;
    patientId: string;
    close(): Promise<void>;
  }[] = [];
  context.after(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await closeHub();
    await rm(home, { recursive: true, force: true });
  });
  for (const [index, siteId] of siteIds.entries()) {
    const site = { siteId, displayName: siteId, country: 'PT' };
    const { code } = await coordinator.post('/api/enrolment-codes', site, z.object({ code: z.string() }));
    const own = options.settings?.[siteId] ?? {};
    const config = nodeConfig({
      home: join(home, siteId),
      port: '0',
      approval,
      dossier: 'example',
      logLevel: 'silent',
      ...own,
    });
    // Who is kept for validation hangs on the pseudonyms, and these on the secret: a drawn one leaves a class too small now and then.
    await mkdir(config.home, { recursive: true, mode: 0o700 });
    await writeFile(join(config.home, 'site.secret'), sha256Hex(`secret of ${siteId}`), { mode: 0o600 });
    await initNode(config, { ...site, hubUrl: dialled, code });
    const films = join(home, `${siteId}-films`);
    await mkdir(films);
    const rows: SyntheticClinicalRow[] = [];
    const people = {
      siteId,
      country: 'PT',
      persons: options.films?.[siteId] ?? FILMS,
      seed: 5 + index,
      secondFilmShare: 0,
    };
    for (const file of syntheticSite(people)) {
      await writeFile(join(films, file.fileName), file.bytes);
      rows.push(file.clinical);
    }
    const clinical = join(home, `${siteId}.csv`);
    await writeFile(clinical, syntheticClinicalCsv(rows));
    await importIntoNode(config, { paths: [films], clinical });
    const running = await startNode(config, silentLog);
    const token = await createNodeToken(config, { name: 'owner', roles: ['operator', 'curator', 'auditor'], days: 1 });
    const owner = new HouseClient({ house: 'node', url: running.url, token });
    const patientId = rows[0]?.patientId ?? '';
    nodes.push({ config, owner, url: running.url, patientId, close: () => running.close() });
    const described = { title: 'Films', description: '', conditions: ['DUO_0000042'] };
    await owner.post(`/api/datasets/${DATASET}/publish`, described, z.unknown());
  }
  const wish = {
    title: 'Opacities',
    purpose: 'To learn opacities.',
    operations: ['train'],
    datasets: siteIds.map((siteId) => ({ siteId, name: DATASET })),
    days: 30,
  };
  const { requestId } = await researcher.post('/api/access-requests', wish, accessRequestSchema);
  const granted = await committee.post(
    `/api/access-requests/${requestId}/decision`,
    { decision: 'granted', because: 'sound' },
    accessRequestSchema,
  );
  const [first] = nodes;
  assert.ok(first !== undefined);
  const submit = async (change: Partial<JobSpec> = {}): Promise<string> => {
    const spec = { ...TINY_JOB, sites: [...siteIds], ...change };
    return (await researcher.post('/api/jobs', { spec, requestId }, jobViewSchema)).jobId;
  };
  const jobUntil = async (jobId: string, fits: (view: JobView) => boolean): Promise<JobView> =>
    await until(async () => {
      const view = await researcher.get(`/api/jobs/${jobId}`, jobViewSchema);
      return fits(view) ? view : undefined;
    });
  const asked = async (jobId: string) =>
    await until(async () =>
      (await first.owner.get('/api/approvals', approvalsSchema)).items.find((item) => item.jobId === jobId),
    );
  /** Ends a node, does something in its place, and starts it again; → its owner from then on. */
  const restart = async (siteId: string, between: (config: ReturnType<typeof nodeConfig>) => Promise<unknown>) => {
    const node = nodes[siteIds.indexOf(siteId)];
    assert.ok(node !== undefined);
    await node.close();
    await between(node.config);
    const running = await startNode(node.config, silentLog);
    const token = await createNodeToken(node.config, { name: 'owner again', roles: ['operator', 'auditor'], days: 1 });
    node.close = () => running.close();
    return new HouseClient({ house: 'node', url: running.url, token });
  };
  return {
    hubUrl: url,
    hub,
    home,
    restart,
    configOf: (siteId: string) => nodes[siteIds.indexOf(siteId)]?.config ?? first.config,
    config: first.config,
    nodeUrl: first.url,
    /** The hospital's number of somebody at the first node. */
    patientId: first.patientId,
    /** A token of a person of the first node. */
    nodeToken: async (role: Role) => await createNodeToken(first.config, { name: role, roles: [role], days: 1 }),
    owner: first.owner,
    /** The owner of each node, in the order of the sites. */
    owners: nodes.map(({ owner }) => owner),
    coordinator,
    researcher,
    committee,
    granted,
    requestId,
    submit,
    jobUntil,
    asked,
    model: async (modelId: string) => await researcher.get(`/api/models/${modelId}`, modelViewSchema),
    closeHub,
  };
}

/** Looks until there is something. */
export async function until<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  for (const untilMs = Date.now() + 120_000; ; ) {
    const value = await look();
    if (value !== undefined) return value;
    assert.ok(Date.now() < untilMs, 'it did not happen within two minutes');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
