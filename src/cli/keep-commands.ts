import type { AddCommand } from './command-context.ts';
import { withOptions } from './flat-settings.ts';
import { siteId, wholeNumber } from './option-values.ts';
import type { Terminal } from './terminal.ts';

/** `node backup`, `node restore`, `node upgrade`, `node uninstall` */
export const addKeepCommands: AddCommand = (node, contextOf) => {
  node
    .command('backup')
    .description(
      'copy everything a node is into a folder of backups, while it runs; each is read back and held against its digests',
    )
    .option('--home <dir>', 'its data folder (default: .unica/node)')
    .requiredOption('--to <dir>', 'a folder on another disk; only what is new since the last backup is copied')
    .option('--keep <number>', 'so many of the newest backups stay (default: all)', wholeNumber(1, 1000))
    .addHelpText('after', '\nExample:\n  unica node backup --home /srv/unica-node --to /mnt/backup/unica --keep 14')
    .action(async ({ to, keep, ...where }: BackupOptions) => {
      const { settings, terminal, signal } = contextOf();
      const { backUpNode, nodeConfig } = await import('#node');
      const report = await backUpNode(nodeConfig(withOptions(settings, { ...where })), {
        to,
        ...(keep === undefined ? {} : { keep }),
        onProgress: tellTo(terminal),
        signal,
      });
      terminal.answer({ ...report, damaged: [...report.damaged], removed: [...report.removed] }, () => {
        const { name, studies, images, objects, copied, damaged, removed } = report;
        terminal.line(
          `${name}: ${studies} studies, ${images} images, ${objects} objects (${copied} new), all read back.`,
        );
        if (removed.length > 0) terminal.line(`${removed.length} older backups were taken away.`);
        if (damaged.length > 0)
          terminal.line(
            terminal.tone(
              'bad',
              `${damaged.length} objects of the archive are missing or damaged and not in it; see unica doctor.`,
            ),
          );
      });
      if (report.damaged.length > 0) process.exitCode = 1;
    });

  node
    .command('restore')
    .description('put a backup in the place of a node; all of it is checked first, and what was there is kept beside')
    .option('--home <dir>', 'its data folder (default: .unica/node)')
    .requiredOption('--from <dir>', 'the folder of backups')
    .option('--backup <name>', 'which of them (default: the newest)')
    .option('--replace', 'move aside what is there')
    .option('--without-vault', 'leave the vault as it is')
    .addHelpText('after', '\nExample:\n  unica node restore --home /srv/unica-node --from /mnt/backup/unica --replace')
    .action(async ({ from, backup, replace, withoutVault, ...where }: RestoreOptions) => {
      const { settings, terminal, signal } = contextOf();
      const { nodeConfig, restoreNode } = await import('#node');
      const report = await restoreNode(nodeConfig(withOptions(settings, { ...where })), {
        from,
        backup,
        replace,
        withoutVault,
        onProgress: tellTo(terminal),
        signal,
      });
      terminal.answer({ ...report }, () => {
        const { name, studies, images, movedTo, vault, entriesLost, madeAtMs } = report;
        terminal.line(`${name} is in place: ${studies} studies, ${images} images, every file as its digest says.`);
        if (movedTo !== null) terminal.line(`What was there before is kept in ${movedTo}.`);
        if (vault === 'left') terminal.line('The backup holds a vault; it was left where it is.');
        terminal.line(
          entriesLost === null
            ? 'The hub could not be asked what it remembers of this node; `unica doctor` asks it later.'
            : entriesLost === 0
              ? 'The hub remembers nothing of this node that is not here.'
              : `The hub remembers ${entriesLost} later entries of the journal that are lost; this is written down.`,
        );
        const day = new Date(madeAtMs).toISOString().slice(0, 16).replace('T', ' ');
        terminal.line(
          `Enter again what people decided since ${day} UTC, objections first, before the node is started.`,
        );
      });
    });

  node
    .command('upgrade')
    .description(
      "bring a stopped node's records up to this program: copied first, checked afterwards, put back where anything fails",
    )
    .option('--home <dir>', 'its data folder (default: .unica/node)')
    .addHelpText(
      'after',
      '\nExample:\n  systemctl stop unica-node && unica node upgrade --home /srv/unica-node && systemctl start unica-node',
    )
    .action(async (options: { readonly home?: string }) => {
      const { settings, terminal } = contextOf();
      const { nodeConfig, upgradeNode } = await import('#node');
      const report = await upgradeNode(nodeConfig(withOptions(settings, { ...options })));
      terminal.answer({ ...report, steps: [...report.steps] }, () => {
        const { steps, studies, images, journalEntries, before } = report;
        if (steps.length === 0) terminal.line('The records are of this version already.');
        else terminal.line(`${steps.length} steps were taken; the records of before are kept in ${before}.`);
        terminal.line(`${studies} studies, ${images} images, ${journalEntries} entries of the journal: all there.`);
      });
    });

  node
    .command('uninstall')
    .description(
      'end a stopped node: its signed journal is written to a file, its hub is told, its data stay unless --delete',
    )
    .option('--home <dir>', 'its data folder (default: .unica/node)')
    .requiredOption('--record <file>', 'where the signed journal is written')
    .option('--delete <site>', "delete the data too; the node's name, so that it is no slip", siteId)
    .addHelpText(
      'after',
      '\nExample:\n  unica node uninstall --home /srv/unica-node --record lisbon.jsonl --delete lisbon',
    )
    .action(async ({ record, delete: deleteData, ...where }: UninstallOptions) => {
      const { settings, terminal } = contextOf();
      const { nodeConfig, uninstallNode } = await import('#node');
      const report = await uninstallNode(nodeConfig(withOptions(settings, { ...where })), { record, deleteData });
      terminal.answer({ ...report }, () => {
        terminal.line(
          `${report.entries} entries of the journal are in ${report.record}; unica audit verify --file reads it.`,
        );
        terminal.line(report.toldHub ? 'The hub holds its head.' : 'The hub could not be told.');
        terminal.line(report.deleted ? 'The data are deleted.' : 'The data stay where they are.');
        terminal.line('Ask the coordinator to end the membership of the site.');
      });
    });
};

function tellTo(terminal: Terminal) {
  const words = { records: 'copying the records', objects: 'copying objects', checking: 'reading back' } as const;
  return ({ step, done, of }: { readonly step: keyof typeof words; readonly done: number; readonly of: number }) =>
    terminal.progress(`${words[step]}: ${done} of ${of}`);
}

interface BackupOptions {
  readonly home?: string;
  readonly to: string;
  readonly keep?: number;
}

interface RestoreOptions {
  readonly home?: string;
  readonly from: string;
  readonly backup?: string;
  readonly replace?: boolean;
  readonly withoutVault?: boolean;
}

interface UninstallOptions {
  readonly home?: string;
  readonly record: string;
  readonly delete?: string;
}
