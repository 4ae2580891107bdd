import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type Clock, canonicalJson, type Json, toHex, UnicaError, utf8 } from '#base';
import { type SignedBody, type SiteKeys, signRequest, verifyAnswer } from '#identity';
import { contentDigest, type OpenBlob, openContent } from '#store';
import {
  arrivedReplySchema,
  HUB_PATHS,
  HUB_SIGNATURE_HEADER,
  OWN_WIRE_RANGE,
  SIGNATURE_HEADERS,
  WIRE_HEADER,
  wireRangeText,
} from '#wire';
import { type Carried, CarriedContent, type UploadKind } from './carried-content.ts';
import { type Answered, createDial, type Dial, type StreamedBody } from './dial.ts';
import { HubClock } from './hub-clock.ts';
import type { HubWitness } from './hub-witness.ts';
import type { IdentityCard } from './identity-card.ts';
import type { KillSwitch } from './kill-switch.ts';
import type { OutgoingKind, OutgoingLedger } from './outgoing-ledger.ts';
import { OwnKeys } from './own-keys.ts';
import { download, type PieceLink, upload, type WholeSink } from './transfer.ts';

/** A piece that takes longer is begun anew. */
const PIECE_TIMEOUT_MS = 60_000;

/** Contents of tasks that are held: a round has one or two. */
const MOST_TOLD = 8;
const NOTHING = new Uint8Array(0);

const problemSchema = z.object({
  code: z.string(),
  detail: z.string().optional(),
  title: z.string().optional(),
  mend: z.string().optional(),
});

/** An answer the hub gave on purpose: refused, with its reason. */
export class HubRefusal extends UnicaError {
  /** The hub's error code. */
  readonly hubCode: string;
  readonly hubStatus: number;

  /** The hub's own words. */
  readonly words: { readonly sentence: string; readonly mend: string };

  constructor(
    what: string,
    status: number,
    code: string,
    because: string,
    words?: { readonly title: string; readonly mend?: string | undefined },
  ) {
    super('node.hub-refused', { what, because });
    this.hubCode = code;
    this.hubStatus = status;
    this.words = { sentence: words?.title ?? because, mend: words?.mend ?? '' };
  }

  /** Whether it may be asked again as it is: the hub is overloaded, full or on its way up. */
  get passes(): boolean {
    return this.hubStatus >= 500 || this.hubStatus === 429;
  }
}

/** From this version of the messages on. */
const CONTENT_WITH_RECEIPTS = 3;

interface SentFor {
  readonly jobId: string;
  readonly signal: AbortSignal;
  readonly kind?: UploadKind;
}

