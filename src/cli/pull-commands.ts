import { UnicaError } from '#base';
import type { AddCommand } from './command-context.ts';
import { withOptions } from './flat-settings.ts';
import { readInput } from './input-file.ts';
import { type DicomAddressText, dicomAddress, oneOf, wholeNumber } from './option-values.ts';

/** `node pull`, `node dicom-echo` */
export const addPullCommands: AddCommand = (node, contextOf) => {
  node
    .command('pull')
    .description('fetch studies from a PACS and import them; the node need not be running')
    .requiredOption('--from <aet@host:port>', 'the archive to fetch from', dicomAddress)
    .option('--accession-list <file>', 'a text file with one accession number on each line')
    .option('--query <keyword=value...>', 'studies that match all of these, such as StudyDate=20240101-20241231')
    .option(
      '--via <way>',
      'get: over our own connection; move: the archive sends to the running node',
      oneOf(['get', 'move']),
      'get',
    )
    .option('--limit <studies>', 'fetch nothing when more are found', wholeNumber(1, 1_000_000), 1000)
    .option('--ae-title <title>', 'what we call ourselves (default: UNICA)')
    .option('--tls', 'over an encrypted connection, with the certificates of UNICA_DICOM_TLS_…')
    .option('--home <dir>', "the node's data folder (default: .unica/node)")
    .addHelpText(
      'after',
      '\nExamples:\n  unica node pull --from PACS@192.0.2.7:104 --accession-list accessions.txt\n  unica node pull --from PACS@192.0.2.7:104 --query ModalitiesInStudy=MG StudyDate=20240101-20240131',
    )
    .action(async (options: PullOptions) => {
      const { settings, terminal, signal } = contextOf();
      const { from, accessionList, query, via, limit, aeTitle, tls, ...where } = options;
      if ((accessionList === undefined) === (query === undefined)) throw new UnicaError('cli.pull-what');
      const { accessionNumbers, nodeConfig, pullIntoNode, studyKeys } = await import('#node');
      const questions =
        accessionList === undefined
          ? [studyKeys(query ?? [])]
          : accessionNumbers(new TextDecoder().decode(await readInput(accessionList))).map((AccessionNumber) => ({
              AccessionNumber,
            }));
      const beganMs = performance.now();
      const report = await pullIntoNode(nodeConfig(withOptions(settings, { ...where, dicomAeTitle: aeTitle })), {
        from: { ...from, isEncrypted: tls },
        questions,
        via,
        studiesAtMost: limit,
        onProgress: ({ asked, studies, fetched, received }) =>
          terminal.live(
            `${asked} of ${questions.length} questions asked, ${fetched} of ${studies} studies, ${received} objects`,
          ),
        signal,
      });
      const seconds = (performance.now() - beganMs) / 1000;
      const { studies, received, failed, waiting, unanswered, optedOut, ...counts } = report;
      const { accepted, quarantined, duplicates, rejected } = counts;
      const document = { studies, received, accepted, quarantined, duplicates, opted_out: optedOut, rejected };
      terminal.answer({ ...document, failed, waiting, unanswered: [...unanswered], seconds }, () => {
        terminal.line(`${studies} studies, ${received} objects (${seconds.toFixed(1)} s).`);
        if (via === 'get') {
          terminal.line(
            `${accepted} taken in, ${quarantined} quarantined, ${duplicates} already there, ${optedOut} of people who opted out, ${rejected} rejected, ${waiting} still to be imported.`,
          );
        } else terminal.line('The running node imports them; its arrivals page shows how far it is.');
        if (accessionList !== undefined && unanswered.length > 0) {
          terminal.line(`The archive has no study of these entries of the list: ${unanswered.join(', ')}.`);
        }
      });
      if (failed > 0) throw new UnicaError('node.not-pulled', { failed });
    });

  node
    .command('dicom-echo')
    .description('ask a DICOM system whether it answers us (C-ECHO)')
    .argument('<aet@host:port>', 'the system to ask', dicomAddress)
    .option('--ae-title <title>', 'what we call ourselves (default: UNICA)')
    .option('--tls', 'over an encrypted connection, with the certificates of UNICA_DICOM_TLS_…')
    .addHelpText('after', '\nExample:\n  unica node dicom-echo PACS@192.0.2.7:104')
    .action(async (to: DicomAddressText, { aeTitle, tls }: { readonly aeTitle?: string; readonly tls?: boolean }) => {
      const { settings, terminal, signal } = contextOf();
      const { dicomEcho, nodeConfig } = await import('#node');
      const config = nodeConfig(withOptions(settings, { dicomAeTitle: aeTitle }));
      const beganMs = performance.now();
      await dicomEcho(config, { ...to, isEncrypted: tls }, signal);
      const milliseconds = Math.round(performance.now() - beganMs);
      terminal.answer({ answered: true, aeTitle: to.aeTitle, calledAs: config.dicomAeTitle, milliseconds }, () =>
        terminal.line(`${to.aeTitle} answers ${config.dicomAeTitle} (${milliseconds} ms).`),
      );
    });
};

interface PullOptions {
  readonly from: DicomAddressText;
  readonly accessionList?: string;
  readonly query?: readonly string[];
  readonly via: 'get' | 'move';
  readonly limit: number;
  readonly aeTitle?: string;
  readonly tls?: boolean;
  readonly home?: string;
}
