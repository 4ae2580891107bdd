import type { PlantedPixels } from './planted-pixels.ts';
import type { PlantedText } from './planted-text.ts';
import { recordedConnections } from './relay.ts';
import type { RecordedRequest } from './wire-record.ts';
import { type WireView, wireViews } from './wire-views.ts';

/** What must not be on the wire. */
export interface Planted {
  readonly text: PlantedText;
  readonly pixels: PlantedPixels;
}

/** One row of a node's own list of what left it, as `GET /api/outgoing` gives it. */
export interface ListedRequest {
  readonly method: string;
  readonly path: string;
  readonly bytes: number;
  readonly bodySha256: string;
}

/** One node's record and its own list. */
export interface AuditedNode {
  readonly siteId: string;
  /** The folder its relay writes to. */
  readonly folder: string;
  /** Asked for after the record was read: the node lists a request before it sends it, and goes on sending meanwhile. */
  readonly listed: () => Promise<readonly ListedRequest[]>;
}

/** Something planted that was found, told without repeating it. */
export interface WireFinding {
  readonly siteId: string;
  /** `PatientName`, `PatientID` …, or `pixels`. */
  readonly what: string;
  readonly how: WireView['how'];
  /** UTF-8, Latin-1, UTF-16; absent for pixels. */
  readonly encoding?: string;
}

/** A request on the wire that its node did not list. */
export interface UnlistedRequest {
  readonly siteId: string;
  readonly method: string;
  readonly path: string;
  readonly bytes: number;
}

/** The audit's result. Clean: no findings, nothing unlisted, no stray bytes. */
export interface WireAudit {
  /** Every byte that left, headers included. */
  readonly bytesOutPerNode: Readonly<Record<string, number>>;
  readonly requestsPerNode: Readonly<Record<string, number>>;
  readonly findings: readonly WireFinding[];
  readonly unlisted: readonly UnlistedRequest[];
  /** Bytes that are no HTTP request. */
  readonly strayBytes: number;
  readonly searchedTexts: number;
  readonly tooShortTexts: number;
  readonly searchedFilms: number;
}

/**
 * Searches everything the relays recorded for planted text and pixels, and holds each node's own list of what left it
 * against the record: each request on the wire must be on the list with the same digest, as often as it was sent.
 */
export async function auditWire(nodes: readonly AuditedNode[], planted: Planted): Promise<WireAudit> {
  const bytesOutPerNode: Record<string, number> = {};
  const requestsPerNode: Record<string, number> = {};
  const findings: WireFinding[] = [];
  const unlisted: UnlistedRequest[] = [];
  let strayBytes = 0;
  for (const { siteId, folder, listed } of nodes) {
    const requests: RecordedRequest[] = [];
    let bytesOut = 0;
    for (const { bytes, record } of recordedConnections(folder)) {
      bytesOut += bytes.length;
      strayBytes += record.strayBytes;
      requests.push(...record.requests);
      for (const finding of findPlanted(bytes, planted)) findings.push({ siteId, ...finding });
      // Framing may cut a secret in two: bodies sent in chunks are searched again with their framing taken off. Other bodies
      // are stretches of what was searched.
      for (const request of record.requests) {
        if (request.body.buffer === bytes.buffer) continue;
        for (const finding of findPlanted(request.body, planted)) findings.push({ siteId, ...finding });
      }
    }
    bytesOutPerNode[siteId] = bytesOut;
    requestsPerNode[siteId] = requests.length;
    for (const { method, path, bytes } of unlistedOf(requests, await listed())) {
      unlisted.push({ siteId, method, path, bytes });
    }
  }
  const { text, pixels } = planted;
  return {
    bytesOutPerNode,
    requestsPerNode,
    findings,
    unlisted,
    strayBytes,
    searchedTexts: text.size,
    tooShortTexts: text.tooShort,
    searchedFilms: pixels.films,
  };
}

/** Everything planted that stands in the bytes, in any of their readings. */
export function* findPlanted(bytes: Uint8Array, planted: Planted): Generator<Omit<WireFinding, 'siteId'>> {
  for (const view of wireViews(bytes)) {
    for (const { what, encoding } of planted.text.find(view.bytes)) yield { what, how: view.how, encoding };
    for (const _offset of planted.pixels.find(view.bytes)) yield { what: 'pixels', how: view.how };
  }
}

function unlistedOf(
  requests: readonly RecordedRequest[],
  listed: readonly ListedRequest[],
): readonly RecordedRequest[] {
  const open = new Map<string, ListedRequest[]>();
  for (const row of listed) {
    const key = `${row.method} ${row.path}`;
    const rows = open.get(key) ?? [];
    rows.push(row);
    open.set(key, rows);
  }
  const take = (request: RecordedRequest, fits: (row: ListedRequest) => boolean): boolean => {
    const rows = open.get(`${request.method} ${request.path}`) ?? [];
    const index = rows.findIndex(fits);
    if (index >= 0) rows.splice(index, 1);
    return index >= 0;
  };
  const complete = requests.filter((request) => request.complete);
  const cut = requests.filter((request) => !request.complete);
  return [
    ...complete.filter((request) => !take(request, (row) => row.bodySha256 === request.bodySha256)),
    // A request cut off by a broken connection has no digest to compare: its row must be at least as long.
    ...cut.filter((request) => !take(request, (row) => row.bytes >= request.body.length)),
  ];
}
