import { createHash, randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { z } from 'zod';
import { parameterTable } from '#engine';
import { generateKeys, type SiteKeys, signRequest } from '#identity';
import { encodeParameters } from '#learning';
import { createDial, type Dialled, download, type PieceLink, upload } from '#node';
import {
  acceptedSchema,
  arrivedReplySchema,
  type CarryingReceipt,
  type DatasetRecord,
  enrolReplySchema,
  HUB_PATHS,
  OWN_WIRE_RANGE,
  pollReplySchema,
  receiptReplySchema,
  renewReplySchema,
  type SiteRound,
  type TaskEnvelope,
  WIRE_HEADER,
  WIRE_LIMITS,
  wireRangeText,
} from '#wire';

const SOFTWARE = 'unica/bare-site';
/** What a site that does not train says of the films it did not learn from. */
const FILMS = 10;
const ACCEPTED = ['decide-job', 'train-round'] as const;
/** As a node waits for the next work. */
const NEXT_WORK_MS = 3000;
/** A third of the shortest lease. */
const RENEW_MS = 6000;
const NOTHING = new Uint8Array(0);

/** What a request carries, and where the content of its answer goes. */
interface SentContent extends Partial<Pick<Dialled, 'into'>> {
  readonly body?: Uint8Array | (Exclude<Dialled['body'], Uint8Array> & { readonly sha256: string });
  readonly contentType?: string;
}

type OpenBlob = Awaited<ReturnType<Parameters<typeof upload>[1]>>;
type TrainTask = Extract<TaskEnvelope['body'], { kind: 'train-round' }>;

/** What a site that trains is given of a round: content by its digest, as the task names it. */
export interface BareRound extends Pick<TrainTask, 'jobId' | 'round' | 'spec' | 'countedRound'> {
  readonly weights: Uint8Array;
  /** What the hub remembers, where the strategy tells the sites. */
  readonly state: Uint8Array | undefined;
}

/** Trains a round: the change of the parameters as it travels, of how many it was learned, and how well. */
export type TrainBareRound = (round: BareRound) => Promise<{
  readonly update: Uint8Array;
  readonly samples: number;
  readonly loss: number;
}>;

/** A change of a model that nobody trained: all of it but the last number is the same at every site. */
export interface EmptyChange {
  readonly file: Uint8Array;
  /** SHA-256 of all but the last four bytes. */
  readonly begun: ReturnType<typeof createHash>;
}

/**
 * A site that speaks to a hub as a node does, signed and piece by piece, and has no archive: it agrees to every job and fetches
 * the model. Without a way to train it sends a change of zeros, so that what a hub takes for many sites can be measured on a
 * machine that could not train for them; with one it learns from whatever that holds. Answers of the hub are not checked
 * against its key. Masked jobs are not for it. @note The owner calls {@link close}.
 */
export class BareSite {
  readonly siteId: string;
  readonly #number: number;
  readonly #changes: Map<string, EmptyChange>;
  readonly #train: TrainBareRound | undefined;
  readonly #hubUrl: string;
  readonly #keys: SiteKeys;
  readonly #dial = createDial();
  readonly #ending = new AbortController();
  readonly #holding = new Map<string, Promise<void>>();
  #loop: Promise<void> | undefined;

  private constructor(
    { site, hubUrl, number, changes, train }: Omit<Parameters<typeof BareSite.enrol>[0], 'code' | 'dataset'>,
    keys: SiteKeys,
  ) {
    this.siteId = site.siteId;
    this.#hubUrl = hubUrl;
    this.#number = number;
    this.#changes = changes;
    this.#train = train;
    this.#keys = keys;
    // One for each request that is under way.
    setMaxListeners(0, this.#ending.signal);
  }

  /** Enrols with a one-time code and publishes a dataset of that name. @throws Error where the hub refuses. */
  static async enrol(options: {
    readonly hubUrl: string;
    readonly code: string;
    readonly site: { readonly siteId: string; readonly country: string; readonly displayName: string };
    readonly dataset: string;
    /** Below a thousand, and another one for each site: its changes are told apart by it. */
    readonly number: number;
    /** Changes by model, for all sites of a network: one of 40 MB each would not fit. */
    readonly changes: Map<string, EmptyChange>;
    /** How it learns; absent: it does not. */
    readonly train?: TrainBareRound | undefined;
  }): Promise<BareSite> {
    const { code, site, dataset } = options;
    const keys = generateKeys();
    const opened = new BareSite(options, keys);
    const own = { wireVersion: OWN_WIRE_RANGE.oldest, publicKey: keys.publicKey, software: SOFTWARE };
    await opened.#post(HUB_PATHS.enrol, { ...own, ...site, code }, enrolReplySchema);
    await opened.#post(HUB_PATHS.datasets, { record: recordOf(site, dataset) }, acceptedSchema);
    return opened;
  }

  /** Begins asking for work. */
  start(): void {
    this.#loop ??= this.#run();
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#loop;
    await Promise.allSettled(this.#holding.values());
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        const message = {
          wireVersion: OWN_WIRE_RANGE.oldest,
          waitMs: 25_000,
          software: SOFTWARE,
          holding: [...this.#holding.keys()],
          accepts: [...ACCEPTED],
        };
        const { tasks } = await this.#post(HUB_PATHS.poll, message, pollReplySchema);
        this.#take(tasks);
      } catch {
        if (!signal.aborted) await setTimeout(100);
      }
    }
  }

  #take(tasks: readonly TaskEnvelope[]): void {
    for (const task of tasks.filter(({ taskId }) => !this.#holding.has(taskId))) {
      // A task that was taken back meanwhile is nobody's to answer.
      const done = this.#do(task)
        .catch(() => {})
        .finally(() => this.#holding.delete(task.taskId));
      this.#holding.set(task.taskId, done);
    }
  }

  async #do({ taskId, body, content = [] }: TaskEnvelope): Promise<void> {
    const path = `${HUB_PATHS.tasks}/${taskId}`;
    const renewing = setInterval(
      () => void this.#post(`${path}/renew`, {}, renewReplySchema).catch(() => {}),
      RENEW_MS,
    );
    try {
      const message = await this.#answerTo(body, content);
      if (message === undefined) return;
      const { tasks = [] } = await this.#post(`${path}/receipt`, message, receiptReplySchema);
      this.#take(tasks);
    } finally {
      clearInterval(renewing);
    }
  }

  async #answerTo(
    body: TaskEnvelope['body'],
    content: NonNullable<TaskEnvelope['content']>,
  ): Promise<CarryingReceipt | undefined> {
    if (body.kind === 'train-round')
      return this.#train === undefined
        ? await this.#emptyRound(body, content)
        : await this.#trainedRound(body, content, this.#train);
    if (body.kind !== 'decide-job') return undefined;
    const by = 'a site of a measurement';
    return { receipt: { kind: 'decided', decision: 'approved', by, because: 'a measurement' } };
  }

  async #trainedRound(
    { jobId, round, spec, countedRound, weightsSha256, stateSha256 }: TrainTask,
    content: NonNullable<TaskEnvelope['content']>,
    train: TrainBareRound,
  ): Promise<CarryingReceipt> {
    const fetched = async (sha256: string): Promise<Uint8Array> => {
      const carried = content.find((one) => one.sha256 === sha256);
      return carried === undefined ? await download(this.#link(), sha256) : Buffer.from(carried.base64, 'base64');
    };
    const beganMs = performance.now();
    const { update, samples, loss } = await train({
      ...{ jobId, round, spec, countedRound },
      weights: await fetched(weightsSha256),
      state: stateSha256 === undefined ? undefined : await fetched(stateSha256),
    });
    const seconds = (performance.now() - beganMs) / 1000;
    const metrics = { samples, loss, seconds, bytesOut: update.length, validation: null };
    const change = {
      sizeBytes: update.length,
      read: async (start: number, length: number) => update.subarray(start, start + length),
      close: async () => {},
    };
    return await this.#trained(change, createHash('sha256').update(update).digest('hex'), metrics);
  }

  async #emptyRound(
    { weightsSha256, spec, round }: TrainTask,
    content: NonNullable<TaskEnvelope['content']>,
  ): Promise<CarryingReceipt> {
    if (!content.some(({ sha256 }) => sha256 === weightsSha256)) await download(this.#link(), weightsSha256);
    const { file, begun } = this.#changeOf(spec.model);
    // Told apart by the last number, or the hub would take one site's content for another's.
    const tail = Buffer.alloc(4);
    tail.writeFloatLE(round * 1e-3 + this.#number * 1e-6);
    const change = {
      sizeBytes: file.length,
      async read(start: number, length: number) {
        const end = Math.min(file.length, start + length);
        if (end <= file.length - 4) return file.subarray(start, end);
        return Buffer.concat([file.subarray(start, file.length - 4), tail]).subarray(0, end - start);
      },
      close: async () => {},
    };
    const metrics = { samples: FILMS, loss: 0, seconds: 0, bytesOut: file.length, validation: null };
    return await this.#trained(change, begun.copy().update(tail).digest('hex'), metrics);
  }

  /** The receipt of a round, which carries the change where that is small. */
  async #trained(change: OpenBlob, updateSha256: string, metrics: SiteRound): Promise<CarryingReceipt> {
    const answer = {
      receipt: { kind: 'trained' as const, updateSha256, metrics },
      next: { waitMs: NEXT_WORK_MS, accepts: [...ACCEPTED] },
    };
    if (change.sizeBytes <= WIRE_LIMITS.contentOfTaskBytes) {
      const base64 = Buffer.from(await change.read(0, change.sizeBytes)).toString('base64');
      return { ...answer, content: { sha256: updateSha256, base64 } };
    }
    await upload(this.#link(), async () => change, updateSha256);
    return answer;
  }

  #changeOf(model: TrainTask['spec']['model']): EmptyChange {
    const key = JSON.stringify(model);
    const known = this.#changes.get(key);
    if (known !== undefined) return known;
    const file = encodeParameters(model, new Float32Array(parameterTable(model).total));
    const change = { file, begun: createHash('sha256').update(file.subarray(0, file.length - 4)) };
    this.#changes.set(key, change);
    return change;
  }

  #link(): PieceLink {
    const { signal } = this.#ending;
    const call = async (sha256: string, method: 'GET' | 'PUT', path: string, more: SentContent = {}) =>
      await this.#call(method, `${HUB_PATHS.blobs}/${sha256}${path}`, more);
    const arrived = (bytes: Uint8Array) => arrivedReplySchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return {
      arrived: async (sha256) => arrived(await call(sha256, 'GET', '/arrived')),
      send: async (sha256, { start, size, bytes }) =>
        arrived(await call(sha256, 'PUT', `/pieces?start=${start}&size=${size}`, { body: bytes })),
      fetch: async (sha256, { start, length }) => await call(sha256, 'GET', `/pieces?start=${start}&length=${length}`),
      sendWhole: async (sha256, content) => {
        await call(sha256, 'PUT', '', { body: { ...content, sha256 } });
      },
      fetchWhole: async (sha256, into) => {
        await call(sha256, 'GET', '', { into });
      },
      passes: () => !signal.aborted,
      pause: async (ms) => await setTimeout(ms, undefined, { signal }),
      nowMs: () => performance.now(),
    };
  }

  async #post<Reply>(path: string, message: object, reply: z.ZodType<Reply>): Promise<Reply> {
    const body = new TextEncoder().encode(JSON.stringify(message));
    const bytes = await this.#call('POST', path, { body, contentType: 'application/json' });
    return reply.parse(JSON.parse(new TextDecoder().decode(bytes)));
  }

  async #call(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    { body = NOTHING, into, contentType = 'application/octet-stream' }: SentContent,
  ): Promise<Uint8Array> {
    const { siteId } = this;
    const nonce = randomBytes(16).toString('hex');
    const signed = signRequest({ keys: this.#keys, siteId, method, path, body, nowMs: Date.now(), nonce });
    const { status, bytes } = await this.#dial({
      url: new URL(path, this.#hubUrl),
      method,
      headers: {
        ...signed,
        [WIRE_HEADER]: wireRangeText(OWN_WIRE_RANGE),
        ...(method === 'GET' ? {} : { 'content-type': contentType }),
      },
      body,
      signal: this.#ending.signal,
      into,
    });
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${Buffer.from(bytes).toString('utf8', 0, 500)}`);
    return bytes;
  }
}

function recordOf(
  { siteId, country }: { readonly siteId: string; readonly country: string },
  name: string,
): DatasetRecord {
  const none = { below: 10 };
  return {
    siteId,
    name,
    title: 'Nothing',
    description: 'A site of a measurement; it has no films.',
    country,
    version: 1,
    contentSha256: '0'.repeat(64),
    publishedAtMs: Date.now(),
    persons: none,
    studies: none,
    images: none,
    modalities: [],
    bodyParts: [],
    manufacturers: [],
    sexes: {},
    findings: {},
    ageYears: null,
    conditions: [],
    quality: { score: 0, checked: 0, findings: 0 },
    synthetic: true,
  };
}
