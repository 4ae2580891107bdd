import { lookup } from 'node:dns/promises';
import { request } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import { z } from 'zod';
import { UnicaError } from '#base';
import type { Finding } from '#wire';
import { bad, good, note, skipped, systemCode } from './findings.ts';

/** A step that takes longer has failed. */
const STEP_LIMIT_MS = 10_000;
/** A page that answers in a hub's place may be of any length. */
const ANSWER_LIMIT_BYTES = 262_144;
const DAY_MS = 86_400_000;
/** A certificate that ends sooner is spoken of. */
const SOON_DAYS = 14;

/** What a hub says of itself to anybody. Whatever answers in its place is not to write on the terminal. */
const publicFaceSchema = z.object({
  house: z.object({
    kind: z.literal('hub'),
    name: z
      .string()
      .max(500)
      .regex(/^\P{Cc}*$/u),
    version: z
      .string()
      .max(60)
      .regex(/^\P{Cc}*$/u),
  }),
});

/** How far the way to a hub leads. */
export interface WayToHub {
  readonly findings: readonly Finding[];
  /** What it answered; undefined where the way ends before. */
  readonly hub: { readonly name: string; readonly version: string; readonly timeMs: number | undefined } | undefined;
}

/** How the way is gone. */
export interface WayOptions {
  /** A connection to the hub's host through a proxy, and the proxy's address for those who mend it; undefined: directly. */
  readonly proxy?:
    | { readonly url: URL; readonly open: (target: URL, signal: AbortSignal) => Promise<Socket> }
    | undefined;
  readonly nowMs: number;
  readonly stepLimitMs?: number;
}

/**
 * Goes the way to a hub step by step, each a finding: name, connection (through the proxy), certificate, answer. Nothing about this
 * house is sent. @note Whether the answer is truly the hub's only its signature tells; here it is looked at what is in the way.
 */
export async function reachHub(url: URL, options: WayOptions): Promise<WayToHub> {
  const limitMs = options.stepLimitMs ?? STEP_LIMIT_MS;
  const findings: Finding[] = [];
  const ended = (...more: readonly Finding[]): WayToHub => ({ findings: [...findings, ...more], hub: undefined });
  const notReached = 'It rests on what failed above.';
  const first = options.proxy?.url ?? url;
  const port = portOf(first);
  const host = first.hostname.replace(/^\[|\]$/g, '');

  const named = await nameOf(host, options.proxy !== undefined, limitMs);
  findings.push(named);
  if (named.state === 'bad') {
    return ended(
      skipped('hub-connection', notReached),
      skipped('hub-certificate', notReached),
      skipped('hub-answer', notReached),
    );
  }
  let socket: Socket;
  try {
    socket =
      options.proxy === undefined
        ? await opened(host, port, limitMs)
        : await options.proxy.open(url, AbortSignal.timeout(limitMs));
  } catch (error) {
    return ended(
      unreached(error, { host, port, limitMs }),
      skipped('hub-certificate', notReached),
      skipped('hub-answer', notReached),
    );
  }
  try {
    const through = options.proxy === undefined ? '' : ` through the proxy ${options.proxy.url.host}`;
    findings.push(good('hub-connection', `A connection to ${url.hostname}, port ${portOf(url)}${through} came about.`));
    if (url.protocol === 'https:') {
      const secure = await secured(socket, url, { limitMs, nowMs: options.nowMs });
      findings.push(secure.finding);
      if (secure.socket === undefined) return ended(skipped('hub-answer', notReached));
      socket = secure.socket;
      if (secure.finding.state === 'bad') return ended(skipped('hub-answer', notReached));
    } else {
      findings.push(
        isLoopback(url.hostname.replace(/^\[|\]$/g, ''))
          ? skipped('hub-certificate', 'Not encrypted: the hub is on this machine.')
          : note('hub-certificate', new UnicaError('checkup.not-encrypted', { host: url.hostname })),
      );
    }
    const { finding, hub } = await answered(socket, url, limitMs);
    return { findings: [...findings, finding], hub };
  } finally {
    socket.destroy();
  }
}

function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

async function nameOf(host: string, isProxy: boolean, limitMs: number): Promise<Finding> {
  const what = isProxy ? 'The proxy' : 'The hub';
  if (isIP(host) !== 0) return good('hub-name', `${what} is given by its address ${host}.`);
  try {
    const found = await inTime(lookup(host, { all: true }), limitMs);
    return good('hub-name', `${what} ${host} is ${found.map(({ address }) => address).join(', ')}.`);
  } catch (error) {
    const reason = systemCode(error);
    return bad(
      'hub-name',
      reason === 'ENOTFOUND'
        ? new UnicaError('checkup.name-unknown', { host })
        : new UnicaError('checkup.no-name-server', { host, reason }),
    );
  }
}

async function opened(host: string, port: number, limitMs: number): Promise<Socket> {
  const socket = connect({ host, port });
  try {
    await inTime(
      new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('error', reject);
      }),
      limitMs,
    );
  } catch (error) {
    socket.destroy();
    throw error;
  }
  // What it says later, whoever uses it hears.
  socket.on('error', () => {});
  return socket;
}

function unreached(
  error: unknown,
  { host, port, limitMs }: { readonly host: string; readonly port: number; readonly limitMs: number },
): Finding {
  if (error instanceof UnicaError) return bad('hub-connection', error);
  const reason = systemCode(error);
  return bad(
    'hub-connection',
    reason === 'ECONNREFUSED' || reason === 'ECONNRESET'
      ? new UnicaError('checkup.port-refused', { host, port })
      : new UnicaError('checkup.port-blocked', { host, port, seconds: Math.round(limitMs / 1000), reason }),
  );
}

