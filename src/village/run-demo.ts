import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Json, UnicaError } from '#base';
import { decodeSafetensors } from '#engine';
import { verifyHubAudit } from '#hub';
import { writeModelFolder } from '#models';
import { verifyNodeAudit } from '#node';
import type { GuardedCount, ImportView, JobSpec, JobView, SearchView } from '#wire';
import { type PreparedArchives, prepareArchives } from './archives.ts';
import { benchmarkFilms } from './benchmark-films.ts';
import { type Comparison, compareModels } from './comparison.ts';
import type { DemoReporter } from './demo-reporter.ts';
import { DEMO_SITES, type DemoSite } from './demo-sites.ts';
import { checkedSource, type DemoSource } from './demo-source.ts';
import { explainPositives } from './explanations.ts';
import { JobNarrator } from './job-narrator.ts';
import { jobSpecOf, type LearningMethod, taskOf } from './job-spec.ts';
import { Journey } from './journey.ts';
import { choosePorts, Network, portsAreFree, type VillagePorts } from './network.ts';
import { openArchiveSource } from './open-archive-source.ts';
import { plantedIn } from './planted-in-archives.ts';
import { peakMemoryMb } from './process-memory.ts';
import { rareQueries, withheld } from './rare-query.ts';
import { VillageHome } from './village-home.ts';
import { auditWire, type WireAudit } from './wire-audit.ts';

/** What the demo is to show. */
export interface DemoOptions {
  readonly source: DemoSource;
  /** 2 to 7. */
  readonly nodes: number;
  /** 8 unless told. */
  readonly rounds?: number | undefined;
  /** Synthetic films that are made; ignored for other sources. */
  readonly films?: number | undefined;
  readonly seed: number;
  /** How the nodes' rounds become one model; FedAvg with Adam unless told. */
  readonly method?: LearningMethod | undefined;
  /** Folder for everything it writes. */
  readonly home: string;
  readonly signal: AbortSignal;
}

/** A demo whose story is told; its portals stay open until it is closed. */
export interface Demo {
  /** As in the contract of the command line. */
  readonly result: Json;
  readonly portals: readonly { readonly name: string; readonly url: string }[];
  /** Ends every process. */
  close(): Promise<void>;
}

/** The default story fits into three minutes on two cores with these. */
const DEFAULT_FILMS = 900;
const DEFAULT_ROUNDS = 10;
const DATASET = 'chest-films';

/** What the steps of the story share. */
interface Stage {
  readonly options: DemoOptions;
  readonly sites: readonly DemoSite[];
  readonly reporter: DemoReporter;
  readonly home: VillageHome;
  readonly network: Network;
  readonly journey: Journey;
}

/**
 * Tells the product's main job on one machine, from the first image to an explained model. An unfinished demo in the same
 * folder with the same settings goes on where it stopped.
 * @throws UnicaError `village.*`; the signal's reason when stopped. Nothing is left running when it throws.
 */
