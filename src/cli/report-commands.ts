import type { Json } from '#base';
import type { AddCommand } from './command-context.ts';
import { readInput } from './input-file.ts';

/** A report of text and references is far smaller. */
const LARGEST_BYTES = 64 * 2 ** 20;

/** `sr check FILE` */
export const addReportCommand: AddCommand = (program, contextOf) => {
  program
    .command('sr')
    .description('DICOM structured reports')
    .command('check')
    .description('check a report against its template: TID 1500, 4000 (mammography CAD), 4100 (chest CAD)')
    .argument('<file>', 'a DICOM file of a structured report')
    .addHelpText('after', '\nExample:\n  unica sr check results/cad-sr.dcm')
    .action(async (path: string) => {
      const { terminal } = contextOf();
      const { checkReport } = await import('#results');
      const { valid, template, errors, warnings, notChecked } = checkReport(await readInput(path, LARGEST_BYTES));
      const answer = { valid, template: template ?? null, errors, warnings, not_checked: notChecked };
      terminal.answer(answer as unknown as Json, () => {
        for (const { path: at, rule, message, fix } of errors)
          terminal.line(`error    ${at}: ${message} (${rule}): ${fix}`);
        for (const { path: at, rule, message, fix } of warnings) {
          terminal.line(`warning  ${at}: ${message} (${rule}): ${fix}`);
        }
        for (const what of notChecked) terminal.line(`not checked: ${what}`);
        terminal.line(`${valid ? 'valid' : 'not valid'}: ${errors.length} errors, ${warnings.length} warnings`);
      });
      if (!valid) process.exitCode = 1;
    });
};