interface Call {
  readonly kind: OutgoingKind;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  /** What is sent as it is read says its digest, or it could not be signed before. */
  readonly body?: Uint8Array | (StreamedBody & { readonly sha256: string });
  /** Takes the content of the answer. */
  readonly into?: WholeSink;
  readonly contentType?: string;
  readonly jobId?: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

/** Ends a request on which nothing moves any more. */
class Patience {
  readonly #gone = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(idleMs: number) {
    this.#timer = setTimeout(
      () => this.#gone.abort(new DOMException('nothing moved for too long', 'TimeoutError')),
      idleMs,
    );
    this.#timer.unref();
  }

  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Something moved. */
  moved(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * The node's only way out: every request is listed in the ledger first, signed with the node's key, and its answer
 * checked against the hub's pinned key. Nothing ever dials in.
 */
export class HubClient {
  readonly #card: Pick<IdentityCard, 'siteId' | 'hubUrl'>;
  readonly #hubPublicKey: string | undefined;
  readonly #keys: SiteKeys;
  readonly #ledger: OutgoingLedger;
  readonly #killSwitch: KillSwitch;
  readonly #hubClock: HubClock;
  readonly #witness: Pick<HubWitness, 'setBack'> | undefined;
  readonly #dial: Dial;
  readonly #told = new Map<string, Uint8Array>();
  readonly #carried = new CarriedContent();
  /** Of the messages, as the hub said when it was last polled. */
  #wireVersion = OWN_WIRE_RANGE.oldest;
  readonly #addresses: readonly string[];
  /** The address that answered last. */
  #address = 0;

  /** @param hubPublicKey undefined only for enrolment, when the hub's key is not known yet. */
  constructor(options: {
    readonly card: Pick<IdentityCard, 'siteId' | 'hubUrl'>;
    readonly hubPublicKey: string | undefined;
    readonly keys: SiteKeys;
    readonly ledger: OutgoingLedger;
    readonly killSwitch: KillSwitch;
    readonly clock: Clock;
    /** The hub's time, where it is followed. */
    readonly hubClock?: HubClock | undefined;
    /** Stops everything where the hub was set back. */
    readonly witness?: Pick<HubWitness, 'setBack'> | undefined;
    /** The way out; directly unless told. */
    readonly dial?: Dial | undefined;
    /** More addresses of the same hub, tried in turn when one does not answer. */
    readonly otherUrls?: readonly string[] | undefined;
  }) {
    this.#card = options.card;
    this.#hubPublicKey = options.hubPublicKey;
    this.#keys = options.keys;
    this.#ledger = options.ledger;
    this.#killSwitch = options.killSwitch;
    this.#hubClock = options.hubClock ?? new HubClock(options.clock);
    this.#witness = options.witness;
    this.#dial = options.dial ?? createDial();
    this.#addresses = [...new Set([options.card.hubUrl, ...(options.otherUrls ?? [])])];
  }

  /** Sends a JSON message and parses the answer. */
  async post<Reply>(
    call: {
      readonly kind: OutgoingKind;
      readonly path: string;
      readonly message: Json;
      readonly jobId?: string;
      readonly signal?: AbortSignal | undefined;
      readonly timeoutMs?: number;
    },
    reply: z.ZodType<Reply>,
  ): Promise<Reply> {
    const { message, ...rest } = call;
    const bytes = await this.#call({
      ...rest,
      method: 'POST',
      body: utf8(canonicalJson(message)),
      contentType: 'application/json',
    });
    return parsedAnswer(reply, bytes);
  }

  /** Asks for a JSON answer. */
  async get<Reply>(
    call: { readonly kind: OutgoingKind; readonly path: string; readonly timeoutMs?: number },
    reply: z.ZodType<Reply>,
  ): Promise<Reply> {
    return parsedAnswer(reply, await this.#call({ ...call, method: 'GET' }));
  }

  /** The version of the messages that the hub agreed to; the oldest where it did not say. */
  agreeOn(wireVersion: number | undefined): void {
    this.#wireVersion = wireVersion ?? OWN_WIRE_RANGE.oldest;
  }

  /** Whether a receipt may carry content and ask for the next work. */
  get takesCarried(): boolean {
    return this.#wireVersion >= CONTENT_WITH_RECEIPTS;
  }

  /** Whether the hub agreed to this version of the messages, or a later one. */
  speaks(wireVersion: number): boolean {
    return this.#wireVersion >= wireVersion;
  }

  /** Content that waits for the receipt that names it. */
  get carried(): Pick<CarriedContent, 'of' | 'taken' | 'drop'> {
    return this.#carried;
  }

  /**
   * Uploads content in one request, after a break in pieces, over as many connections as it takes; the hub keeps one copy however
   * often it is sent.
   * @param options.whenTaken given for content that the receipt of the task names: where it is small it leaves with that. Called
   * once the hub has it.
   */
  async putBlob(
    sha256: string,
    open: () => Promise<OpenBlob>,
    options: SentFor & { readonly whenTaken?: () => Promise<void> },
  ): Promise<void> {
    const { whenTaken, ...sent } = options;
    if (whenTaken !== undefined && this.takesCarried) {
      if (await this.#carried.add(sha256, { open, ...sent, whenTaken })) return;
    }
    await upload(this.#link(sent), open, sha256);
    await whenTaken?.();
  }

  /** Whether the hub holds an update as a whole. */
  async holds(sha256: string, { jobId, signal }: Pick<SentFor, 'jobId' | 'signal'>): Promise<boolean> {
    return (await this.#link({ jobId, signal }).arrived(sha256)).whole;
  }

  /** Uploads what waited for its receipt, because the hub does not take it so. */
  async sendCarried(content: Carried): Promise<void> {
    await upload(this.#link(content), async () => openContent(content.bytes), content.sha256);
  }

  /** Takes content that came with a task, for those who ask for it next. What is not of its digest is fetched as if none had come. */
  takeContent(sha256: string, content: Uint8Array): void {
    if (contentDigest(content) !== sha256) return;
    this.#told.delete(sha256);
    this.#told.set(sha256, content);
    const [oldest] = this.#told.keys();
    if (this.#told.size > MOST_TOLD && oldest !== undefined) this.#told.delete(oldest);
  }

  /** Fetches content by its digest and checks it. */
  async getBlob(
    sha256: string,
    options: { readonly jobId: string; readonly signal: AbortSignal },
  ): Promise<Uint8Array> {
    const told = this.#told.get(sha256);
    return told === undefined ? await download(this.#link(options), sha256) : new Uint8Array(told);
  }

  #link({ jobId, signal, kind = 'update' }: SentFor): PieceLink {
    const call = async (sha256: string, more: Pick<Call, 'kind' | 'method' | 'path' | 'body' | 'into'>) =>
      await this.#call({
        ...more,
        path: `${HUB_PATHS.blobs}/${sha256}${more.path}`,
        ...(more.body === undefined ? {} : { contentType: 'application/octet-stream' }),
        jobId,
        signal,
        timeoutMs: PIECE_TIMEOUT_MS,
      });
    const arrived = (bytes: Uint8Array) => parsedAnswer(arrivedReplySchema, bytes);
    return {
      arrived: async (sha256) => arrived(await call(sha256, { kind: 'update-asked', method: 'GET', path: '/arrived' })),
      send: async (sha256, { start, size, bytes }) =>
        arrived(
          await call(sha256, {
            kind,
            method: 'PUT',
            path: `/pieces?start=${start}&size=${size}`,
            body: bytes,
          }),
        ),
      fetch: async (sha256, { start, length }) =>
        await call(sha256, { kind: 'weights-asked', method: 'GET', path: `/pieces?start=${start}&length=${length}` }),
      sendWhole: async (sha256, content) => {
        await call(sha256, { kind, method: 'PUT', path: '', body: { ...content, sha256 } });
      },
      fetchWhole: async (sha256, into) => {
        await call(sha256, { kind: 'weights-asked', method: 'GET', path: '', into });
      },
      passes: (error) =>
        !signal.aborted &&
        error instanceof UnicaError &&
        (error instanceof HubRefusal ? error.passes : error.code === 'node.hub-unreachable'),
      pause: (ms) =>
        new Promise((resolve, reject) => {
          signal.throwIfAborted();
          const stop = () => reject(signal.reason);
          signal.addEventListener('abort', stop, { once: true });
          setTimeout(() => {
            signal.removeEventListener('abort', stop);
            resolve();
          }, ms);
        }),
      nowMs: () => performance.now(),
    };
  }

  async #call(call: Call): Promise<Uint8Array> {
    const body = call.body ?? NOTHING;
    const { method, path, kind } = call;
    if (this.#killSwitch.stopped) throw new UnicaError('node.stopped');
    if (this.#witness?.setBack === true) throw new UnicaError('node.hub-restored');
    const signed = body instanceof Uint8Array ? { sizeBytes: body.length, sha256: contentDigest(body) } : body;
    await this.#ledger.record({ kind, method, path, body: signed, jobId: call.jobId ?? null });
    const nonce = toHex(randomBytes(16));
    const headers = signRequest({
      keys: this.#keys,
      siteId: this.#card.siteId,
      method,
      path,
      body: signed,
      nowMs: this.#hubClock.nowMs(),
      nonce,
    });
    const patience = new Patience(call.timeoutMs ?? 30_000);
    const hubUrl = this.#addresses[this.#address] ?? this.#card.hubUrl;
    const answer = await this.#dial({
      url: new URL(path, hubUrl),
      method,
      headers: {
        ...headers,
        [WIRE_HEADER]: wireRangeText(OWN_WIRE_RANGE),
        ...(call.contentType === undefined ? {} : { 'content-type': call.contentType }),
      },
      body: body instanceof Uint8Array ? body : { ...body, parts: () => watched(body.parts(), patience) },
      signal: call.signal === undefined ? patience.signal : AbortSignal.any([call.signal, patience.signal]),
      into: call.into && watching(call.into, patience),
    })
      .catch((cause: unknown) => {
        if (call.signal?.aborted !== true) this.#address = (this.#address + 1) % this.#addresses.length;
        if (cause instanceof UnicaError) throw cause;
        throw new UnicaError('node.hub-unreachable', { hubUrl }, { cause });
      })
      .finally(() => patience.end());
    if (answer.status < 200 || answer.status > 299) {
      const refusal = refusalOf(kind, answer.status, answer.bytes);
      if (refusal.hubCode === 'identity.clock') this.#hubClock.forget();
      // Another program of this home may have put a new key in its place.
      if (refusal.hubCode === 'identity.signature' && (await this.#reloadKeys())) return await this.#call(call);
      throw refusal;
    }
    const content = call.into === undefined ? answer.bytes : { sha256: call.into.digest() };
    this.#checkAnswer(answer, content, headers[SIGNATURE_HEADERS.nonce] ?? nonce);
    return answer.bytes;
  }

  async #reloadKeys(): Promise<boolean> {
    const keys = this.#keys;
    return keys instanceof OwnKeys && (await keys.reload().catch(() => false));
  }

  #checkAnswer({ status, headers }: Answered, body: SignedBody, nonce: string): void {
    if (this.#hubPublicKey === undefined) return;
    const signature = headers[HUB_SIGNATURE_HEADER];
    const genuine = verifyAnswer({
      hubPublicKey: this.#hubPublicKey,
      status,
      body,
      nonce,
      signature: typeof signature === 'string' ? signature : '',
    });
    if (!genuine) throw new UnicaError('node.hub-forged');
  }
}

async function* watched(parts: AsyncIterable<Uint8Array>, patience: Patience): AsyncGenerator<Uint8Array> {
  for await (const part of parts) {
    patience.moved();
    yield part;
  }
}

function watching(sink: WholeSink, patience: Patience): WholeSink {
  return {
    expect: (sizeBytes) => sink.expect(sizeBytes),
    digest: () => sink.digest(),
    take(part) {
      patience.moved();
      sink.take(part);
    },
  };
}

/** @throws UnicaError `node.hub-forged` when a hub's answer is not as agreed. */
function parsedAnswer<Reply>(schema: z.ZodType<Reply>, bytes: Uint8Array): Reply {
  const parsed = schema.safeParse(safeJson(new TextDecoder().decode(bytes)));
  if (!parsed.success) throw new UnicaError('node.hub-forged', {}, { cause: parsed.error });
  return parsed.data;
}

function refusalOf(what: string, status: number, bytes: Uint8Array): HubRefusal {
  const text = new TextDecoder().decode(bytes.subarray(0, 4096));
  const parsed = problemSchema.safeParse(safeJson(text));
  if (!parsed.success) return new HubRefusal(wordOf(what), status, 'unknown', `it answered ${status}`);
  const { code, detail, title, mend } = parsed.data;
  return new HubRefusal(
    wordOf(what),
    status,
    code,
    detail ?? title ?? code,
    title === undefined ? undefined : { title, mend },
  );
}

/** How people call what was asked. */
function wordOf(kind: string): string {
  return kind === 'enrol' ? 'the enrolment' : kind;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
