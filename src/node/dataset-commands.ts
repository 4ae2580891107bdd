import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog, UnicaError } from '#base';
import { type RecordForm, recordAddresses, toTurtle } from '#record';
import { toJsonLd } from '#shacl';
import type { DatasetRecord, RecordStandingView } from '#wire';
import type { NodeConfig } from './config.ts';
import { WHOLE_ARCHIVE } from './current-data.ts';
import { lastRecord } from './last-record.ts';
import { openNode } from './open-node.ts';
import { recordStanding } from './record-standing.ts';

/** The last published record of each dataset of a home, with where it stands. @throws UnicaError `node.not-initialised`. */
export async function nodeDatasets(config: NodeConfig): Promise<readonly RecordStandingView[]> {
  return await withRecord(config, WHOLE_ARCHIVE, async (record, hubUrl) =>
    record === undefined ? [] : [await recordStanding(record, hubUrl)],
  );
}

/** The last published record of one dataset. @throws UnicaError `node.not-initialised`, `node.dataset-unpublished`. */
export async function nodeDataset(config: NodeConfig, name: string): Promise<RecordStandingView> {
  return await withRecord(config, name, async (record, hubUrl) => await recordStanding(known(record, name), hubUrl));
}

/**
 * Writes a dataset's record as Turtle and JSON-LD into a folder, and says where.
 * @throws UnicaError `node.not-initialised`, `node.dataset-unpublished`
 */
export async function exportDatasetRecord(
  config: NodeConfig,
  wish: { readonly name: string; readonly form: RecordForm; readonly outPath: string },
): Promise<readonly string[]> {
  const { name, form, outPath } = wish;
  return await withRecord(config, name, async (record, hubUrl) => {
    const found = known(record, name);
    const turtle = toTurtle(found, recordAddresses(hubUrl, found.siteId, name), form);
    const document = `${JSON.stringify(await toJsonLd(turtle), undefined, 2)}\n`;
    await mkdir(outPath, { recursive: true });
    const files = [
      [join(outPath, `${name}.${form}.ttl`), turtle],
      [join(outPath, `${name}.${form}.jsonld`), document],
    ] as const;
    for (const [path, text] of files) await writeFile(path, text);
    return files.map(([path]) => path);
  });
}

function known(record: DatasetRecord | undefined, name: string): DatasetRecord {
  if (record === undefined) throw new UnicaError('node.dataset-unpublished', { name });
  return record;
}

async function withRecord<Result>(
  config: NodeConfig,
  name: string,
  use: (record: DatasetRecord | undefined, hubUrl: string) => Promise<Result>,
): Promise<Result> {
  const node = await openNode(config, silentLog);
  try {
    return await use(await lastRecord(node.database.kysely, name), node.card.hubUrl);
  } finally {
    await node.close();
  }
}
