import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { asUnicaError, fromUtf8, UnicaError, utf8 } from '#base';
import { multipartEnd, multipartType, partHead } from '#dicomweb';
import { isOutOfResources } from '#dimse';
import { type Answered, createDial, type Dialled } from './dial.ts';
import { type NumbersOf, transactionOf } from './fhir-transaction.ts';

/** A system of the hospital that is reached by HTTP. */
export interface WebPeer {
  readonly url: URL;
  /** Value of the Authorization header. */
  readonly authorization?: string | undefined;
  /** PEM: whose certificates are trusted instead of those that the system trusts. */
  readonly authorities?: string | undefined;
}

/** What became of an object. */
export interface WebOutcome {
  readonly object: string;
  /** put-off: there is no room for it now, it may be sent again. */
  readonly kind: 'stored' | 'refused' | 'put-off';
}

/** Answers are lists of references. */
const ANSWER_LIMIT_BYTES = 4 * 2 ** 20;
const LARGEST_REQUEST_BYTES = 512 * 2 ** 20;
const LIMIT_MS = 120_000;

/**
 * STOW-RS (PS3.18 section 10.5): stores the files at once, and tells what was answered to each.
 * @throws UnicaError `clinic.peer-unreachable`, `clinic.peer-refused` (nothing of it was stored), `clinic.too-large`
 */
export async function storeByWeb(
  peer: WebPeer,
  files: readonly { readonly path: string; readonly sopInstanceUid: string }[],
  signal: AbortSignal,
): Promise<readonly WebOutcome[]> {
  const boundary = `unica-${randomBytes(16).toString('hex')}`;
  const sizes = await Promise.all(files.map(async ({ path }) => (await stat(path)).size));
  const heads = sizes.map((sizeBytes, place) =>
    partHead(boundary, { first: place === 0, contentType: 'application/dicom', sizeBytes }),
  );
  const end = multipartEnd(boundary);
  const sizeBytes = [...sizes, ...heads.map(({ length }) => length), end.length].reduce((sum, one) => sum + one, 0);
  if (sizeBytes > LARGEST_REQUEST_BYTES)
    throw new UnicaError('clinic.too-large', { limitMib: LARGEST_REQUEST_BYTES / 2 ** 20 });
  async function* parts(): AsyncGenerator<Uint8Array> {
    for (const [place, { path }] of files.entries()) {
      yield heads[place] ?? new Uint8Array();
      yield await readFile(path);
    }
    yield end;
  }
  const answer = await ask(peer, {
    path: 'studies',
    method: 'POST',
    headers: { 'content-type': multipartType(boundary, 'application/dicom'), accept: 'application/dicom+json' },
    body: { sizeBytes, parts },
    signal,
  });
  // 200: all of it; 202: some of it; 409: none of it, with the reason of each.
  if (![200, 202, 409].includes(answer.status)) throw refusal(peer, answer.status);
  const { stored, putOff } = answeredIn(answer, peer);
  return files.map(({ sopInstanceUid: object }) => ({
    object,
    kind: stored.has(object) ? 'stored' : putOff.has(object) ? 'put-off' : 'refused',
  }));
}

/**
 * A document as a transaction of conditional creates (FHIR R4, http.html#trules): what is there is not made again.
 * @throws UnicaError `clinic.peer-unreachable`, `clinic.peer-refused`
 */
export async function createAtFhirServer(
  peer: WebPeer,
  document: unknown,
  { signal, ...numbers }: NumbersOf & { readonly signal: AbortSignal },
): Promise<{ readonly created: number; readonly known: number }> {
  const transaction = transactionOf(document, numbers);
  const answer = await ask(peer, {
    path: '',
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json', accept: 'application/fhir+json', prefer: 'return=minimal' },
    body: utf8(JSON.stringify(transaction)),
    signal,
  });
  if (answer.status !== 200 && answer.status !== 201) throw refusal(peer, answer.status);
  const reply = transactionReplySchema.safeParse(jsonOf(answer));
  if (!reply.success) throw refusal(peer, answer.status);
  const codes = reply.data.entry.map(({ response }) => Number(response.status.slice(0, 3)));
  if (codes.length !== transaction.entry.length || codes.some((code) => code < 200 || code > 299))
    throw refusal(peer, codes.find((code) => code > 299) ?? answer.status);
  const created = codes.filter((code) => code === 201).length;
  return { created, known: codes.length - created };
}

