import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UnicaError } from '#base';
import type { AddCommand } from './command-context.ts';
import { withOptions } from './flat-settings.ts';
import { type DicomAddressText, dicomAddress, wholeNumber } from './option-values.ts';

/** `node send-results` */
export const addResultCommands: AddCommand = (node, contextOf) => {
  node
    .command('send-results')
    .description('send results to an archive of the hospital, each once; never of people who opted out')
    .argument('<dir>', 'a folder of DICOM files (.dcm), as predict writes them')
    .requiredOption('--to <aet@host:port>', 'the archive', dicomAddress)
    .option('--attempts <number>', 'how often an archive that does not answer is tried', wholeNumber(1, 20), 8)
    .option('--ae-title <title>', 'what we call ourselves (default: UNICA)')
    .option('--tls', 'over an encrypted connection, with the certificates of UNICA_DICOM_TLS_…')
    .option('--home <dir>', "the node's data folder (default: .unica/node)")
    .addHelpText('after', '\nExample:\n  unica node send-results results --to PACS@192.0.2.7:104')
    .action(async (folder: string, options: SendOptions) => {
      const { settings, terminal, signal } = contextOf();
      const { to, attempts, aeTitle, tls, ...where } = options;
      const { deliverResults, nodeConfig } = await import('#node');
      const files = await dicomFilesIn(folder);
      const report = await deliverResults(nodeConfig(withOptions(settings, { ...where, dicomAeTitle: aeTitle })), {
        files,
        to: { ...to, isEncrypted: tls },
        attempts,
        onProgress: ({ done, attempt }) => terminal.live(`${done} of ${files.length} sent, attempt ${attempt}`),
        signal,
      });
      const { sent, alreadyThere, leftOut, nameless, failed, failure } = report;
      const document = { sent, already_there: alreadyThere, left_out: leftOut, nameless, failed, failure };
      terminal.answer(document, () => {
        terminal.line(
          `${sent} sent, ${alreadyThere} there before, ${leftOut} of people who opted out, ${nameless} without a patient's number, ${failed} not confirmed.`,
        );
      });
      if (failure === 'node.results-refused') throw new UnicaError(failure, { failed });
      if (failed > 0) throw new UnicaError('node.results-not-sent', { failed, failure: failure ?? '' });
    });
};

interface SendOptions {
  readonly to: DicomAddressText;
  readonly attempts: number;
  readonly aeTitle?: string;
  readonly tls?: boolean;
  readonly home?: string;
}

async function dicomFilesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined) throw new UnicaError('cli.no-file', { path: folder });
  const files = names.filter((name) => name.endsWith('.dcm')).sort();
  if (files.length === 0) {
    const hint = 'Name the folder that predict wrote with --out.';
    throw new UnicaError('cli.unreadable', { path: folder, problem: 'no DICOM file (.dcm) lies in it', hint });
  }
  return files.map((name) => join(folder, name));
}
