import type { Command } from 'commander';
import { UnicaError } from '#base';
import type { CommandContext } from './command-context.ts';
import { withOptions } from './flat-settings.ts';
import { oneOf, webAddress, wholeNumber } from './option-values.ts';

/** A dataset's record, or its examinations. */
const FORMATS = ['healthdcat-r8', 'eucaim-v2', 'fhir', 'mado', 'cdm-csv', 'omop', 'fhir-clinical'] as const;

/** `dataset export NAME` */
export function addDatasetExport(dataset: Command, contextOf: () => CommandContext): void {
  dataset
    .command('export')
    .description('write the record of a dataset, or a document for each of its examinations')
    .argument('<name>', 'a dataset of this node')
    .option('--home <dir>', "the node's data folder (default: .unica/node)")
    .requiredOption(
      '--format <format>',
      'healthdcat-r8, eucaim-v2: the record as Turtle and JSON-LD; fhir: HL7 Europe imaging reports; mado: IHE MADO manifests as FHIR and as DICOM key object selections; cdm-csv: the 24 tables of the EUCAIM common data model; omop: tables of OMOP 5.4 with the imaging extension; fhir-clinical: the clinical tables as FHIR R4 resources, one a line',
      oneOf(FORMATS),
    )
    .requiredOption('--out <dir>', 'the folder to write into; made where it is missing')
    .option(
      '--version <n>',
      'cdm-csv, omop, fhir-clinical: a published version (default: what is there now)',
      wholeNumber(1, 1_000_000),
    )
    .option('--retrieve-url <url>', 'mado: where the images can be had (DICOMweb)', webAddress)
    .addHelpText(
      'after',
      '\nExample:\n  unica dataset export chest-films --home /srv/unica-node --format fhir --out chest-films-fhir',
    )
    .action(async (name: string, options: DatasetExportOptions) => {
      const { format } = options;
      if (format === 'cdm-csv' || format === 'omop' || format === 'fhir-clinical')
        await writeTables(contextOf(), name, { ...options, format });
      else if (format === 'fhir' || format === 'mado')
        await writeExaminations(contextOf(), name, { ...options, format });
      else await writeRecord(contextOf(), name, { ...options, format });
    });
}

async function writeRecord(
  { settings, terminal }: CommandContext,
  name: string,
  { home, format, out }: DatasetExportOptions & { readonly format: 'healthdcat-r8' | 'eucaim-v2' },
): Promise<void> {
  const { exportDatasetRecord, nodeConfig } = await import('#node');
  const config = nodeConfig(withOptions(settings, home === undefined ? {} : { home }));
  const files = await exportDatasetRecord(config, { name, form: format, outPath: out });
  terminal.answer({ files }, () => {
    for (const file of files) terminal.line(file);
  });
}

async function writeExaminations(
  { settings, terminal, signal }: CommandContext,
  name: string,
  { home, format, out, retrieveUrl }: DatasetExportOptions & { readonly format: 'fhir' | 'mado' },
): Promise<void> {
  const { exportDataset, nodeConfig } = await import('#node');
  const onStudy = (done: number) => terminal.live(`${done} examinations written`);
  const report = await exportDataset(nodeConfig(withOptions(settings, home === undefined ? {} : { home })), {
    ...{ name, format, out, retrieveUrl, signal, onStudy },
  });
  const { studies, persons, files, invalid } = report;
  terminal.answer({ ...report, invalid: invalid.map((one) => ({ ...one })) }, () => {
    terminal.line(`${studies} examinations of ${persons} people in ${files} files in ${out}`);
    for (const { file, path, message } of invalid) terminal.line(`not valid: ${file} ${path} ${message}`);
  });
  if (invalid.length > 0) throw new UnicaError('fhir.export-invalid', { count: invalid.length, out });
}

async function writeTables(
  { settings, terminal, signal }: CommandContext,
  name: string,
  { home, out, version, format }: DatasetExportOptions & { readonly format: 'cdm-csv' | 'omop' | 'fhir-clinical' },
): Promise<void> {
  const { exportWarehouse, nodeConfig } = await import('#node');
  const config = nodeConfig(withOptions(settings, home === undefined ? {} : { home }));
  const wish = { name, out, version, format, signal };
  const { contentSha256, tables, undated = 0, invalid = [] } = await exportWarehouse(config, wish);
  const answer = { dataset: name, format, content_sha256: contentSha256, tables: { ...tables }, undated };
  terminal.answer(
    format === 'fhir-clinical' ? { ...answer, invalid: invalid.map((one) => ({ ...one })) } : answer,
    () => {
      terminal.table(
        [format === 'fhir-clinical' ? 'resource' : 'table', 'rows'],
        Object.entries(tables).map(([table, rows]) => [table, String(rows)]),
      );
      if (undated > 0)
        terminal.line(`${undated} rows were left out: OMOP wants a day of each, and nobody knows theirs.`);
      for (const { file, path, message } of invalid) terminal.line(`not valid: ${file} ${path} ${message}`);
      terminal.line(`Digest of the rows: ${contentSha256}`);
    },
  );
  if (invalid.length > 0) throw new UnicaError('fhir.export-invalid', { count: invalid.length, out });
}

interface DatasetExportOptions {
  readonly home?: string;
  readonly format: (typeof FORMATS)[number];
  readonly out: string;
  readonly version?: number;
  readonly retrieveUrl?: string;
}
