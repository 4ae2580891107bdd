import { UnicaError } from '#base';
import type { AddCommand } from './command-context.ts';
import { withOptions } from './flat-settings.ts';
import { mustExist, readInput } from './input-file.ts';

/** `import PATH…` */
export const addImportCommand: AddCommand = (program, contextOf) => {
  program
    .command('import')
    .description('bring files, folders or zips into a node: de-identified on arrival, quarantined when in doubt')
    .argument('<path...>', 'DICOM files, folders, zips, discs with a DICOMDIR, or PNG films with a labels table')
    .option('--clinical <csv>', 'the clinical table that goes with them')
    .option('--mapping <file>', 'JSON that says which columns and words of the clinical table are meant')
    .option('--home <dir>', "the node's data folder (default: .unica/node)")
    .addHelpText('after', '\nExample:\n  unica import /mnt/pacs-export --clinical findings.csv --home /srv/unica-node')
    .action(async (paths: readonly string[], options: ImportOptions) => {
      const { settings, terminal, signal } = contextOf();
      const { clinical, mapping: mappingPath, ...where } = options;
      for (const path of clinical === undefined ? paths : [...paths, clinical]) await mustExist(path);
      const mapping = mappingPath === undefined ? undefined : await readMapping(mappingPath);
      const { importIntoNode, nodeConfig } = await import('#node');
      const view = await importIntoNode(nodeConfig(withOptions(settings, { ...where })), {
        paths,
        ...(clinical === undefined ? {} : { clinical }),
        ...(mapping === undefined ? {} : { mapping }),
        onProgress: ({ received, accepted }) => terminal.progress(`${received} files seen, ${accepted} taken in`),
        signal,
      });
      const { received, accepted, quarantined, rejected, duplicates, optedOut, seconds, state, because } = view;
      // Of very many the view lists the first by name.
      const rejectedTotal = received - accepted - quarantined - duplicates - optedOut;
      const answer = {
        ...{ received, accepted, quarantined, rejected, duplicates, opted_out: optedOut, seconds },
        rejected_total: rejectedTotal,
      };
      terminal.answer(answer, () => {
        terminal.line(
          `${received} files: ${accepted} taken in, ${quarantined} quarantined, ${duplicates} already there, ${optedOut} of people who opted out, ${rejectedTotal} rejected (${seconds.toFixed(1)} s)`,
        );
        for (const { path, reason } of rejected) terminal.line(`  rejected ${path}: ${reason}`);
        if (rejectedTotal > rejected.length) terminal.line(`  … and ${rejectedTotal - rejected.length} more`);
      });
      if (state === 'failed') throw new UnicaError('cli.import-failed', { because: because ?? 'unknown reason' });
    });
};

async function readMapping(path: string) {
  const { readClinicalMapping } = await import('#intake');
  return readClinicalMapping(new TextDecoder().decode(await readInput(path)));
}

interface ImportOptions {
  readonly clinical?: string;
  readonly mapping?: string;
  readonly home?: string;
}
