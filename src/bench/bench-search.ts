import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { silentLog, UnicaError } from '#base';
import type { OptOuts } from '#consent';
import { createHubToken, hubConfig, startHub } from '#hub';
import { createNodeToken, importIntoNode, initNode, nodeConfig, startNode } from '#node';
import { canonicalQuery, SearchIndex } from '#search';
import { syntheticSite } from '#synth';
import { type CohortQuery, type SearchView, searchViewSchema } from '#wire';
import { DATASET, MODALITIES, manySamples } from './many-samples.ts';
import { besidePromise, type Measurement, median, percentile, plain } from './measurement.ts';

/** What the product promises. */
const PROMISED = { answersMs: 250, firstMs: 100, exponent: 1.05 } as const;

/**
 * Federated search: how long an AND of three takes on one index as it grows, and how long a question takes over a real hub and
 * real nodes (signed requests over loopback, ledger and journal on disk, all in this process) until the first and until the
 * last has answered. @param options.samples of each node. @param options.largest of the single index
 */
export async function* benchSearch(options: {
  readonly nodes: number;
  readonly samples: number;
  readonly largest: number;
  readonly questions: number;
  readonly tell: (text: string) => void;
}): AsyncGenerator<Measurement> {
  const home = await mkdtemp(join(tmpdir(), 'unica-bench-search-'));
  const hub = hubConfig({ home: join(home, 'hub'), port: '0', demonstration: 'true', logLevel: 'silent' });
  const runningHub = await startHub(hub, silentLog);
  const toClose: (() => Promise<void>)[] = [() => runningHub.close()];
  try {
    const coordinator = await createHubToken(hub, { name: 'bench', roles: ['coordinator'], days: 1 });
    let ledger: OptOuts | undefined;
    for (let number = 1; number <= options.nodes; number += 1) {
      options.tell(`node ${number} of ${options.nodes}, ${options.samples} samples`);
      const site = { siteId: `site-${number}`, displayName: `Site ${number}`, country: 'PT' };
      const invitation = await send(runningHub.url, coordinator, '/api/enrolment-codes', site);
      const { code } = z.object({ code: z.string() }).parse(invitation);
      const node = nodeConfig({
        home: join(home, site.siteId),
        port: '0',
        demonstration: 'true',
        logLevel: 'silent',
        dailyQuestions: '1000000',
      });
      await initNode(node, { ...site, hubUrl: runningHub.url, code });
      await publishSomething(join(home, `films-${number}`), node);
      const running = await startNode(node, silentLog, {
        searchSource(optOuts) {
          ledger ??= optOuts;
          return manySamples(options.samples, number, optOuts);
        },
      });
      toClose.push(() => running.close());
      const curator = await createNodeToken(node, { name: 'bench', roles: ['curator'], days: 1 });
      await send(running.url, curator, `/api/datasets/${DATASET}/publish`, {
        title: 'Bench',
        description: 'Invented.',
        conditions: [],
      });
    }
    yield* await askEverybody(runningHub.url, hub, options);
    if (ledger !== undefined) yield* await growing(ledger, options.largest, options.tell);
  } finally {
    for (const close of toClose.reverse()) await close();
    await rm(home, { recursive: true, force: true });
  }
}

