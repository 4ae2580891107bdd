import type { AddCommand } from './command-context.ts';
import { oneOf } from './option-values.ts';

const BENCHMARKS = ['engine', 'dicomweb'] as const;

/** `bench` */
export const addBenchCommand: AddCommand = (program, contextOf) => {
  program
    .command('bench')
    .description('our figures beside a reference measured in the same run')
    .argument('[name]', BENCHMARKS.join(', '), oneOf(BENCHMARKS))
    .addHelpText('after', '\nExample:\n  unica bench engine --json')
    .action(async (name: (typeof BENCHMARKS)[number] | undefined) => {
      const { terminal, signal } = contextOf();
      const { benchDicomweb, benchEngine } = await import('#bench');
      const dicomweb = name === 'dicomweb';
      terminal.live(
        dicomweb ? 'dicomweb: filling an index, a minute …' : 'engine: training beside PyTorch, some minutes …',
      );
      for await (const measurement of dicomweb ? benchDicomweb() : benchEngine()) {
        signal.throwIfAborted();
        const { name, value, unit, reference, reference_value, ratio } = measurement;
        terminal.record({ ...measurement }, () => {
          const beside = reference_value === null ? reference : `${reference}: ${reference_value}, ratio ${ratio}`;
          terminal.line(`${name}: ${value} ${unit} (${beside})`);
        });
      }
    });
};
