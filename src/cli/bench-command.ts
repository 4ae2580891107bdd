import type { AddCommand } from './command-context.ts';
import { oneOf } from './option-values.ts';

const BENCHMARKS = ['engine'] as const;

/** `bench` */
export const addBenchCommand: AddCommand = (program, contextOf) => {
  program
    .command('bench')
    .description('our figures beside a reference measured in the same run')
    .argument('[name]', BENCHMARKS.join(', '), oneOf(BENCHMARKS))
    .addHelpText('after', '\nExample:\n  unica bench engine --json')
    .action(async () => {
      const { terminal, signal } = contextOf();
      const { benchEngine } = await import('#bench');
      terminal.live('engine: training beside PyTorch, some minutes …');
      for await (const measurement of benchEngine()) {
        signal.throwIfAborted();
        const { name, value, unit, reference, reference_value, ratio } = measurement;
        terminal.record({ ...measurement }, () => {
          const beside = reference_value === null ? reference : `${reference}: ${reference_value}, ratio ${ratio}`;
          terminal.line(`${name}: ${value} ${unit} (${beside})`);
        });
      }
    });
};
