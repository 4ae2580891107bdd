import type { Measurement } from '#bench';
import type { AddCommand, CommandContext } from './command-context.ts';
import { oneOf, wholeNumber } from './option-values.ts';

const BENCHMARKS = ['engine', 'deid', 'dicom', 'dicomweb', 'catalogue'] as const;

/** `bench` */
export const addBenchCommand: AddCommand = (program, contextOf) => {
  program
    .command('bench')
    .description('our figures beside a reference measured in the same run')
    .argument('[name]', BENCHMARKS.join(', '), oneOf(BENCHMARKS), 'engine')
    .option('--data <folder>', 'for deid: real DICOM files to plant identifiers in', '../shared/data/dicom')
    .option('--actions <number>', 'for deid: at least so many actions', wholeNumber(1000, 10_000_000), 100_000)
    .option('--receive', 'for dicom: receiving by C-STORE (default: both parts)')
    .option('--deidentify', 'for dicom: de-identifying a folder (default: both parts)')
    .addHelpText(
      'after',
      '\nExamples:\n  unica bench engine --json\n  unica bench deid --data /mnt/test-films\n  unica bench dicom --deidentify',
    )
    .action(async (name: (typeof BENCHMARKS)[number], options: BenchOptions) => {
      const { terminal, signal } = contextOf();
      for await (const measurement of await measurementsOf(name, options, terminal)) {
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
  readonly data: string;
  readonly actions: number;
  readonly receive?: boolean;
  readonly deidentify?: boolean;
}

async function* both(first: Measurements, second: Measurements): AsyncGenerator<Measurement> {
  yield* first;
  yield* second;
}

type Measurements = AsyncIterable<Measurement> | Iterable<Measurement>;

async function measurementsOf(
  name: (typeof BENCHMARKS)[number],
  { data, actions, receive, deidentify }: BenchOptions,
  terminal: CommandContext['terminal'],
): Promise<Measurements> {
  const { benchCatalogue, benchDeid, benchDicomDeid, benchDicomReceive, benchDicomweb, benchEngine, filesForDeid } =
    await import('#bench');
  if (name === 'engine') {
    terminal.live('engine: training beside PyTorch, some minutes …');
    return benchEngine();
  }
  if (name === 'catalogue') return benchCatalogue();
  if (name === 'dicomweb') {
    terminal.live('dicomweb: filling an index, a minute …');
    return benchDicomweb();
  }
  if (name === 'dicom') {
    terminal.live('dicom: de-identifying beside gdcmanon and dcmodify, receiving beside Orthanc, some minutes …');
    return both(receive && !deidentify ? [] : benchDicomDeid(), deidentify && !receive ? [] : benchDicomReceive());
  }
  const files = await filesForDeid(data);
  terminal.live(`deid: ${actions} actions on built objects and ${files.length} real files …`);
  return benchDeid({ files, actions, seed: 'bench' });
}
