import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { UnicaError } from '#base';
import type { RdfSyntax } from '#shacl';
import { harvestAddress } from './harvest-address.ts';

/** How much of a stranger's answer is taken. */
export interface DocumentLimits {
  /** Of one document; a quarter of it where it is JSON-LD. */
  readonly bytes: number;
  readonly redirects: number;
  /** From the question to the last byte, all redirects together. */
  readonly timeoutMs: number;
}

/** What an earlier answer said of itself, to be asked again with. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** What came of a question: a document, or word that the held one still holds. */
export type FetchedDocument =
  | ({
      readonly kind: 'document';
      /** Where it came from in the end. */
      readonly address: string;
      readonly syntax: RdfSyntax;
      readonly bytes: Uint8Array;
    } & Validators)
  | { readonly kind: 'unchanged' };

/** Asks strangers for linked data; whoever opened it closes it. */
export interface DocumentFetcher {
  /**
   * @throws UnicaError `harvest.unreachable`, `harvest.redirects`, `harvest.too-large`, `harvest.wrong-type`, `harvest.gone`,
   * `harvest.refused`, `harvest.busy`, `harvest.address`, `harvest.private-address`
   */
  fetch(address: string, held: Validators | undefined, signal: AbortSignal): Promise<FetchedDocument>;
  close(): void;
}

const ACCEPT = 'text/turtle, application/ld+json;q=0.8';
const SYNTAXES: Readonly<Record<string, RdfSyntax>> = { 'text/turtle': 'turtle', 'application/ld+json': 'json-ld' };

/** A fetcher with one connection to a host at a time. */
export function openFetcher({
  allowedHosts,
  lookup,
  limits,
  agentName,
}: {
  readonly allowedHosts: ReadonlySet<string>;
  readonly lookup: LookupFunction;
  readonly limits: DocumentLimits;
  /** As strangers find it in their logs: who reads, and where to ask why. */
  readonly agentName: string;
}): DocumentFetcher {
  const agents = {
    'https:': new HttpsAgent({ keepAlive: true, maxSockets: 1 }),
    'http:': new HttpAgent({ keepAlive: true, maxSockets: 1 }),
  };

  async function ask(url: URL, held: Validators | undefined, signal: AbortSignal): Promise<IncomingMessage> {
    const isSafe = url.protocol === 'https:';
    const request = (isSafe ? requestHttps : requestHttp)(url, {
      agent: agents[isSafe ? 'https:' : 'http:'],
      lookup,
      signal,
      headers: {
        accept: ACCEPT,
        'accept-encoding': 'identity',
        'user-agent': agentName,
        ...(held?.etag ? { 'if-none-match': held.etag } : {}),
        ...(held?.lastModified ? { 'if-modified-since': held.lastModified } : {}),
      },
    });
    return await new Promise((resolve, reject) => {
      request.once('response', resolve).once('error', reject).end();
    });
  }

  return {
    async fetch(address, held, signal) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(limits.timeoutMs)]);
      let url = harvestAddress(address, allowedHosts);
      try {
        for (let redirects = 0; redirects <= limits.redirects; redirects += 1) {
          const answer = await ask(url, held, within);
          const next = onwards(answer, url);
          if (next === undefined) return await taken(answer, url, { held, limits });
          answer.destroy();
          url = harvestAddress(next, allowedHosts);
        }
      } catch (thrown) {
        if (thrown instanceof UnicaError) throw thrown;
        throw new UnicaError('harvest.unreachable', { address, problem: problemOf(thrown, within) }, { cause: thrown });
      }
      throw new UnicaError('harvest.redirects', { address, limit: limits.redirects });
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function onwards({ statusCode = 0, headers }: IncomingMessage, from: URL): string | undefined {
  if (![301, 302, 303, 307, 308].includes(statusCode)) return undefined;
  const to = headers.location;
  if (to === undefined) return undefined;
  return URL.canParse(to, from) ? new URL(to, from).href : to;
}

async function taken(
  answer: IncomingMessage,
  url: URL,
  { held, limits }: { readonly held: Validators | undefined; readonly limits: DocumentLimits },
): Promise<FetchedDocument> {
  const address = url.href;
  const { statusCode: status = 0, headers } = answer;
  try {
    if (status === 304 && held !== undefined) return { kind: 'unchanged' };
    if (status === 404 || status === 410) throw new UnicaError('harvest.gone', { address, status });
    if (status === 429 || status === 503) throw new UnicaError('harvest.busy', { address, status });
    if (status !== 200) throw new UnicaError('harvest.refused', { address, status });
    const [type = ''] = (headers['content-type'] ?? '').toLowerCase().split(';');
    const syntax = SYNTAXES[type.trim()];
    const encoding = headers['content-encoding'] ?? 'identity';
    if (syntax === undefined || encoding !== 'identity') {
      const told = syntax === undefined ? type.trim() : `${type.trim()} as ${encoding}`;
      throw new UnicaError('harvest.wrong-type', { address, type: told === '' ? 'no type' : told.slice(0, 100) });
    }
    // JSON-LD takes many times as long to read as Turtle.
    const bytes = await bodyOf(answer, address, syntax === 'json-ld' ? limits.bytes / 4 : limits.bytes);
    return {
      kind: 'document',
      address,
      syntax,
      bytes,
      etag: kept(headers.etag),
      lastModified: kept(headers['last-modified']),
    };
  } finally {
    // What is not wanted is not read to its end.
    if (!answer.readableEnded) answer.destroy();
  }
}

/** A validator is sent back as it came; one that is too long to be sent is none. */
function kept(header: string | undefined): string | null {
  return header === undefined || header.length > 500 ? null : header;
}

async function bodyOf(answer: IncomingMessage, address: string, limitBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new UnicaError('harvest.too-large', { address, limitBytes });
  if (Number(answer.headers['content-length'] ?? 0) > limitBytes) throw tooLarge();
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > limitBytes) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts, length);
}

function problemOf(thrown: unknown, within: AbortSignal): string {
  if (within.aborted) return 'it took too long, or the hub was stopped';
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return code === '' ? 'the connection failed' : `the connection failed (${code.slice(0, 60)})`;
}