async function askEverybody(
  url: string,
  hub: Parameters<typeof createHubToken>[0],
  { nodes, samples, questions, tell }: Parameters<typeof benchSearch>[0],
): Promise<readonly Measurement[]> {
  const whole: number[] = [];
  const first: number[] = [];
  let token = '';
  for (let number = -1; number < questions; number += 1) {
    // The first builds the indexes and is not counted; a person has twenty questions a day.
    if (number % 15 === 0 || number < 0)
      token = await createHubToken(hub, { name: 'bench', roles: ['researcher'], days: 1 });
    if (number <= 0) tell(number < 0 ? 'building the indexes' : `${questions} questions`);
    const beganMs = performance.now();
    let firstMs: number | undefined;
    const asked = searchViewSchema.parse(await send(url, token, '/api/searches', { query: question(number + 1) }));
    let view = asked;
    for await (const seen of events(`${url}/api/searches/${asked.id}/events`, token)) {
      view = seen;
      if (view.nodes.length > 0) firstMs ??= performance.now() - beganMs;
      if (view.pending.length === 0) break;
    }
    const wholeMs = performance.now() - beganMs;
    if (view.nodes.length < nodes) throw new RangeError(`a node refused: ${view.failed[0]?.because}`);
    if (number < 0) continue;
    whole.push(wholeMs);
    first.push(firstMs ?? wholeMs);
  }
  const name = `search, ${nodes} nodes × ${samples} samples`;
  return [
    besidePromise(`${name}, all answered, p50`, median(whole), 'ms', PROMISED.answersMs),
    besidePromise(`${name}, all answered, p95`, percentile(whole, 95), 'ms', PROMISED.answersMs),
    besidePromise(`${name}, first answer, p50`, median(first), 'ms', PROMISED.firstMs),
    besidePromise(`${name}, first answer, p95`, percentile(first, 95), 'ms', PROMISED.firstMs),
  ];
}

/** Answers as the hub streams them (server-sent events). */
async function* events(url: string, token: string): AsyncGenerator<SearchView> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw await refusal(url, answer);
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of answer.body ?? []) {
    text += decoder.decode(piece as Uint8Array, { stream: true });
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data: ')) yield searchViewSchema.parse(JSON.parse(line.slice('data: '.length)));
    }
  }
}

/** An AND of three over one index of growing size; each question another one, so that no processor learns the answer by heart. */
async function growing(
  optOuts: OptOuts,
  largest: number,
  tell: (text: string) => void,
): Promise<readonly Measurement[]> {
  const sizes = [100_000, 1_000_000, 10_000_000].filter((size) => size <= largest);
  const told: Measurement[] = [];
  const costs: { readonly size: number; readonly ms: number }[] = [];
  for (const size of sizes) {
    tell(`one index of ${size} samples`);
    const beganMs = performance.now();
    const index = await SearchIndex.build(await manySamples(size, 1, optOuts).draw());
    const builtS = (performance.now() - beganMs) / 1000;
    const times: number[] = [];
    for (let round = 0; round < 41; round += 1) {
      const query = canonicalQuery(question(round));
      const startedMs = performance.now();
      index.count(index.find(query), 4);
      times.push(performance.now() - startedMs);
    }
    costs.push({ size, ms: median(times) });
    told.push(plain(`search, AND of three with people and studies, ${size} samples, p50`, median(times), 'ms'));
    told.push(plain(`search, index of ${size} samples built`, builtS, 's'));
  }
  const [small, large] = [costs[0], costs.at(-1)];
  if (small === undefined || large === undefined || small === large) return told;
  const exponent = Math.log(large.ms / small.ms) / Math.log(large.size / small.size);
  return [
    ...told,
    besidePromise(`search, cost exponent ${small.size} to ${large.size} samples`, exponent, '', PROMISED.exponent),
  ];
}

/** Different for each number, an AND of three that hold of many. */
function question(number: number): CohortQuery {
  const from = 2005 + (number % 17);
  return {
    all: [
      { is: 'sex', in: [number % 2 === 0 ? 'F' : 'M'] },
      { is: 'modality', in: MODALITIES.filter((_, index) => ((number % 13) + 3) & (1 << (index % 4))) },
      { is: 'studyYear', from, to: from + 3 },
    ],
  };
}

async function publishSomething(folder: string, node: Parameters<typeof importIntoNode>[0]): Promise<void> {
  await mkdir(folder);
  for (const file of syntheticSite({ siteId: 'bench', country: 'PT', persons: 12, seed: 1 })) {
    await writeFile(join(folder, file.fileName), file.bytes);
  }
  await importIntoNode(node, { paths: [folder] });
}

async function send(url: string, token: string, path: string, message: unknown): Promise<unknown> {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(message),
  });
  if (!answer.ok) throw await refusal(url, answer);
  return await answer.json();
}

async function refusal(house: string, answer: Response): Promise<UnicaError> {
  return new UnicaError('village.house-refused', { house, because: (await answer.text()).slice(0, 300) });
}
