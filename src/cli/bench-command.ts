import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnicaError } from '#base';
import type { Measurement, TcgaRow } from '#bench';
import type { AddCommand, CommandContext } from './command-context.ts';
import { oneOf, wholeNumber } from './option-values.ts';
import { shippedModel } from './shipped-model.ts';

const BENCHMARKS = [
  'backup',
  'engine',
  'deid',
  'dicom',
  'dicomweb',
  'catalogue',
  'coordinator',
  'mapping',
  'federation',
  'governance',
  'pilots',
  'search',
  'secure-aggregation',
  'tcga',
] as const;

/** `bench` */
export const addBenchCommand: AddCommand = (program, contextOf) => {
  program
    .command('bench')
    .description('our figures beside a reference measured in the same run')
    .argument('[name]', BENCHMARKS.join(', '), oneOf(BENCHMARKS), 'engine')
    .option(
      '--data <folder>',
      'for deid: real DICOM files to plant identifiers in; for mapping: tables with labels.json; for tcga: the files of FLamby',
    )
    .option('--seeds <number>', 'for tcga: runs of each row', wholeNumber(2, 1000), 30)
    .option('--nodes <number>', 'for federation: node processes beside the hub', wholeNumber(2, 50), 6)
    .option(
      '--samples <number>',
      'for search: of each of seven nodes; ten times as many in one index',
      wholeNumber(1000, 1_000_000),
      1_000_000,
    )
    .option('--rounds <number>', 'for federation: rounds of the tiny model', wholeNumber(2, 1000), 40)
    .option('--out <folder>', 'for tcga: where to write the table and the figure')
    .option('--actions <number>', 'for deid: at least so many actions', wholeNumber(1000, 10_000_000), 100_000)
    .option('--studies <number>', 'for backup: of the node that is backed up', wholeNumber(10, 1_000_000), 10_000)
    .option('--receive', 'for dicom: receiving by C-STORE (default: both parts)')
    .option('--deidentify', 'for dicom: de-identifying a folder (default: both parts)')
    .addHelpText(
      'after',
      '\nExamples:\n  unica bench engine --json\n  unica bench deid --data /mnt/test-films\n  unica bench dicom --deidentify\n  unica bench tcga --seeds 30 --out results',
    )
    .action(async (name: (typeof BENCHMARKS)[number], options: BenchOptions) => {
      const context = contextOf();
      if (name === 'tcga') return await tcga(options, context);
      const { terminal, signal } = context;
      for await (const measurement of await measurementsOf(name, options, context)) {
        signal.throwIfAborted();
        const { value, unit, reference, reference_value, ratio } = measurement;
        terminal.record({ ...measurement }, () => {
          const beside = reference_value === null ? reference : `${reference}: ${reference_value}, ratio ${ratio}`;
          terminal.line(`${measurement.name}: ${value} ${unit} (${beside})`);
        });
      }
    });
};

interface BenchOptions {
  readonly data?: string;
  readonly seeds: number;
  readonly nodes: number;
  readonly rounds: number;
  readonly samples: number;
  readonly out?: string;
  readonly actions: number;
  readonly studies: number;
  readonly receive?: boolean;
  readonly deidentify?: boolean;
}

/** FLamby's survival benchmark: every strategy over many seeds. */
async function tcga({ data, seeds, out }: BenchOptions, { terminal, signal }: CommandContext): Promise<void> {
  const { benchTcga, tcgaFigure, tcgaTable } = await import('#bench');
  const rows: TcgaRow[] = [];
  terminal.live(`tcga: ${seeds} seeds of each row, some seconds a seed …`);
  for await (const row of benchTcga({ folder: data ?? '../shared/data/fed-tcga-brca', seeds, signal })) {
    rows.push(row);
    const { name, mean, stdDev, values, flamby } = row;
    terminal.record(
      {
        name: `C-index ${name}`,
        value: mean,
        unit: 'C-index',
        reference: 'FLamby, 5 seeds',
        reference_value: flamby.mean,
        ratio: mean / flamby.mean,
        std_dev: stdDev,
        reference_std_dev: flamby.stdDev,
        values,
      },
      () =>
        terminal.line(
          `${name}: ${mean.toFixed(3)} ± ${stdDev.toFixed(3)} (FLamby, 5 seeds: ${flamby.mean.toFixed(3)} ± ${flamby.stdDev.toFixed(3)})`,
        ),
    );
  }
  if (out === undefined) return;
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'fed-tcga-brca-table.md'), tcgaTable(rows));
  await writeFile(join(out, 'fed-tcga-brca.svg'), tcgaFigure(rows));
}