async function secured(
  plain: Socket,
  url: URL,
  { limitMs, nowMs }: { readonly limitMs: number; readonly nowMs: number },
): Promise<{ readonly finding: Finding; readonly socket: TLSSocket | undefined }> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Judged below: whoever is told has to know whose certificate it was. Nothing is sent over one that is not good.
  const socket = connectTls({
    socket: plain,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    host,
    rejectUnauthorized: false,
  });
  try {
    await inTime(
      new Promise<void>((resolve, reject) => {
        socket.once('secureConnect', resolve);
        socket.once('error', reject);
        socket.once('close', () => reject(new Error('the connection was closed')));
      }),
      limitMs,
    );
  } catch (error) {
    socket.destroy();
    const failure = new UnicaError('checkup.tls-failed', { host, port: portOf(url), reason: systemCode(error) });
    return { finding: bad('hub-certificate', failure), socket: undefined };
  }
  socket.on('error', () => {});
  return { finding: judged(socket, host, nowMs), socket };
}

function judged(socket: TLSSocket, host: string, nowMs: number): Finding {
  const shown = socket.getPeerCertificate(true);
  const fault = socket.authorized ? undefined : String(socket.authorizationError);
  const day = (text: string) => new Date(text).toISOString().slice(0, 10);
  switch (fault) {
    case undefined:
      break;
    case 'CERT_HAS_EXPIRED':
      return bad(
        'hub-certificate',
        new UnicaError('checkup.certificate-expired', { host, day: day(shown.valid_to) }),
        {},
        Date.parse(shown.valid_to) < nowMs - 30 * DAY_MS ? 'it' : 'coordinator',
      );
    case 'CERT_NOT_YET_VALID':
      return bad(
        'hub-certificate',
        new UnicaError('checkup.certificate-not-yet', { host, day: day(shown.valid_from) }),
      );
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return bad('hub-certificate', new UnicaError('checkup.certificate-other', { host, names: namesOf(shown) }));
    default:
      return bad('hub-certificate', new UnicaError('checkup.certificate-untrusted', { host, issuer: rootOf(shown) }));
  }
  const daysLeft = Math.floor((Date.parse(shown.valid_to) - nowMs) / DAY_MS);
  if (daysLeft < SOON_DAYS)
    return note('hub-certificate', new UnicaError('checkup.certificate-soon', { host, day: day(shown.valid_to) }));
  return good(
    'hub-certificate',
    `The certificate was issued by "${rootOf(shown)}", which this machine trusts, and is good until ${day(shown.valid_to)}.`,
  );
}

/** Whoever stands at the end of the chain that was shown. */
function rootOf(shown: PeerCertificate | ReturnType<TLSSocket['getPeerCertificate']>): string {
  let at = shown as ReturnType<TLSSocket['getPeerCertificate']> & { issuerCertificate?: unknown };
  for (let steps = 0; steps < 10; steps += 1) {
    const above = at.issuerCertificate as typeof at | undefined;
    if (above === undefined || above === at) break;
    at = above;
  }
  return nameIn(at.issuer) ?? 'unknown';
}

function nameIn(
  subject: Readonly<Record<string, string | readonly string[] | undefined>> | undefined,
): string | undefined {
  const name = subject?.['CN'] ?? subject?.['O'];
  return (typeof name === 'string' ? name : name?.[0])?.replace(/[^\p{L}\p{N} .,'*()-]/gu, '').slice(0, 120);
}

function namesOf(shown: { readonly subjectaltname?: string | undefined; readonly subject?: object }): string {
  return (shown.subjectaltname ?? 'another name').slice(0, 200);
}

async function answered(
  socket: Socket,
  url: URL,
  limitMs: number,
): Promise<{ readonly finding: Finding; readonly hub: WayToHub['hub'] }> {
  try {
    const { status, text, date } = await inTime(asked(socket, url), limitMs);
    const parsed = publicFaceSchema.safeParse(safeJson(text));
    if (!parsed.success)
      return {
        finding: bad('hub-answer', new UnicaError('checkup.not-a-hub', { url: url.origin, status })),
        hub: undefined,
      };
    const { name, version } = parsed.data.house;
    const timeMs = Date.parse(date);
    return {
      finding: good('hub-answer', `${name} answers; it runs UNICA ${version}.`),
      hub: { name, version, timeMs: Number.isNaN(timeMs) ? undefined : timeMs },
    };
  } catch (error) {
    const reason = systemCode(error);
    return {
      finding: bad(
        'hub-answer',
        new UnicaError('checkup.service-unreachable', { what: 'The hub', url: url.origin, reason }),
      ),
      hub: undefined,
    };
  }
}

function asked(
  socket: Socket,
  url: URL,
): Promise<{ readonly status: number; readonly text: string; readonly date: string }> {
  return new Promise((resolve, reject) => {
    const asking = request({
      // Without an agent, which would connect by itself.
      createConnection: () => socket,
      host: url.hostname,
      path: '/api/session',
      headers: { host: url.host, accept: 'application/json', connection: 'close' },
    });
    asking.on('error', reject);
    asking.on('response', (answer) => {
      const parts: Buffer[] = [];
      let sizeBytes = 0;
      answer.on('data', (part: Buffer) => {
        sizeBytes += part.length;
        if (sizeBytes > ANSWER_LIMIT_BYTES) asking.destroy(new Error('the answer is too large'));
        else parts.push(part);
      });
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          text: Buffer.concat(parts).toString('utf8'),
          date: answer.headers.date ?? '',
        }),
      );
    });
    asking.end();
  });
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function inTime<Result>(work: Promise<Result>, limitMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new DOMException('it took too long', 'TimeoutError')), limitMs);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
