import type { AddCommand } from './command-context.ts';
import { oneOf, wholeNumber } from './option-values.ts';

const SIZES = ['full', 'training'] as const;
/** Of the cohort; the room that makes it is loaded when it is asked for. */
const SITES = ['porto', 'thessaloniki', 'kassel', 'krakow', 'vilnius', 'ljubljana', 'lviv'] as const;

/** `synth chest` and `synth mammography` */
export const addSynthCommand: AddCommand = (program, contextOf) => {
  const synth = program.command('synth').description('synthetic people and films');
  synth
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
  synth
    .command('mammography')
    .description(
      'screening examinations of invented women, who come again, at seven sites: DICOM files of up to four views, their clinical table, and what is true of them',
    )
    .option('--exams <number>', 'how many', wholeNumber(1, 1_000_000), 100)
    .option('--from <number>', 'place of the first in the stream of the seed', wholeNumber(0, 2 ** 31), 0)
    .option('--seed <number>', 'makes the set repeatable', wholeNumber(0, 2 ** 31), 1)
    .option('--size <size>', 'full: 2304 × 1728 pixels of 0.1 mm; training: 128 × 96 of 1.8 mm', oneOf(SIZES), 'full')
    .option('--site <name>', `only examinations of one site: ${SITES.join(', ')}`, oneOf(SITES))
    .option('--jobs <n>', 'threads (default: one for each core, at most 4)', wholeNumber(1, 64))
    .requiredOption('--out <dir>', 'folder for the files')
    .addHelpText(
      'after',
      '\nExamples:\n  unica synth mammography --exams 20 --seed 7 --out films\n  unica synth mammography --exams 20000 --size training --out cohort',
    )
    .action(async (options: MammographyOptions) => {
      const { terminal, signal } = contextOf();
      const { writeSyntheticMammography } = await import('./write-synthetic-mammography.ts');
      const { out, jobs, site, ...wish } = options;
      const result = await writeSyntheticMammography(out, {
        ...wish,
        ...(jobs === undefined ? {} : { jobs }),
        ...(site === undefined ? {} : { site }),
        signal,
        onProgress: (done) => terminal.progress(`${done} of ${options.exams} examinations`),
      });
      terminal.answer(result, () => {
        terminal.line(`${result.exams} examinations in ${result.files} files (${result.seconds.toFixed(1)} s)`);
        if (result.ceiling !== null) {
          terminal.line(
            `Best concordance that anybody can reach on them within five years: ${result.ceiling.toFixed(3)}`,
          );
        }
      });
    });
};

interface MammographyOptions {
  readonly exams: number;
  readonly from: number;
  readonly seed: number;
  readonly size: (typeof SIZES)[number];
  readonly site?: (typeof SITES)[number];
  readonly jobs?: number;
  readonly out: string;
}