/**
 * Whether a system answers: a search of one study, or the statement of what a FHIR server can do.
 * @throws UnicaError `clinic.peer-unreachable`, `clinic.peer-refused`
 */
export async function askWebPeer(peer: WebPeer, kind: 'stow' | 'fhir', signal: AbortSignal): Promise<void> {
  const path = kind === 'fhir' ? 'metadata' : 'studies?limit=1';
  const accept = kind === 'fhir' ? 'application/fhir+json' : 'application/dicom+json';
  const { status } = await ask(peer, { path, method: 'GET', headers: { accept }, body: new Uint8Array(), signal });
  if (status !== 200 && status !== 204) throw refusal(peer, status);
}

async function ask(
  peer: WebPeer,
  { path, headers, ...rest }: Omit<Dialled, 'url' | 'into'> & { readonly path: string },
): Promise<Answered> {
  const base = peer.url.href.replace(/\/+$/, '');
  const url = new URL(path === '' ? base : `${base}/${path}`);
  const dial = createDial(undefined, { answerLimitBytes: ANSWER_LIMIT_BYTES, authorities: peer.authorities });
  const { authorization } = peer;
  const signal = AbortSignal.any([rest.signal, AbortSignal.timeout(LIMIT_MS)]);
  const own = authorization === undefined ? {} : { authorization };
  try {
    return await dial({ ...rest, url, headers: { ...headers, ...own, connection: 'close' }, signal });
  } catch (error) {
    rest.signal.throwIfAborted();
    const reason = (error as NodeJS.ErrnoException).code ?? asUnicaError(error).code;
    throw new UnicaError('clinic.peer-unreachable', { peer: peer.url.host, reason }, { cause: error });
  }
}

function refusal(peer: WebPeer, status: number): UnicaError {
  // Busy, or in trouble of its own: it may take it later.
  if (status === 408 || status === 429 || status >= 500)
    return new UnicaError('clinic.peer-unreachable', { peer: peer.url.host, reason: `HTTP ${status}` });
  if (status === 401 || status === 403) return new UnicaError('clinic.peer-closed', { peer: peer.url.host, status });
  return new UnicaError('clinic.peer-refused', { peer: peer.url.host, status });
}

/** UIDs of ReferencedSOPSequence (0008,1199), and those of FailedSOPSequence (0008,1198) for which only room is lacking. */
function answeredIn(
  answer: Answered,
  peer: WebPeer,
): { readonly stored: ReadonlySet<string>; readonly putOff: ReadonlySet<string> } {
  const read = storeReplySchema.safeParse(jsonOf(answer));
  if (!read.success) throw refusal(peer, answer.status === 200 ? 502 : answer.status);
  const document = Array.isArray(read.data) ? read.data[0] : read.data;
  const named = (item: z.infer<typeof referenceSchema>): readonly string[] => item['00081155']?.Value ?? [];
  const failed = document?.['00081198']?.Value ?? [];
  return {
    stored: new Set((document?.['00081199']?.Value ?? []).flatMap(named)),
    putOff: new Set(failed.filter((item) => (item['00081197']?.Value ?? []).some(isOutOfResources)).flatMap(named)),
  };
}

function jsonOf({ bytes }: Answered): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch {
    return undefined;
  }
}

const referenceSchema = z.looseObject({
  '00081155': z.looseObject({ Value: z.array(z.string()).optional() }).optional(),
  /** FailureReason; what is no number is no reason to send again. */
  '00081197': z.looseObject({ Value: z.array(z.number()).optional().catch([]) }).optional(),
});

const sequenceSchema = z.looseObject({ Value: z.array(referenceSchema).optional() }).optional();

const referencesSchema = z.looseObject({ '00081199': sequenceSchema, '00081198': sequenceSchema });

/** The data set, or a list of one, as some servers write it. */
const storeReplySchema = z.union([z.array(referencesSchema).max(1), referencesSchema]);

const transactionReplySchema = z.looseObject({
  resourceType: z.literal('Bundle'),
  type: z.literal('transaction-response'),
  entry: z.array(z.looseObject({ response: z.looseObject({ status: z.string().regex(/^\d{3}/) }) })),
});
