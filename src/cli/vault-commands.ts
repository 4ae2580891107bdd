import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { UnicaError } from '#base';
import type { VaultKey } from '#vault';
import type { AddCommand } from './command-context.ts';
import { type FlatSettings, withOptions } from './flat-settings.ts';
import { readInput } from './input-file.ts';

/** `node vault init`, `find`, `export`, `forget`, `rotate-key`, `check`. */
export const addVaultCommands: AddCommand = (node, contextOf) => {
  const vault = node
    .command('vault')
    .description('the site vault: who a pseudonym is. Encrypted, on this machine only, each look-up in the journal');

  settled(vault.command('init'))
    .description('make the vault that the settings name, and a key file where there is none yet')
    .addHelpText(
      'after',
      '\nExample:\n  unica node vault init --home /srv/unica-node --vault /srv/unica-vault/site.vault --vault-key-file /etc/unica/vault.key',
    )
    .action(async (options: Where) => {
      const { terminal, settings } = contextOf();
      const { initVault, nodeConfig } = await import('#node');
      const config = nodeConfig(withOptions(settings, { ...options }));
      const key = config.siteVault?.key;
      const madeKey = key?.kind === 'file' && (await stat(key.path).catch(() => undefined)) === undefined;
      if (madeKey) await (await import('#vault')).makeKeyFile(key.path);
      await initVault(config);
      terminal.answer({ made: true, key_made: madeKey }, () => {
        terminal.line('The site vault is made. Whatever is imported from now on is entered there.');
        terminal.line('Keep a copy of its key where no copy of the vault is: without the key nobody can read it.');
      });
    });

  asking(warranted(settled(vault.command('find'))))
    .description('who it is; told to the data protection officer, with a reason that goes into the journal')
    .addHelpText(
      'after',
      '\nExample:\n  unica node vault find --pseudonym UNICA-3f… --token-file dpo.token --reason "incidental finding, letter 2026-7"',
    )
    .action(async (options: Where & Warrant & Asked) => {
      const { terminal, settings } = contextOf();
      const { findInVault, nodeConfig } = await import('#node');
      const people = await findInVault(
        nodeConfig(withOptions(settings, whereOf(options))),
        await wishOf(options),
        await warrantOf(options),
      );
      terminal.answer(
        people.map((person) => ({ ...person, studies: [...person.studies] })),
        () => {
          for (const { patientId, issuer, person, daysBack, studies } of people) {
            terminal.line(
              `${patientId}${issuer === '' ? '' : ` (of ${issuer})`} is ${person}; dates moved back ${daysBack} days`,
            );
            for (const study of studies) terminal.line(`  ${study.studyInstanceUid} is ${study.newStudyInstanceUid}`);
          }
          if (people.length === 0) terminal.line('The vault has no such entry.');
        },
      );
    });

  warranted(settled(vault.command('export')))
    .description('all entries as a table, for the eyes of the data protection officer')
    .argument('<csv>', 'the file to write; must not be there yet')
    .addHelpText(
      'after',
      '\nExample:\n  unica node vault export links.csv --token-file dpo.token --reason "move to the new archive"',
    )
    .action(async (path: string, options: Where & Warrant) => {
      const { terminal, settings } = contextOf();
      const { exportVault, nodeConfig } = await import('#node');
      const config = nodeConfig(withOptions(settings, whereOf(options)));
      const lines = await exportVault(config, path, await warrantOf(options)).catch((error: unknown) => {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
        throw new UnicaError('cli.unreadable', { path, problem: 'it is there already', hint: 'Name another file.' });
      });
      terminal.answer({ studies: lines }, () => {
        terminal.line(`${lines} studies written. The file holds identities in clear: delete it when it has served.`);
      });
    });

  asking(warranted(settled(vault.command('forget'))))
    .description('take a person out of the vault (erasure) and out of every further use (opt-out)')
    .addHelpText(
      'after',
      '\nExample:\n  unica node vault forget --patient-file number.txt --token-file dpo.token --reason "Art. 17 request 2026-8"',
    )
    .action(async (options: Where & Warrant & Asked) => {
      const { terminal, settings } = contextOf();
      const { forgetInVault, nodeConfig } = await import('#node');
      const { entries, people } = await forgetInVault(
        nodeConfig(withOptions(settings, whereOf(options))),
        await wishOf(options),
        await warrantOf(options),
      );
      terminal.answer({ entries, people: [...people] }, () => {
        terminal.line(
          entries === 0
            ? 'The vault had no such entry.'
            : `${entries} entries are overwritten; nothing leads back any more.`,
        );
        for (const person of people) terminal.line(`Opted out: ${person}`);
        terminal.line('Copies of the vault made earlier still hold the entries: they have to be deleted too.');
      });
    });

  warranted(settled(vault.command('rotate-key')))
    .description('encrypt the vault anew under another key; the old one opens nothing any more')
    .option('--new-key-file <file>', 'the new key; made when it is not there')
    .option('--new-passphrase-file <file>', 'a file with the new passphrase, instead')
    .addHelpText(
      'after',
      '\nExample:\n  unica node vault rotate-key --new-key-file /etc/unica/vault-2.key --token-file dpo.token --reason "yearly change"',
    )
    .action(async (options: Where & Warrant & NewKey) => {
      const { terminal, settings } = contextOf();
      const { newKeyFile, newPassphraseFile } = options;
      const { nodeConfig, rotateVaultKey } = await import('#node');
      const config = nodeConfig(withOptions(settings, whereOf(options)));
      const warrant = await warrantOf(options);
      if ((newKeyFile === undefined) === (newPassphraseFile === undefined)) throw new UnicaError('cli.vault-which-key');
      if (newKeyFile !== undefined && (await stat(newKeyFile).catch(() => undefined)) === undefined) {
        await (await import('#vault')).makeKeyFile(newKeyFile);
      }
      const key: VaultKey =
        newKeyFile === undefined
          ? { kind: 'passphrase', passphrase: await textOf(newPassphraseFile ?? '') }
          : { kind: 'file', path: newKeyFile };
      await rotateVaultKey(config, key, warrant);
      terminal.answer({ changed: true }, () => {
        terminal.line('The vault has its new key. Enter it in the settings and start the node again.');
        terminal.line('Copies of the vault made earlier still open with the old key.');
      });
    });

  settled(vault.command('check'))
    .description('open every entry: whether one was changed, added or taken out')
    .addHelpText('after', '\nExample:\n  unica node vault check --home /srv/unica-node')
    .action(async (options: Where) => {
      const { terminal, settings } = contextOf();
      const { checkVault, nodeConfig } = await import('#node');
      const { people, studies } = await checkVault(nodeConfig(withOptions(settings, { ...options })));
      terminal.answer({ intact: true, people, studies }, () => {
        terminal.line(`The vault is whole: ${people} people, ${studies} studies.`);
      });
    });
};

