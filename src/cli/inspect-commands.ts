import { ERROR_TABLE, UnicaError } from '#base';
import type { AddCommand } from './command-context.ts';
import { mustExist, readInput } from './input-file.ts';

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
      const document = toDicomJson((await parsed(path, bytes)).dataset);
      // People get the same document: it is the standard's own way to write a data set down.
      terminal.answer(document, () => terminal.line(JSON.stringify(document, undefined, 2)));
    });

  program
    .command('quality')
    .description('check images and their metadata; each finding says how to mend it')
    .argument('<path>', 'a file, folder or zip')
    .addHelpText('after', '\nExample:\n  unica quality /mnt/pacs-export --json')
    .action(async (path: string) => {
      const { terminal, signal } = contextOf();
      await mustExist(path);
      const { qualityOfPath } = await import('#intake');
      const result = await qualityOfPath(path, { signal });
      terminal.answer(result as never, () => {
        for (const issue of result.issues) terminal.line(`${issue.severity.padEnd(8)} ${issue.path}  ${issue.message}`);
        terminal.line(`${result.files} files, ${result.issues.length} findings, score ${result.score}`);
      });
    });
};

/** The file as a data set; a file that is none is told with its path. */
async function parsed(path: string, bytes: Uint8Array) {
  const { parseDicom } = await import('#dicom');
  try {
    return parseDicom(bytes);
  } catch (error) {
    if (!(error instanceof UnicaError)) throw error;
    const hint = ERROR_TABLE[error.code].mend;
    const problem = error.message.replace(hint, '').trim().replace(/\.$/, '');
    throw new UnicaError('cli.unreadable', { path, problem, hint }, { cause: error });
  }
}
