import { z } from 'zod';
import { UnicaError } from '#base';
import { parseAccept, type QueryParameters } from '#dicomweb';
import type { Caller } from '#http';
import type { Role } from '#wire';
import type { DicomScope } from './dicom-index.ts';
import { type DicomwebHouse, dicomwebUrl } from './dicomweb-house.ts';
import type { Retrieval } from './dicomweb-retrieval.ts';

/** A DICOM UID in an address. */
const uid = z.string().regex(/^[0-9.]{1,64}$/);

export const studyParams = z.strictObject({ study: uid });
export const seriesParams = z.strictObject({ study: uid, series: uid });
export const instanceParams = z.strictObject({ study: uid, series: uid, instance: uid });

const text = z.union([z.string(), z.array(z.string())]).optional();

/** Parameters of a search; attributes by keyword or tag come beside those named here. */
export const searchParameters = z.looseObject({ limit: text, offset: text, includefield: text, fuzzymatching: text });

/** Parameters of a retrieval. */
export const retrieveParameters = z.looseObject({ accept: text, window: text, viewport: text });

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Parameters as text. @throws UnicaError `dicomweb.query-invalid`. */
export function parametersOf(query: Readonly<Record<string, unknown>>): QueryParameters {
  const parsed = z.record(z.string(), text).safeParse(query);
  if (!parsed.success)
    throw new UnicaError('dicomweb.query-invalid', { parameter: 'the query', problem: 'it is no text' });
  return parsed.data;
}

/** The parts of an address as a scope. */
export function scopeOf(params: {
  readonly study?: string;
  readonly series?: string;
  readonly instance?: string;
}): DicomScope {
  return { studyInstanceUid: params.study, seriesInstanceUid: params.series, sopInstanceUid: params.instance };
}

/** What a request asks for, how and where from. */
export function retrievalOf(
  house: DicomwebHouse,
  call: {
    readonly params: { readonly study?: string; readonly series?: string; readonly instance?: string };
    readonly query: Readonly<Record<string, unknown>>;
    readonly headers: Headers;
    readonly caller: Caller;
  },
): Retrieval {
  const { accept } = call.query;
  const header = call.headers['accept'];
  return {
    scope: scopeOf(call.params),
    imagesOnly: !seesAll(call.caller),
    accept: parseAccept(
      typeof header === 'string' ? header : undefined,
      typeof accept === 'string' ? accept : undefined,
    ),
    ifNoneMatch: call.headers['if-none-match'],
    baseUrl: dicomwebUrl(house, call.headers['host']),
  };
}

/** Who keeps the archive sees all of it; whoever reads sees its images, and what a model says of them by the routes of reading. */
const KEEPERS: readonly Role[] = ['operator', 'curator', 'protection-officer'];

function seesAll(caller: Caller): boolean {
  return caller.kind === 'person' && caller.person.roles.some((role) => KEEPERS.includes(role));
}