async function* inTurn(...all: readonly Measurements[]): AsyncGenerator<Measurement> {
  for (const measurements of all) yield* measurements;
}

type Measurements = AsyncIterable<Measurement> | Iterable<Measurement>;

async function measurementsOf(
  name: Exclude<(typeof BENCHMARKS)[number], 'tcga'>,
  { data, actions, receive, deidentify, nodes, rounds, samples, studies }: BenchOptions,
  { terminal, signal, settings }: CommandContext,
): Promise<Measurements> {
  const {
    benchBackup,
    benchCatalogue,
    benchCoordinator,
    benchDeid,
    benchDicomDeid,
    benchDicomReceive,
    benchDicomweb,
    benchEngine,
    benchFederation,
    benchGovernance,
    benchMapping,
    benchPilots,
    benchPilotWork,
    benchSearch,
    benchSecureAggregation,
    benchSynthesis,
    filesForDeid,
  } = await import('#bench');
  if (name === 'backup') {
    terminal.live(`backup: a node of ${studies} studies is made first, some minutes …`);
    return benchBackup(studies);
  }
  if (name === 'coordinator') {
    return benchCoordinator({ sites: 50, studies: 100_000, tell: (text) => terminal.live(`coordinator: ${text} …`) });
  }
  if (name === 'engine') {
    terminal.live('engine: training beside PyTorch, some minutes …');
    return benchEngine();
  }
  if (name === 'pilots') {
    const models = { chestModel: shippedModel('chest-nodule'), breastModel: shippedModel('breast-risk') };
    return inTurn(benchSynthesis(), benchPilots(models), benchPilotWork());
  }
  if (name === 'federation') {
    return benchFederation({
      nodes,
      rounds,
      flower: settings['flower'],
      signal,
      tell: (text) => terminal.live(`federation: ${text} …`),
    });
  }
  if (name === 'governance') {
    return benchGovernance({ entries: 200_000, tell: (text) => terminal.live(`governance: ${text} …`) });
  }
  if (name === 'search') {
    const asked = benchSearch({
      nodes: 7,
      samples,
      largest: 10 * samples,
      questions: 60,
      tell: (text) => terminal.live(`search: ${text} …`),
    });
    // What has to be there before anything is found: records that are valid, tables that are loaded.
    return inTurn(asked, benchCatalogue(), data === undefined ? [] : benchMapping(data));
  }
  if (name === 'secure-aggregation') {
    terminal.live('secure-aggregation: masks for 10 million parameters, half a minute …');
    return benchSecureAggregation({ parameters: 10_000_000, sites: 10, repeats: 3 });
  }
  if (name === 'catalogue') return benchCatalogue();
  if (name === 'mapping') {
    if (data === undefined) throw new UnicaError('cli.bench-needs-data', { name });
    return benchMapping(data);
  }
  if (name === 'dicomweb') {
    terminal.live('dicomweb: filling an index, a minute …');
    return benchDicomweb();
  }
  if (name === 'dicom') {
    terminal.live('dicom: de-identifying beside gdcmanon and dcmodify, receiving beside Orthanc, some minutes …');
    return inTurn(receive && !deidentify ? [] : benchDicomDeid(), deidentify && !receive ? [] : benchDicomReceive());
  }
  const files = await filesForDeid(data ?? '../shared/data/dicom');
  terminal.live(`deid: ${actions} actions on built objects and ${files.length} real files …`);
  return benchDeid({ files, actions, seed: 'bench' });
}