export async function runDemo(given: DemoOptions, reporter: DemoReporter): Promise<Demo> {
  const started = performance.now();
  const options = { ...given, source: await checkedSource(given.source) };
  const home = takeHome(options);
  if (home.resumed) reporter.line('An earlier demo in this folder was not finished; it goes on where it stopped.');
  let network: Network | undefined;
  const close = async (): Promise<void> => {
    await network?.close();
    home.close();
  };
  try {
    const ports = await keptPorts(home, options.nodes, reporter);
    network = new Network({ home, ports, reporter });
    const sites = DEMO_SITES.slice(0, options.nodes);
    const journey = new Journey(network, options.signal);
    const told = await tell({ options, sites, reporter, home, network, journey });
    home.finish();
    const result = {
      ...told,
      portals: Object.fromEntries([['hub', network.hubUrl], ...network.nodes.map(({ siteId, url }) => [siteId, url])]),
      peak_memory_mb: network.peakMemoryMb(),
      village_peak_memory_mb: peakMemoryMb('self') ?? null,
      seconds: Number(((performance.now() - started) / 1000).toFixed(1)),
    };
    const portals = [
      { name: 'hub', url: network.hubUrl },
      ...network.nodes.map(({ displayName, url }) => ({ name: displayName, url })),
    ];
    return { result, portals, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function takeHome({ source, nodes, rounds, films, seed, home }: DemoOptions): VillageHome {
  return VillageHome.open(resolve(home), { source, nodes, rounds: rounds ?? null, films: films ?? null, seed });
}

/** The ports of an unfinished run when they can still be had: its nodes remember them. Else the demo starts cleanly. */
async function keptPorts(home: VillageHome, nodes: number, reporter: DemoReporter): Promise<VillagePorts> {
  const kept = home.recall('ports') as VillagePorts | undefined;
  if (kept !== undefined && !(await portsAreFree(kept))) {
    reporter.line('Its ports are in use now, so it starts from the beginning.');
    home.startOver();
  }
  return await home.once('ports', async () => await choosePorts(nodes, reporter));
}

async function tell(stage: Stage) {
  const { options, reporter, home, network } = stage;
  const archives = await prepare(stage);

  reporter.step('Start the hub');
  await network.startHub();
  reporter.line(`The hub serves at ${network.hubUrl}. It will never hold an image or a person.`);

  reporter.step('Enrol the hospitals');
  for (const site of stage.sites) {
    const node = await network.addNode(site);
    reporter.line(`${site.siteId.padEnd(14)} ${site.displayName}, own data folder and keys, serves at ${node.url}`);
  }
  reporter.line(
    'Each used a one-time code; from now on nodes only dial out, and a relay records every byte they send.',
  );

  const imports = await bringIn(stage, archives);
  const optedOut = await optOut(stage, archives);
  await publish(stage);
  const { search, rareSearch } = await count(stage);
  const requestId = await obtainAccess(stage);
  const { spec, job } = await learn(stage, requestId);
  if (job.modelId === null) throw new UnicaError('internal');
  const { view: model, weights } = await stage.journey.model(job.modelId);
  const { parameters } = decodeSafetensors(weights);

  reporter.step('Compare with what each hospital reaches alone, and with all films in one place');
  reporter.line('Only this demo can do that: it holds all films itself. A real network cannot and must not.');
  const films = await benchmarkFilms({
    archives,
    siteIds: stage.sites.map(({ siteId }) => siteId),
    task: taskOf(options.source),
    leftOut: new Set([optedOut.patientId]),
    onProgress: (text) => reporter.live(text),
  });
  const comparison = await compareModels({
    job: spec,
    federated: parameters,
    nodes: films.nodes,
    heldOut: films.heldOut,
    signal: options.signal,
    onProgress: (text) => reporter.live(text),
  });
  tellComparison(reporter, comparison);

  reporter.step('Explain');
  const dir = home.at('model');
  await writeModelFolder(dir, { spec: spec.model, parameters });
  const explanations = await explainPositives({
    model: spec.model,
    parameters,
    films: films.heldOut,
    folder: dir,
  });
  for (const { caption, probability, overlayPath } of explanations) {
    reporter.line(`${caption}, probability ${probability.toFixed(2)}: ${overlayPath}`);
  }
  const researcher = await network.person('researcher');
  for (const { image, imageSha256, overlay, overlaySha256 } of explanations) {
    await researcher.put(`/api/models/${model.modelId}/blobs/${imageSha256}`, image, 'image/png');
    await researcher.put(`/api/models/${model.modelId}/blobs/${overlaySha256}`, overlay, 'image/png');
  }
  await stage.journey.attachEvidence(model.modelId, {
    setting: `${comparison.testSamples} held-out films of people no node has seen; all models with the same first weights and epochs`,
    simulated: true,
    testSamples: comparison.testSamples,
    federated: comparison.federated,
    localOnly: comparison.localOnly.map(({ siteId, samples, auc }) => ({ siteId, samples, auc })),
    pooled: { auc: comparison.pooled.auc, samples: comparison.pooled.samples },
    explanations: explanations.map(({ caption, probability, truth, imageSha256, overlaySha256 }) => ({
      caption,
      probability,
      truth,
      imageSha256,
      overlaySha256,
    })),
  });
  reporter.line(`The model is in ${dir}. Research use only, not a medical device.`);

  const audit = await auditEverything(stage, archives);
  return {
    nodes: stage.sites.map((site, index) => ({
      site: site.siteId,
      display_name: site.displayName,
      country: site.country,
      films: archives.nodes[index]?.films ?? 0,
      with_finding: archives.nodes[index]?.positives ?? 0,
      ...imports[index],
    })),
    opted_out: { site: stage.sites[0]?.siteId ?? '', persons_before: optedOut.before, persons_after: optedOut.after },
    search,
    rare_search: rareSearch,
    approvals: job.sites.map(({ siteId, decision, decidedBy }) => ({ site: siteId, decision, by: decidedBy })),
    rounds: job.rounds.map(({ round, loss, auc, sites }) => ({
      round,
      loss,
      auc,
      sites: sites.map(({ siteId, metrics }) => ({
        site: siteId,
        samples: metrics?.samples ?? null,
        loss: metrics?.loss ?? null,
        seconds: metrics?.seconds ?? null,
        bytes_out: metrics?.bytesOut ?? null,
      })),
    })),
    model: {
      id: model.modelId,
      dir,
      parameters: model.parameters,
      test_films: comparison.testSamples,
      auc: comparison.federated.auc,
      ci: { auc: [comparison.federated.aucLow, comparison.federated.aucHigh] },
      accuracy: comparison.federated.accuracy,
      ece: comparison.federated.ece,
      local_only_auc: meanOf(comparison.localOnly.map(({ auc }) => auc)),
      local_only: Object.fromEntries(comparison.localOnly.map(({ siteId, auc }) => [siteId, auc])),
      pooled_auc: comparison.pooled.auc,
      explanations: explanations.map(({ overlayPath }) => overlayPath),
    },
    ...audit,
  };
}

async function prepare({ options, sites, reporter, home }: Stage): Promise<PreparedArchives> {
  reporter.step('Prepare the archives of the hospitals');
  const archives = await home.once('archives', async () => {
    const source = await openArchiveSource(options.source, {
      task: taskOf(options.source),
      sites,
      films: options.films ?? DEFAULT_FILMS,
      seed: options.seed,
      spool: home.at('spool'),
      signal: options.signal,
    });
    reporter.line(source.says);
    return await prepareArchives(source, {
      folder: home.at('archives'),
      siteIds: sites.map(({ siteId }) => siteId),
      seed: options.seed,
      path: options.source.kind === 'synthetic' ? 'The synthetic set' : options.source.path,
      onProgress: (done, of) => reporter.live(`writing film ${done} of ${of}`),
    }).finally(() => rmSync(home.at('spool'), { recursive: true, force: true }));
  });
  reporter.line('Each hospital lacks part of one class, so that none can learn well alone.');
  reporter.table(
    ['archive', 'films', 'with finding', 'people'],
    [...archives.nodes, archives.heldOut].map(({ films, positives, persons }, index) => [
      sites[index]?.siteId ?? 'held out',
      String(films),
      String(positives),
      String(persons),
    ]),
  );
  return archives;
}

/** What an import came to, in the words of the command line's contract. */
interface ImportResult {
  readonly [key: string]: Json;
}

async function bringIn(stage: Stage, archives: PreparedArchives): Promise<readonly ImportResult[]> {
  const { reporter, network, journey, home } = stage;
  reporter.step('Bring the images in: de-identified on arrival');
  const progress = new Map<string, ImportView>();
  const results = await Promise.all(
    network.nodes.map(async (node, index) => {
      const archive = archives.nodes[index];
      if (archive === undefined) throw new UnicaError('internal');
      return await home.once(`imported/${node.siteId}`, async () => {
        const view = await journey.bringIn(node, archive, (seen) => {
          progress.set(node.siteId, seen);
          reporter.live([...progress].map(([siteId, { received }]) => `${siteId} ${received}`).join('   '));
        });
        const { received, accepted, quarantined, duplicates, rejected, seconds } = view;
        return { received, accepted, quarantined, duplicates, opted_out: view.optedOut, rejected, seconds };
      });
    }),
  );
  reporter.table(
    ['node', 'files', 'taken in', 'quarantined', 'rejected', 'already there', 'seconds'],
    results.map((view, index) => [
      network.nodes[index]?.siteId ?? '',
      ...[view.received, view.accepted, view.quarantined, view.rejected.length, view.duplicates].map(String),
      view.seconds.toFixed(1),
    ]),
  );
  for (const [index, { rejected }] of results.entries()) {
    for (const { path, reason } of rejected) {
      reporter.line(`${network.nodes[index]?.siteId}: rejected ${path}: ${reason}`);
    }
  }
  return results;
}

async function optOut({ reporter, network, journey, home }: Stage, archives: PreparedArchives) {
  reporter.step('One person opts out');
  const [node] = network.nodes;
  const patientId = archives.nodes[0]?.somePatientId;
  if (node === undefined || patientId === undefined) throw new UnicaError('internal');
  const seen = await home.once('opted-out', async () => {
    const before = await journey.status(node);
    await journey.optOut(node, patientId);
    const after = await journey.status(node);
    return { before: before.persons - before.optedOut, after: after.persons - after.optedOut };
  });
  reporter.line(
    `${node.siteId}: the protection officer entered the opt-out; ${seen.before} people could be used before, ${seen.after} now.`,
  );
  reporter.line('No count, no dataset and no training includes that person from here on.');
  return { ...seen, patientId };
}

async function publish({ options, reporter, network, journey, home }: Stage): Promise<void> {
  reporter.step('Publish one dataset per hospital');
  const rows: string[][] = [];
  for (const node of network.nodes) {
    const record = await home.once(`published/${node.siteId}`, async () => {
      const { persons, studies, images, quality } = await journey.publish(node, {
        name: DATASET,
        title: `Chest films, ${node.displayName}`,
        description:
          options.source.kind === 'synthetic'
            ? 'Synthetic chest films with and without an opacity, made by the demonstration.'
            : 'Chest films of a public research set, given to an invented hospital by the demonstration.',
        conditions: ['GRU', 'NPU'],
      });
      return { persons, studies, images, score: quality.score };
    });
    rows.push([
      node.siteId,
      shown(record.persons),
      shown(record.studies),
      shown(record.images),
      record.score.toFixed(0),
    ]);
  }
  reporter.table(['node', 'people', 'studies', 'images', 'quality'], rows);
}

async function count({ reporter, journey }: Stage) {
  reporter.step('Count across the network');
  const search = await journey.count({ is: 'sex', in: ['F'] });
  reporter.line('How many women are there?');
  tellCount(reporter, search);
  let rareSearch: SearchView | undefined;
  for (const query of rareQueries()) {
    rareSearch = await journey.count(query);
    if (withheld(rareSearch)) break;
  }
  if (rareSearch === undefined) throw new UnicaError('internal');
  reporter.line('And in one narrow band of age? Small counts stay at the node:');
  tellCount(reporter, rareSearch);
  return { search, rareSearch };
}

function tellCount(reporter: DemoReporter, view: SearchView): void {
  reporter.table(
    ['node', 'people', 'studies', 'ms'],
    view.nodes.map(({ site, persons, studies, ms }) => [site, shown(persons), shown(studies), ms.toFixed(0)]),
  );
}

async function obtainAccess({ reporter, network, journey, home }: Stage): Promise<string> {
  reporter.step('Ask for access');
  const access = await home.once('access', async () => {
    const { requestId, permitIds } = await journey.obtainAccess({
      title: 'Finding opacities on chest films',
      purpose: 'Train a model that tells films with the finding from films without, and publish it with its limits.',
      datasets: network.nodes.map(({ siteId }) => ({ siteId, name: DATASET })),
    });
    return { requestId, permits: permitIds.length };
  });
  reporter.line(
    `A researcher asked; the data access committee granted it: ${access.permits} permits, one for each node.`,
  );
  return access.requestId;
}

async function learn(stage: Stage, requestId: string): Promise<{ readonly spec: JobSpec; readonly job: JobView }> {
  const { options, sites, reporter, journey, home } = stage;
  reporter.step('Learn in rounds: the model travels, the films stay');
  const spec = jobSpecOf({
    task: taskOf(options.source),
    siteIds: sites.map(({ siteId }) => siteId),
    dataset: DATASET,
    rounds: options.rounds ?? DEFAULT_ROUNDS,
    seed: options.seed,
    method: options.method,
  });
  const jobId = await home.once('job', async () => await journey.submitJob(spec, requestId));
  const narrator = new JobNarrator(reporter, spec.rounds);
  const job = await journey.followJob(jobId, (view) => narrator.show(view));
  return { spec, job };
}

function tellComparison(reporter: DemoReporter, comparison: Comparison): void {
  const row = (name: string, samples: string, scores: Comparison['federated']): readonly string[] => [
    name,
    samples,
    scores.auc.toFixed(3),
    `${scores.aucLow.toFixed(3)} to ${scores.aucHigh.toFixed(3)}`,
    scores.accuracy.toFixed(3),
  ];
  reporter.table(
    ['model', 'films', 'AUC', '95 % interval', 'accuracy'],
    [
      ...comparison.localOnly.map((local) => row(`${local.siteId} alone`, String(local.samples), local)),
      row('federated', String(comparison.pooled.samples), comparison.federated),
      row('all in one place', String(comparison.pooled.samples), comparison.pooled),
    ],
  );
  reporter.line(`Measured on ${comparison.testSamples} films of people that no node has seen.`);
}

async function auditEverything({ reporter, network, journey }: Stage, archives: PreparedArchives) {
  reporter.step('Audit what left');
  const planted = await plantedIn([...archives.nodes, archives.heldOut]);
  const audit = await auditWire(
    network.nodes.map((node) => ({
      siteId: node.siteId,
      folder: node.recordPath,
      listed: async () => await journey.outgoing(node),
    })),
    planted,
  );
  tellAudit(reporter, audit);
  const journals: Record<string, { readonly entries: number; readonly intact: boolean }> = {};
  journals['hub'] = await verifyHubAudit(network.hub);
  for (const { siteId, config } of network.nodes) journals[siteId] = await verifyNodeAudit(config);
  for (const [house, { entries, intact }] of Object.entries(journals)) {
    reporter.line(`journal of ${house.padEnd(14)} ${entries} entries, ${intact ? 'every link intact' : 'BROKEN'}`);
  }
  return {
    wire: {
      bytes_out_per_node: audit.bytesOutPerNode,
      requests_per_node: audit.requestsPerNode,
      phi_found: audit.findings.length,
      findings: audit.findings.map((finding) => ({ ...finding })),
      unlisted: audit.unlisted.map((request) => ({ ...request })),
      stray_bytes: audit.strayBytes,
      searched: { texts: audit.searchedTexts, texts_too_short: audit.tooShortTexts, films: audit.searchedFilms },
    },
    audit: Object.fromEntries(
      Object.entries(journals).map(([house, { entries, intact }]) => [house, { entries, intact }]),
    ),
  };
}

function tellAudit(reporter: DemoReporter, audit: WireAudit): void {
  reporter.table(
    ['node', 'requests', 'kB out'],
    Object.entries(audit.bytesOutPerNode).map(([siteId, bytes]) => [
      siteId,
      String(audit.requestsPerNode[siteId] ?? 0),
      (bytes / 1000).toFixed(0),
    ]),
  );
  reporter.line(
    audit.unlisted.length === 0 && audit.strayBytes === 0
      ? "Every request on the wire is on its node's own list, with the same digest."
      : `${audit.unlisted.length} requests and ${audit.strayBytes} bytes on the wire are on no list.`,
  );
  reporter.line(
    `${audit.searchedTexts} planted names, numbers and dates and the pixels of ${audit.searchedFilms} films were searched for: ${audit.findings.length} found.`,
  );
  for (const { siteId, what, how } of audit.findings.slice(0, 10))
    reporter.line(`FOUND ${what} (${how}) from ${siteId}`);
}

function shown(count: GuardedCount): string {
  return 'count' in count ? String(count.count) : `< ${count.below}`;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
