import type { AddCommand } from './command-context.ts';
import { oneOf } from './option-values.ts';

const BENCHMARKS = ['engine', 'dicom'] as const;
type Benchmark = (typeof BENCHMARKS)[number];

/** `bench` */
export const addBenchCommand: AddCommand = (program, contextOf) => {
  program
    .command('bench')
    .description('our figures beside a reference measured in the same run')
    .argument('[name]', BENCHMARKS.join(', '), oneOf(BENCHMARKS))
    .option('--receive', 'of dicom: receiving by C-STORE, beside Orthanc; its only part, so it need not be said')
    .addHelpText('after', '\nExamples:\n  unica bench engine --json\n  unica bench dicom --receive')
    .action(async (name: Benchmark = 'engine') => {
      const { terminal, signal } = contextOf();
      const { benchDicomReceive, benchEngine } = await import('#bench');
      terminal.live(
        `${name}: ${name === 'engine' ? 'training beside PyTorch' : 'receiving beside Orthanc'}, some minutes …`,
      );
      for await (const measurement of name === 'engine' ? benchEngine() : benchDicomReceive()) {
        signal.throwIfAborted();
        const { name, value, unit, reference, reference_value, ratio } = measurement;
        terminal.record({ ...measurement }, () => {
          const beside = reference_value === null ? reference : `${reference}: ${reference_value}, ratio ${ratio}`;
          terminal.line(`${name}: ${value} ${unit} (${beside})`);
        });
      }
    });
};
