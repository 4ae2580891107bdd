import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import type { z } from 'zod';
import { type Json, UnicaError } from '#base';
import {
  acceptedSchema,
  type DatasetGuide,
  datasetGuideSchema,
  importViewSchema,
  type MappingEffect,
  type MappingTable,
  mappingEffectSchema,
  mappingStudioSchema,
  mappingTableSchema,
  mappingTablesSchema,
  type publishDatasetSchema,
  type RecordStandingView,
  recordStandingSchema,
} from '#wire';
import type { HouseClient } from './house-client.ts';

/** What a guided run begins with. */
export interface GuidedWish {
  readonly name: string;
  /** Folders, files or zips with images that the node can read. */
  readonly images: readonly string[];
  /** Clinical tables; the mapping of one as YAML, or none, and then what the node proposes is taken. */
  readonly tables: readonly { readonly path: string; readonly mapping?: string | undefined }[];
  readonly announcement: z.infer<typeof publishDatasetSchema>;
  /** Else the record is only looked at. */
  readonly publish: boolean;
}

/** What became of a table. */
export interface GuidedTable {
  readonly name: string;
  readonly effect: MappingEffect;
  readonly rows: number;
  /** Columns that nobody decided about, and were left out. */
  readonly undecided: readonly string[];
}

/** What came of a guided run. */
export interface GuidedReport {
  readonly images: { readonly received: number; readonly accepted: number; readonly quarantined: number };
  readonly tables: readonly GuidedTable[];
  readonly standing: RecordStandingView;
  readonly published: boolean;
  readonly guide: DatasetGuide;
}

const ASK_AGAIN_MS = 250;

/**
 * From films and spreadsheets to a record in the catalogue, by the API of a running node as its portal uses it: images in, tables mapped and brought
 * in, the record looked at by both profiles and published. A record that EUCAIM would not take is not published.
 * @throws UnicaError `village.house-refused`, `village.guided-step-failed`
 */
export async function guidedRun(
  node: HouseClient,
  wish: GuidedWish,
  tell: (line: string) => void,
  signal?: AbortSignal,
): Promise<GuidedReport> {
  const images = { received: 0, accepted: 0, quarantined: 0 };
  for (const path of wish.images) {
    tell(`Images of ${path} …`);
    const { received, accepted, quarantined } = await broughtIn(node, path, signal);
    images.received += received;
    images.accepted += accepted;
    images.quarantined += quarantined;
  }
  const tables: GuidedTable[] = [];
  for (const table of wish.tables) {
    tell(`Table ${basename(table.path)} …`);
    tables.push(await mapped(node, table, signal));
  }
  tell('Record …');
  const path = `/api/datasets/${encodeURIComponent(wish.name)}`;
  const announcement = wish.announcement as Json;
  let standing = await node.post(`${path}/preview`, announcement, recordStandingSchema, signal);
  const published = wish.publish && standing.state !== 'draft';
  if (published) {
    await node.post(`${path}/publish`, announcement, acceptedSchema, signal);
    standing = await node.get(`${path}/record`, recordStandingSchema, signal);
  }
  const guide = await node.get(`${path}/guide`, datasetGuideSchema, signal);
  return { images, tables, standing, published, guide };
}

async function broughtIn(node: HouseClient, path: string, signal: AbortSignal | undefined) {
  let view = await node.post('/api/imports', { path }, importViewSchema, signal);
  while (view.state === 'running') {
    await again(signal);
    view = await node.get(`/api/imports/${view.importId}`, importViewSchema, signal);
  }
  if (view.state === 'failed') throw failed(path, view.because);
  return view;
}

async function mapped(
  node: HouseClient,
  { path, mapping }: GuidedWish['tables'][number],
  signal: AbortSignal | undefined,
): Promise<GuidedTable> {
  const name = basename(path);
  const uploaded = await node.upload(
    `/api/mapping/tables?name=${encodeURIComponent(name)}`,
    await openAsBlob(path),
    mappingTableSchema,
    signal,
  );
  const own = `/api/mapping/tables/${uploaded.tableId}`;
  const { document } = await node.get(own, mappingStudioSchema, signal);
  const wish: Json = mapping === undefined ? { document: document as Json } : { yaml: mapping };
  const effect = await node.post(`${own}/effect`, wish, mappingEffectSchema, signal);
  await node.put(`${own}/mapping`, new TextEncoder().encode(JSON.stringify(wish)), 'application/json');
  let view: MappingTable | undefined = await node.post(`${own}/run`, {}, mappingTableSchema, signal);
  while (view?.run?.state === 'running') {
    await again(signal);
    const { items } = await node.get('/api/mapping/tables', mappingTablesSchema, signal);
    view = items.find(({ tableId }) => tableId === uploaded.tableId);
  }
  if (view?.run?.state !== 'done') throw failed(name, view?.run?.because ?? null);
  const undecided =
    mapping === undefined
      ? document.columns.filter(({ leave_out }) => leave_out === 'undecided').map(({ column }) => column)
      : [];
  return { name, effect, rows: view.run.rows, undecided };
}

async function again(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
}

function failed(what: string, because: string | null): UnicaError {
  return new UnicaError('village.guided-step-failed', { what, because: because ?? 'the node did not say why' });
}