function settled(command: Command): Command {
  return command
    .option('--home <dir>', "the node's data folder (default: .unica/node)")
    .option('--vault <file>', 'the vault')
    .option('--vault-key-file <file>', 'its key (or UNICA_VAULT_PASSPHRASE in the environment)');
}

function warranted(command: Command): Command {
  return command
    .requiredOption('--token-file <file>', 'a token of the data protection officer, from `unica node token`')
    .requiredOption('--reason <text>', 'why; stands in the journal, without names and numbers of patients');
}

function asking(command: Command): Command {
  return command
    .option('--patient-file <file>', "a file with the hospital's number of the patient; - reads standard input")
    .option('--pseudonym <text>', 'a pseudonym')
    .option('--study <uid>', 'a study, by its UID in the hospital or here')
    .option('--image <uid>', 'an image, by its UID here');
}

async function wishOf({ patientFile, pseudonym, study, image }: Asked) {
  const patient = patientFile === undefined ? undefined : await textOf(patientFile);
  const given = Object.entries({ patient, pseudonym, study, image }).flatMap(([kind, text]) =>
    text === undefined ? [] : [{ kind: kind as 'patient' | 'pseudonym' | 'study' | 'image', text }],
  );
  const [wish] = given;
  if (wish === undefined || given.length > 1) throw new UnicaError('cli.vault-whom');
  return wish;
}

async function warrantOf({ tokenFile, reason }: Warrant) {
  return { token: await textOf(tokenFile), reason };
}

/** On the command line a number would stay in the shell's history and in the list of processes. */
async function textOf(path: string): Promise<string> {
  if (path !== '-') return new TextDecoder().decode(await readInput(path)).trim();
  const parts: Uint8Array[] = [];
  for await (const part of process.stdin) parts.push(part as Uint8Array);
  return Buffer.concat(parts).toString('utf8').trim();
}

function whereOf({ home, vault, vaultKeyFile }: Where): FlatSettings {
  return { home, vault, vaultKeyFile };
}

interface Where {
  readonly home?: string;
  readonly vault?: string;
  readonly vaultKeyFile?: string;
}

interface Warrant {
  readonly tokenFile: string;
  readonly reason: string;
}

interface Asked {
  readonly patientFile?: string;
  readonly pseudonym?: string;
  readonly study?: string;
  readonly image?: string;
}

interface NewKey {
  readonly newKeyFile?: string;
  readonly newPassphraseFile?: string;
}
