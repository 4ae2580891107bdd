import type { AddCommand } from './command-context.ts';
import { wholeNumber } from './option-values.ts';

/** `synth chest` */
export const addSynthCommand: AddCommand = (program, contextOf) => {
  program
    .command('synth')
    .description('synthetic people and films')
    .command('chest')
    .description(
      'chest films with and without an opacity, as DICOM files of invented people, with their clinical table',
    )
    .option('--exams <number>', 'how many', wholeNumber(1, 100_000), 100)
    .option('--seed <number>', 'makes the set repeatable', wholeNumber(0, 2 ** 31), 1)
    .requiredOption('--out <dir>', 'folder for the files')
    .addHelpText('after', '\nExample:\n  unica synth chest --exams 200 --seed 7 --out films')
    .action(async (options: { readonly exams: number; readonly seed: number; readonly out: string }) => {
      const { terminal, signal } = contextOf();
      const { writeSyntheticChest } = await import('./write-synthetic-chest.ts');
      const result = await writeSyntheticChest(options.out, {
        exams: options.exams,
        seed: options.seed,
        signal,
        onProgress: (done) => terminal.live(`${done} of ${options.exams}`),
      });
      terminal.answer(result, () => {
        terminal.line(`${result.exams} examinations in ${result.files} files (${result.seconds.toFixed(1)} s)`);
      });
    });
};
