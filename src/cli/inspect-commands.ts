import type { QualityReport } from '#intake';
import type { AddCommand } from './command-context.ts';
import { mustExist, readInput } from './input-file.ts';
import { wholeNumber } from './option-values.ts';
import { readDicomInput } from './read-dicom-input.ts';

/** `inspect FILE`, `quality PATH`. */
export const addInspectCommands: AddCommand = (program, contextOf) => {
  program
    .command('inspect')
    .description('the data set of a DICOM file, as the DICOM JSON model')
    .argument('<file>', 'a DICOM file')
    .addHelpText('after', '\nExample:\n  unica inspect film.dcm | less')
    .action(async (path: string) => {
      const { terminal } = contextOf();
      const bytes = await readInput(path);
      const { toDicomJson } = await import('#dicom');
      const document = toDicomJson((await readDicomInput(path, bytes)).dataset);
      // People get the same document: it is the standard's own way to write a data set down.
      terminal.answer(document, () => terminal.line(JSON.stringify(document, undefined, 2)));
    });

  program
    .command('quality')
    .description('check images and their metadata; each finding says how to mend it')
    .argument('<path>', 'a file, folder or zip')
    .option(
      '--risk <columns>',
      'risk of finding people again by what outsiders may know: sex, age, studyYear, bodyPart, manufacturer, model, columns of the clinical table',
      listOf,
    )
    .option('--clinical <csv>', 'for --risk: the clinical table that goes with the images')
    .option('--sensitive <column>', 'for --risk: a column that nobody outside should learn, for example finding')
    .option('--k <number>', 'for --risk: people that must be alike', wholeNumber(2, 1000), 5)
    .addHelpText(
      'after',
      '\nExamples:\n  unica quality /mnt/pacs-export --json\n  unica quality clean --clinical clean/clinical.csv --risk age,sex,studyYear --sensitive finding',
    )
    .action(async (path: string, options: QualityCommandOptions) => {
      const { terminal, signal } = contextOf();
      for (const one of options.clinical === undefined ? [path] : [path, options.clinical]) await mustExist(one);
      const { qualityOfPath } = await import('#intake');
      const { risk: quasiIdentifiers, sensitive, k, clinical: clinicalPath } = options;
      const risk = quasiIdentifiers && { quasiIdentifiers, sensitive, k, clinicalPath };
      const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
      const result = await qualityOfPath(path, { signal, risk, today });
      terminal.answer(result as never, () => {
        for (const issue of result.issues) terminal.line(issueLine(issue));
        terminal.line(`${result.files} files, ${result.issues.length} findings, score ${result.score}`);
        for (const line of result.dimensions.map(dimensionLine)) terminal.line(line);
        if (result.risk !== undefined) for (const line of riskLines(result.risk, k)) terminal.line(line);
      });
    });
};

function issueLine({ severity, path, message, others = 0 }: QualityReport['issues'][number]): string {
  const more = others === 0 ? '' : ` and ${others} more`;
  return `${severity.padEnd(8)} ${path}${more}  ${message}`;
}

/** A bar of twenty, and what took most. */
function dimensionLine({ dimension, score, because }: QualityReport['dimensions'][number]): string {
  const full = Math.round(score / 5);
  const bar = `${'█'.repeat(full)}${'·'.repeat(20 - full)}`;
  const worst = because
    .filter(({ points }) => points > 0)
    .slice(0, 3)
    .map(({ check, images }) => `${check} (${images})`);
  const reasons = worst.length === 0 ? '' : `  ${worst.join(', ')}`;
  return `  ${dimension.padEnd(12)} ${bar} ${String(score).padStart(5)}${reasons}`;
}

interface QualityCommandOptions {
  readonly risk?: readonly string[];
  readonly clinical?: string;
  readonly sensitive?: string;
  readonly k: number;
}

function listOf(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim());
}

function riskLines(risk: NonNullable<QualityReport['risk']>, k: number): readonly string[] {
  const { records, classes, belowK, unique, highestRisk, l, advice, quasiIdentifiers } = risk;
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const found = [
    `${records} people in ${classes} groups alike in ${quasiIdentifiers.join(', ')}: ${unique} alone, ${belowK} in groups of fewer than ${k}`,
    `  highest risk of being found ${percent(highestRisk)}${l === undefined ? '' : `; fewest different values to protect in a group: ${l}`}`,
  ];
  if (belowK === 0) return found;
  if (advice === null) return [...found, `  There are too few people to hide any of them among ${k}.`];
  const changes = advice.columns.filter(({ step }) => step > 0).map(({ name, becomes }) => `${name}: ${becomes}`);
  const left = advice.suppressed === 0 ? '' : `; leave out ${advice.suppressed}`;
  return [
    ...found,
    `  Advice: ${changes.join('; ')}${left}. Then everybody is alike with at least ${advice.risk.k - 1} others.`,
  ];
}
