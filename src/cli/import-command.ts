import type { AddCommand } from './command-context.ts';
import { withOptions } from './flat-settings.ts';
import { mustExist } from './input-file.ts';

/** `import PATH…` */
export const addImportCommand: AddCommand = (program, contextOf) => {
  program
    .command('import')
    .description('bring files, folders or zips into a node: de-identified on arrival, quarantined when in doubt')
    .argument('<path...>', 'DICOM files, folders, zips, or PNG films with a labels table')
    .option('--clinical <csv>', 'the clinical table that goes with them')
    .option('--home <dir>', "the node's data folder (default: .unica/node)")
    .addHelpText('after', '\nExample:\n  unica import /mnt/pacs-export --clinical findings.csv --home /srv/unica-node')
    .action(async (paths: readonly string[], options: { readonly clinical?: string; readonly home?: string }) => {
      const { settings, terminal, signal } = contextOf();
      const { clinical, ...where } = options;
      for (const path of clinical === undefined ? paths : [...paths, clinical]) await mustExist(path);
      const { importIntoNode, nodeConfig } = await import('#node');
      const view = await importIntoNode(nodeConfig(withOptions(settings, { ...where })), {
        paths,
        ...(clinical === undefined ? {} : { clinical }),
        onProgress: ({ received, accepted }) => terminal.progress(`${received} files seen, ${accepted} taken in`),
        signal,
      });
      const { received, accepted, quarantined, rejected, duplicates, optedOut, seconds } = view;
      terminal.answer({ received, accepted, quarantined, rejected, duplicates, opted_out: optedOut, seconds }, () => {
        terminal.line(
          `${received} files: ${accepted} taken in, ${quarantined} quarantined, ${duplicates} already there, ${optedOut} of people who opted out, ${rejected.length} rejected (${seconds.toFixed(1)} s)`,
        );
        for (const { path, reason } of rejected) terminal.line(`  rejected ${path}: ${reason}`);
      });
    });
};
