import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnicaError } from '#base';
import type { Measurement, MedMnistRun, TcgaRow } from '#bench';
import type { AddCommand, CommandContext } from './command-context.ts';
import { KeptFigures } from './kept-figures.ts';
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
  'medmnist',
  'federation',
  'governance',
  'pilots',
  'search',
  'secure-aggregation',
  'tcga',
] as const;

const SETS = ['pneumoniamnist', 'breastmnist'] as const;

/** `bench` */
export const addBenchCommand: AddCommand = (program, contextOf) => {
  program
    .command('bench')
    .description('our figures beside a reference measured in the same run')
    .argument('[name]', BENCHMARKS.join(', '), oneOf(BENCHMARKS), 'engine')
    .option(
      '--data <folder>',
      'for deid: real DICOM files to plant identifiers in; for mapping: tables with labels.json; for tcga: the files of FLamby; for medmnist: its two .npz files',
    )
    .option(
      '--seeds <number>',
      'for tcga: runs of each row, at least two (default: 30); for medmnist (default: 3)',
      wholeNumber(1, 1000),
    )
    .option('--set <name>', `for medmnist: ${SETS.join(' or ')} alone (default: both)`, oneOf(SETS))
    .option('--nodes <number>', 'for federation: node processes beside the hub', wholeNumber(2, 50), 6)
    .option(
      '--samples <number>',
      'for search: of each of seven nodes; ten times as many in one index',
      wholeNumber(1000, 1_000_000),
      1_000_000,
    )
    .option(
      '--rounds <number>',
      'for federation: rounds of the tiny model (default: 40); for medmnist: fewer for a trial',
      wholeNumber(2, 1000),
    )
    .option(
      '--out <folder>',
      'for tcga and medmnist: where to write what was found; what is there already is not run again',
    )
    .option('--through-hub', 'for tcga: a hub and six processes learn every federated row, beside the simulation')
    .option('--actions <number>', 'for deid: at least so many actions', wholeNumber(1000, 10_000_000), 100_000)
    .option('--studies <number>', 'for backup: of the node that is backed up', wholeNumber(10, 1_000_000), 10_000)
    .option('--receive', 'for dicom: receiving by C-STORE (default: both parts)')
    .option('--deidentify', 'for dicom: de-identifying a folder (default: both parts)')
    .addHelpText(
      'after',
      '\nExamples:\n  unica bench engine --json\n  unica bench deid --data /mnt/test-films\n  unica bench dicom --deidentify\n  unica bench tcga --seeds 30 --through-hub --out results\n  unica bench medmnist --out results',
    )
    .action(async (name: (typeof BENCHMARKS)[number], options: BenchOptions) => {
      const context = contextOf();
      if (name === 'tcga') return await tcga(options, context);
      if (name === 'medmnist') return await medMnist(options, context);
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
  readonly seeds?: number;
  readonly set?: (typeof SETS)[number];
  readonly nodes: number;
  readonly rounds?: number;
  readonly samples: number;
  readonly out?: string;
  readonly throughHub?: boolean;
  readonly actions: number;
  readonly studies: number;
  readonly receive?: boolean;
  readonly deidentify?: boolean;
}

/** FLamby's survival benchmark: every strategy over many seeds. */
async function tcga({ data, seeds: asked = 30, out, throughHub }: BenchOptions, { terminal, signal }: CommandContext) {
  // Of one seed there is no deviation.
  const seeds = Math.max(2, asked);
  const { benchTcga, tcgaFigure, tcgaTable } = await import('#bench');
  const kept = new KeptFigures<TcgaRow>(out, 'fed-tcga-brca.json');
  const known = await kept.read();
  const rows: TcgaRow[] = [];
  terminal.live(`tcga: ${seeds} seeds of each row, some seconds a seed …`);
  const folder = data ?? '../shared/data/fed-tcga-brca';
  for await (const row of benchTcga({ folder, seeds, known, throughHub, signal })) {
    rows.push(row);
    await kept.write(rows);
    const { name, mean, stdDev, values, flamby, throughHub: hub } = row;
    const told = hub && `; through a hub: ${hub.identical} of ${hub.models} models with the bits of the simulation`;
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
        ...(hub === undefined ? {} : { through_hub: hub }),
      },
      () =>
        terminal.line(
          `${name}: ${mean.toFixed(3)} ± ${stdDev.toFixed(3)} (FLamby, 5 seeds: ${flamby.mean.toFixed(3)} ± ${flamby.stdDev.toFixed(3)}${told ?? ''})`,
        ),
    );
  }
  if (out === undefined) return;
  await writeFile(join(out, 'fed-tcga-brca-table.md'), tcgaTable(rows));
  await writeFile(join(out, 'fed-tcga-brca.svg'), tcgaFigure(rows));
}

/** Small pictures learned over four virtual nodes, beside pooled training and each node alone. */
async function medMnist({ data, seeds = 3, set, rounds, out }: BenchOptions, { terminal, signal }: CommandContext) {
  const { benchMedMnist, medMnistRows, medMnistTable } = await import('#bench');
  const kept = new KeptFigures<MedMnistRun>(out, 'medmnist.json');
  const known = await kept.read();
  // Of the other set, where only one is asked for.
  const runs: MedMnistRun[] = known.filter((run) => set !== undefined && run.set !== set);
  terminal.live(`medmnist: ${seeds} seeds of two sets and two partitions, minutes each …`);
  const bench = benchMedMnist({ folder: data ?? '../shared/data/medmnist', seeds, only: set, rounds, known, signal });
  for await (const run of bench) {
    runs.push(run);
    await kept.write(runs);
    terminal.live(`medmnist: ${run.set}, ${run.partition}, seed ${run.seed}: ${run.federated.toFixed(3)} …`);
  }
  for (const row of medMnistRows(runs)) {
    const { title, partition, federated, pooled, alone } = row;
    terminal.record(
      {
        name: `AUC ${title}, ${partition}`,
        value: federated,
        unit: 'AUC',
        reference: 'pooled training in the same run',
        reference_value: pooled,
        ratio: federated / pooled,
        alone,
        below_pooled: row.below,
        below_pooled_allowed: row.belowAllowed,
        above_alone: row.above,
        above_alone_asked: row.aboveAsked,
        seeds: [...row.seeds],
      },
      () =>
        terminal.line(
          `${title}, ${partition}: ${federated.toFixed(3)} (pooled ${pooled.toFixed(3)}, mean of nodes alone ${alone.toFixed(3)})`,
        ),
    );
  }
  if (out !== undefined) await writeFile(join(out, 'medmnist-table.md'), medMnistTable(runs));
}

async function* inTurn(...all: readonly Measurements[]): AsyncGenerator<Measurement> {
  for (const measurements of all) yield* measurements;
}

type Measurements = AsyncIterable<Measurement> | Iterable<Measurement>;

async function measurementsOf(
  name: Exclude<(typeof BENCHMARKS)[number], 'tcga' | 'medmnist'>,
  { data, actions, receive, deidentify, nodes, rounds = 40, samples, studies }: BenchOptions,
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
