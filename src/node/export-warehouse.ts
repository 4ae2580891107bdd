import { silentLog, UnicaError } from '#base';
import type { BuildReport, ClinicalWarehouse, LoadReport } from '#warehouse';
import { loadCdmFiles, writeCdmFiles } from './cdm-files.ts';
import type { NodeConfig } from './config.ts';
import { WHOLE_ARCHIVE } from './current-data.ts';
import { lastRecord } from './last-record.ts';
import { writeOmopFiles } from './omop-files.ts';
import { openNode } from './open-node.ts';

/** What was written, or brought in. */
export interface WarehouseReport {
  readonly dataset: string;
  /** Digest of every row. */
  readonly contentSha256: string;
  /** Rows by table. */
  readonly tables: Readonly<Record<string, number>>;
  /** Rows that were left out because nobody knows their day; of an export as OMOP. */
  readonly undated?: number;
  /** Resources that our own validator finds fault with; none is expected. Of an export as FHIR. */
  readonly invalid?: readonly { readonly file: string; readonly path: string; readonly message: string }[];
}

/** Forms in which a warehouse is written down. */
export type WarehouseFormat = 'cdm-csv' | 'omop' | 'fhir-clinical';

/**
 * Writes the warehouse of a dataset into a folder: the tables of the EUCAIM common data model as CSV, those of OMOP with its imaging
 * extension, or FHIR R4 resources. A published version is written as it was published; without one, what is there now. People who opted out are not in it.
 * Entered in the journal.
 * @throws UnicaError `node.not-initialised`, `http.not-found`, `node.dataset-empty`
 */
export async function exportWarehouse(
  config: NodeConfig,
  wish: {
    readonly name: string;
    readonly out: string;
    readonly format?: WarehouseFormat;
    readonly version?: number | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<WarehouseReport> {
  const { name, version, format = 'cdm-csv' } = wish;
  if (name !== WHOLE_ARCHIVE) throw new UnicaError('http.not-found', { what: `dataset ${name}` });
  const node = await openNode(config, silentLog);
  try {
    const build: BuildReport | undefined =
      version === undefined ? await node.warehouse.current() : await node.warehouse.version(name, version);
    if (build === undefined) throw new UnicaError('http.not-found', { what: `version ${version} of ${name}` });
    if (build.persons === 0) throw new UnicaError('node.dataset-empty');
    const { rows: tables, ...others } = await written(node, build, { ...wish, format });
    // Who opted out since the build is in it, and not in the files.
    const persons = tables[PEOPLE[format]] ?? 0;
    const facts = { format, contentSha256: build.contentSha256, persons };
    await node.journal.append({ actor: 'command-line', action: 'dataset.exported', subject: name, facts });
    return { dataset: name, contentSha256: build.contentSha256, tables, ...others };
  } finally {
    await node.close();
  }
}

/** What the rows of people are counted under. */
const PEOPLE: Readonly<Record<WarehouseFormat, string>> = {
  'cdm-csv': 'patient',
  omop: 'person',
  'fhir-clinical': 'Patient',
};

async function written(
  node: Awaited<ReturnType<typeof openNode>>,
  build: BuildReport,
  wish: Parameters<typeof exportWarehouse>[1] & { readonly format: WarehouseFormat },
) {
  const { name, out, version, signal } = wish;
  switch (wish.format) {
    case 'omop':
      return await writeOmopFiles(node.warehouse, build, { out, signal });
    case 'fhir-clinical': {
      const { writeFhirFile } = await import('./fhir-files.ts');
      return await writeFhirFile(node.warehouse, build, { out, datasetId: name, signal });
    }
    case 'cdm-csv': {
      const words = await lastRecord(node.database.kysely, name, version);
      return { rows: await writeCdmFiles(node.warehouse, build, { out, datasetId: name, signal, words }) };
    }
  }
}

/**
 * Brings in a folder with the tables of the common data model, or a file of FHIR resources that another warehouse wrote. Pseudonyms
 * and days are taken as they are.
 * @throws UnicaError `node.not-initialised`, `intake.missing`, `mapping.cdm-unreadable`, `fhir.no-row`
 */
export async function importWarehouse(
  config: NodeConfig,
  wish: { readonly name: string } & ({ readonly folder: string } | { readonly fhirFile: string }),
): Promise<WarehouseReport> {
  const { name } = wish;
  if (name !== WHOLE_ARCHIVE) throw new UnicaError('http.not-found', { what: `dataset ${name}` });
  const node = await openNode(config, silentLog);
  try {
    const { rows } =
      'folder' in wish
        ? await loadCdmFiles(node.warehouse, wish.folder, `cdm ${name}`)
        : await loadedFhir(node.warehouse, wish.fhirFile, name);
    const { contentSha256, rows: held } = await node.warehouse.current();
    const facts = { rows, contentSha256 };
    await node.journal.append({ actor: 'command-line', action: 'clinical.loaded', subject: name, facts });
    return { dataset: name, contentSha256, tables: { read: rows, held } };
  } finally {
    await node.close();
  }
}

/** What reads and writes FHIR is loaded for it: it takes more memory than a node that receives. */
async function loadedFhir(warehouse: ClinicalWarehouse, path: string, name: string): Promise<LoadReport> {
  const { loadFhirFile } = await import('./fhir-files.ts');
  return await loadFhirFile(warehouse, path, `fhir ${name}`);
}
