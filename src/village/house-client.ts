import { z } from 'zod';
import { type Json, UnicaError } from '#base';

const problemSchema = z.object({
  detail: z.string().optional(),
  title: z.string().optional(),
  code: z.string().optional(),
});

/** The house answers, but something behind it does not, such as a database whose connections were cut: asked again. */
class Faltered extends Error {}

/** A house's API as one of its people uses it. */
export class HouseClient {
  readonly #house: string;
  readonly #url: string;
  readonly #token: string;
  readonly #patienceMs: number;

  /** @param patienceMs how long to keep trying while the house is being started again. */
  constructor(options: {
    readonly house: string;
    readonly url: string;
    readonly token: string;
    readonly patienceMs?: number;
  }) {
    this.#house = options.house;
    this.#url = options.url;
    this.#token = options.token;
    this.#patienceMs = options.patienceMs ?? 60_000;
  }

  /** Reads a page. @throws UnicaError `village.house-refused`. */
  async get<Reply>(path: string, reply: z.ZodType<Reply>, signal?: AbortSignal): Promise<Reply> {
    return parsed(await this.#bytes({ method: 'GET', path, signal }), reply);
  }

  /** Sends a message. A house that died before it answered is asked again. */
  async post<Reply>(path: string, message: Json, reply: z.ZodType<Reply>, signal?: AbortSignal): Promise<Reply> {
    const body = new TextEncoder().encode(JSON.stringify(message));
    return parsed(await this.#bytes({ method: 'POST', path, body, contentType: 'application/json', signal }), reply);
  }

  /** Sends bytes under their digest. */
  async put(path: string, body: Uint8Array, contentType: string): Promise<void> {
    await this.#bytes({ method: 'PUT', path, body, contentType, signal: undefined });
  }

  /** Sends a file as it lies, without holding it. */
  async upload<Reply>(path: string, file: Blob, reply: z.ZodType<Reply>, signal?: AbortSignal): Promise<Reply> {
    const contentType = 'application/octet-stream';
    return parsed(await this.#bytes({ method: 'POST', path, body: file, contentType, signal }), reply);
  }

  /** Fetches bytes. */
  async bytes(path: string): Promise<Uint8Array> {
    return await this.#bytes({ method: 'GET', path, signal: undefined });
  }

  async #bytes(call: HouseCall): Promise<Uint8Array> {
    const untilMs = Date.now() + this.#patienceMs;
    for (;;) {
      try {
        return await this.#once(call);
      } catch (error) {
        const lost = !(error instanceof UnicaError);
        if (!lost || call.signal?.aborted === true || Date.now() > untilMs)
          throw lost ? this.#refusal(call, error instanceof Faltered ? error.message : error) : error;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
  }

  async #once(call: HouseCall): Promise<Uint8Array> {
    const timeout = AbortSignal.timeout(60_000);
    const answer = await fetch(`${this.#url}${call.path}`, {
      method: call.method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(call.contentType === undefined ? {} : { 'content-type': call.contentType }),
      },
      ...(call.body === undefined
        ? {}
        : { body: call.body instanceof Uint8Array ? new Uint8Array(call.body) : call.body }),
      signal: call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]),
    });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (answer.ok) return bytes;
    const because = problemOf(bytes) ?? `it answered ${answer.status}`;
    if (call.method === 'GET' && answer.status >= 500) throw new Faltered(because);
    throw this.#refusal(call, because);
  }

  #refusal(call: HouseCall, because: unknown): UnicaError {
    const facts = {
      house: this.#house,
      what: `${call.method} ${call.path}`,
      because: typeof because === 'string' ? because : 'it could not be reached.',
    };
    return new UnicaError('village.house-refused', facts, { cause: because });
  }
}

interface HouseCall {
  readonly method: string;
  readonly path: string;
  readonly body?: Uint8Array | Blob;
  readonly contentType?: string;
  readonly signal: AbortSignal | undefined;
}

function parsed<Reply>(bytes: Uint8Array, reply: z.ZodType<Reply>): Reply {
  return reply.parse(JSON.parse(new TextDecoder().decode(bytes)));
}

function problemOf(bytes: Uint8Array): string | undefined {
  try {
    const { detail, title, code } = problemSchema.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(0, 8192))));
    return detail ?? title ?? code;
  } catch {
    return undefined;
  }
}
