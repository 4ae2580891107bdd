import { UnicaError } from '#base';
import { acceptedSchema, publishDatasetSchema } from '#wire';
import type { AddCommand } from './command-context.ts';
import { addDatasetExport } from './dataset-export-command.ts';
import { addDatasetGuide } from './dataset-guide-command.ts';
import { withOptions } from './flat-settings.ts';
import { readInput, readJsonInput } from './input-file.ts';
import { webAddress } from './option-values.ts';
import { DESCRIPTION_EXAMPLE, linesOfStanding } from './standing-lines.ts';

const HOME = ['--home <dir>', "the node's data folder (default: .unica/node)"] as const;

/** `dataset list`, `dataset show`, `dataset publish`, `dataset import`, `dataset guide`, `dataset export` */
export const addDatasetCommands: AddCommand = (program, contextOf) => {
  const dataset = program.command('dataset').description('datasets of a node and their records');

  dataset
    .command('list')
    .description('what this node has published, and how far each record has come')
    .option(...HOME)
    .addHelpText('after', '\nExample:\n  unica dataset list --home /srv/unica-node')
    .action(async (options: { readonly home?: string }) => {
      const { settings, terminal } = contextOf();
      const { nodeConfig, nodeDatasets } = await import('#node');
      const found = await nodeDatasets(nodeConfig(withOptions(settings, { ...options })));
      const datasets = found.map(({ record, state, missing, address }) => ({
        name: record.name,
        title: record.title,
        version: record.version,
        state,
        missing: missing.length,
        address,
      }));
      terminal.answer({ datasets }, () => {
        terminal.table(
          ['name', 'version', 'state', 'missing'],
          datasets.map(({ name, version, state, missing }) => [name, String(version), state, String(missing)]),
        );
      });
    });

  dataset
    .command('show')
    .description('the record of a dataset: where it stands and what it lacks')
    .argument('<name>', 'a dataset of this node')
    .option(...HOME)
    .addHelpText('after', '\nExample:\n  unica dataset show chest-films')
    .action(async (name: string, options: { readonly home?: string }) => {
      const { settings, terminal } = contextOf();
      const { nodeConfig, nodeDataset } = await import('#node');
      const view = await nodeDataset(nodeConfig(withOptions(settings, { ...options })), name);
      terminal.answer(view as never, () => {
        for (const line of linesOfStanding(view)) terminal.line(line);
      });
    });

  dataset
    .command('publish')
    .description('publish a dataset through its running node; the description is JSON with at most twelve fields')
    .argument('<name>', 'a dataset of the node')
    .requiredOption('--node <url>', "the node's address", webAddress)
    .requiredOption('--token-file <file>', 'a token of a curator, from `unica node token`')
    .requiredOption('--description <file>', 'JSON: title, description, conditions and card')
    .addHelpText(
      'after',
      '\nExample:\n  unica dataset publish chest-films --node http://127.0.0.1:7401 --token-file token.txt --description films.json',
    )
    .action(async (name: string, options: PublishOptions) => {
      const { terminal, signal } = contextOf();
      const body = await readJsonInput(options.description, publishDatasetSchema, DESCRIPTION_EXAMPLE);
      const token = new TextDecoder().decode(await readInput(options.tokenFile)).trim();
      const { HouseClient } = await import('#village');
      const { recordStandingSchema } = await import('#wire');
      const node = new HouseClient({ house: 'node', url: options.node, token, patienceMs: 0 });
      const path = `/api/datasets/${encodeURIComponent(name)}`;
      await node.post(`${path}/publish`, body as never, acceptedSchema, signal);
      const view = await node.get(`${path}/record`, recordStandingSchema, signal);
      terminal.answer(view as never, () => {
        for (const line of linesOfStanding(view)) terminal.line(line);
      });
    });

  dataset
    .command('import')
    .description(
      'bring in the tables of the EUCAIM common data model, as `dataset export --format cdm-csv` or `--format fhir-clinical` writes them; pseudonyms and days are taken as they are',
    )
    .argument('<name>', 'a dataset of this node')
    .option('--cdm-csv <dir>', 'the folder with the tables')
    .option('--fhir <file>', 'the file of resources, one a line')
    .option(...HOME)
    .addHelpText('after', '\nExample:\n  unica dataset import chest-films --cdm-csv tables --home /srv/unica-node')
    .action(async (name: string, options: ImportOptions) => {
      const { settings, terminal } = contextOf();
      const { importWarehouse, nodeConfig } = await import('#node');
      const { cdmCsv: folder, fhir: fhirFile, ...where } = options;
      const config = nodeConfig(withOptions(settings, { ...where }));
      if ((folder === undefined) === (fhirFile === undefined)) throw new UnicaError('cli.import-what');
      const from = folder === undefined ? { fhirFile: fhirFile ?? '' } : { folder };
      const { contentSha256, tables } = await importWarehouse(config, { name, ...from });
      terminal.answer({ dataset: name, rows: tables['read'] ?? 0, content_sha256: contentSha256 }, () => {
        terminal.line(`${tables['read'] ?? 0} rows brought in. Digest of the warehouse: ${contentSha256}`);
      });
    });

  addDatasetGuide(dataset, contextOf);
  addDatasetExport(dataset, contextOf);
};

interface ImportOptions {
  readonly home?: string;
  readonly cdmCsv?: string;
  readonly fhir?: string;
}

interface PublishOptions {
  readonly node: string;
  readonly tokenFile: string;
  readonly description: string;
}
