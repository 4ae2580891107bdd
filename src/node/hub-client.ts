import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type Clock, canonicalJson, type Json, sha256Hex, toHex, UnicaError, utf8 } from '#base';
import { type SiteKeys, signRequest, verifyAnswer } from '#identity';
import { HUB_PATHS, HUB_SIGNATURE_HEADER, SIGNATURE_HEADERS } from '#wire';
import type { IdentityCard } from './identity-card.ts';
import type { KillSwitch } from './kill-switch.ts';
import type { OutgoingKind, OutgoingLedger } from './outgoing-ledger.ts';

const NOTHING = new Uint8Array(0);

const problemSchema = z.object({ code: z.string(), detail: z.string().optional(), title: z.string().optional() });

/** An answer the hub gave on purpose: refused, with its reason. */
export class HubRefusal extends UnicaError {
  /** The hub's error code. */
  readonly hubCode: string;
  readonly hubStatus: number;

  constructor(what: string, status: number, code: string, because: string) {
    super('node.hub-refused', { what, because });
    this.hubCode = code;
    this.hubStatus = status;
  }
}

interface Call {
  readonly kind: OutgoingKind;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: Uint8Array;
  readonly contentType?: string;
  readonly jobId?: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
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
  readonly #clock: Clock;

  /** @param hubPublicKey undefined only for enrolment, when the hub's key is not known yet. */
  constructor(options: {
    readonly card: Pick<IdentityCard, 'siteId' | 'hubUrl'>;
    readonly hubPublicKey: string | undefined;
    readonly keys: SiteKeys;
    readonly ledger: OutgoingLedger;
    readonly killSwitch: KillSwitch;
    readonly clock: Clock;
  }) {
    this.#card = options.card;
    this.#hubPublicKey = options.hubPublicKey;
    this.#keys = options.keys;
    this.#ledger = options.ledger;
    this.#killSwitch = options.killSwitch;
    this.#clock = options.clock;
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
    const parsed = reply.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    if (!parsed.success) throw new UnicaError('node.hub-forged', {}, { cause: parsed.error });
    return parsed.data;
  }

  /** Uploads content under its digest; the hub keeps one copy however often it is sent. */
  async putBlob(
    content: Uint8Array,
    options: { readonly jobId: string; readonly signal?: AbortSignal; readonly kind?: 'update' | 'masked-update' },
  ): Promise<string> {
    const digest = sha256Hex(content);
    await this.#call({
      kind: options.kind ?? 'update',
      method: 'PUT',
      path: `${HUB_PATHS.blobs}/${digest}`,
      body: content,
      contentType: 'application/octet-stream',
      jobId: options.jobId,
      timeoutMs: 600_000,
      signal: options.signal,
    });
    return digest;
  }

  /** Fetches content by its digest and checks it. */
  async getBlob(
    digest: string,
    options: { readonly jobId: string; readonly signal?: AbortSignal },
  ): Promise<Uint8Array> {
    const bytes = await this.#call({
      kind: 'weights-asked',
      method: 'GET',
      path: `${HUB_PATHS.blobs}/${digest}`,
      jobId: options.jobId,
      timeoutMs: 600_000,
      signal: options.signal,
    });
    if (sha256Hex(bytes) !== digest) throw new UnicaError('node.hub-forged');
    return bytes;
  }

  async #call(call: Call): Promise<Uint8Array> {
    const body = call.body ?? NOTHING;
    const { method, path, kind } = call;
    if (this.#killSwitch.stopped) throw new UnicaError('node.stopped');
    await this.#ledger.record({ kind, method, path, body, jobId: call.jobId ?? null });
    const nonce = toHex(randomBytes(16));
    const headers = signRequest({
      keys: this.#keys,
      siteId: this.#card.siteId,
      method,
      path,
      body,
      nowMs: this.#clock(),
      nonce,
    });
    const timeout = AbortSignal.timeout(call.timeoutMs ?? 30_000);
    const response = await fetch(new URL(path, this.#card.hubUrl), {
      method,
      headers: { ...headers, ...(call.contentType === undefined ? {} : { 'content-type': call.contentType }) },
      ...(method === 'GET' ? {} : { body: body as Uint8Array<ArrayBuffer> }),
      redirect: 'error',
      signal: call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]),
    }).catch((cause: unknown) => {
      throw new UnicaError('node.hub-unreachable', { hubUrl: this.#card.hubUrl }, { cause });
    });
    const bytes = new Uint8Array(
      await response.arrayBuffer().catch((cause: unknown) => {
        throw new UnicaError('node.hub-unreachable', { hubUrl: this.#card.hubUrl }, { cause });
      }),
    );
    if (!response.ok) throw refusalOf(kind, response.status, bytes);
    this.#checkAnswer(response, bytes, headers[SIGNATURE_HEADERS.nonce] ?? nonce);
    return bytes;
  }

  #checkAnswer(response: Response, bytes: Uint8Array, nonce: string): void {
    if (this.#hubPublicKey === undefined) return;
    const genuine = verifyAnswer({
      hubPublicKey: this.#hubPublicKey,
      status: response.status,
      body: bytes,
      nonce,
      signature: response.headers.get(HUB_SIGNATURE_HEADER) ?? '',
    });
    if (!genuine) throw new UnicaError('node.hub-forged');
  }
}

function refusalOf(what: string, status: number, bytes: Uint8Array): UnicaError {
  const text = new TextDecoder().decode(bytes.subarray(0, 4096));
  const parsed = problemSchema.safeParse(safeJson(text));
  if (!parsed.success) return new HubRefusal(what, status, 'unknown', `it answered ${status}`);
  return new HubRefusal(what, status, parsed.data.code, parsed.data.detail ?? parsed.data.title ?? parsed.data.code);
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
