import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { UnicaError } from '#base';
import type { DeidOption, DeidOptions } from '#deid';
import type { VaultKey } from '#vault';
import type { AddCommand } from './command-context.ts';
import { mustExist, readInput, readSecret } from './input-file.ts';
import { someOf, wholeNumber } from './option-values.ts';

// Written out here, so that the command line starts without the room.
const PROFILE_OPTIONS: readonly DeidOption[] = [
  'dates',
  'patient',
  'device',
  'descriptors',
  'structured',
  'private',
  'pixels',
];

/** Rejected files that are told one by one; a folder may hold a million that are no images. */
const MOST_TOLD = 20;

/** `deidentify IN OUT` */
export const addDeidentifyCommand: AddCommand = (program, contextOf) => {
  program
    .command('deidentify')
    .description('de-identify a folder of DICOM files into another folder; no node is needed')
    .argument('<in>', 'folder, zip or file with identifiers')
    .argument('<out>', 'folder for what is clean')
    .option('--site <id>', 'name of the site, part of every pseudonym', 'local')
    .option('--secret-file <file>', 'secret that makes pseudonyms repeatable (default: a new one for this run)')
    .option('--words <file>', 'words that may stay in descriptions beside the built-in ones')
    .option('--regions <file>', 'rectangles that are blacked out in the pictures of your devices')
    .option('--vault <file>', 'encrypted file that keeps whose the files were; made when it is not there')
    .option('--vault-key-file <file>', 'its key (or UNICA_VAULT_PASSPHRASE in the environment)')
    .option('--clinical <csv>', 'the clinical table that goes with them; written with pseudonyms')
    .option(
      '--options <list>',
      `options of PS3.15 beside the Basic Profile: ${PROFILE_OPTIONS.join(', ')}, or none (default: all)`,
      profileOf,
    )
    .option('--jobs <n>', 'most threads that clean (default: one for each core, at most 4)', wholeNumber(1, 64))
    .option('--resume', 'go on after a run that was broken off; needs the same --secret-file')
    .option('--report <file>', 'write the result as JSON, with the reason of every rejection')
    .addHelpText(
      'after',
      '\nExample:\n  unica deidentify /mnt/pacs-export clean --site lisbon --secret-file site.secret',
    )
    .action(async (input: string, output: string, options: DeidentifyOptions) => {
      const { settings, terminal, signal } = contextOf();
      for (const path of options.clinical === undefined ? [input] : [input, options.clinical]) await mustExist(path);
      if (options.resume === true && options.secretFile === undefined) throw new UnicaError('cli.resume-what');
      const secret =
        options.secretFile === undefined ? new Uint8Array(randomBytes(32)) : await readSecret(options.secretFile);
      const { deidentifyFolder } = await import('#intake');
      const siteWords = options.words === undefined ? undefined : await readWords(options.words);
      const regionRules = options.regions === undefined ? undefined : await readRegions(options.regions);
      const vault = await vaultOf(output, options, settings['vaultPassphrase']);
      const result = await deidentifyFolder(input, output, {
        vault,
        resume: options.resume === true,
        siteWords,
        regionRules,
        siteId: options.site,
        secret,
        ...(options.clinical === undefined ? {} : { clinicalPath: options.clinical }),
        ...(options.options === undefined ? {} : { profile: options.options }),
        ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
        onProgress: ({ files, written }) => terminal.progress(`${files} files seen, ${written} written`),
        signal,
      }).finally(() => vault?.close());
      if (options.report !== undefined) await writeFile(options.report, `${JSON.stringify(result, undefined, 2)}\n`);
      terminal.answer(result, () => {
        terminal.line(
          `${result.files} files: ${result.written} written, ${result.rejected.length} rejected${result.kept > 0 ? `, ${result.kept} done before` : ''} (${result.seconds.toFixed(1)} s)`,
        );
        for (const { path, reason } of result.rejected.slice(0, MOST_TOLD)) {
          terminal.line(`  rejected ${path}: ${reason}`);
        }
        const more = result.rejected.length - MOST_TOLD;
        if (more > 0) terminal.line(`  and ${more} more (--report <file> writes each with its reason)`);
        if (result.columns_dropped.length > 0) {
          terminal.line(`Left out of the clinical table: ${result.columns_dropped.join(', ')}.`);
        }
        if (options.secretFile === undefined) {
          terminal.line('The secret of this run was not kept: another run gives other pseudonyms (--secret-file).');
        }
      });
    });
};

/** @throws UnicaError `vault.…` */
async function vaultOf(
  output: string,
  { vault: path, vaultKeyFile }: DeidentifyOptions,
  passphrase: string | undefined,
) {
  if (path === undefined) return undefined;
  for (const [what, place] of [
    ['file', path],
    ['key', vaultKeyFile],
  ] as const) {
    if (place !== undefined && !relative(output, place).startsWith('..')) {
      throw new UnicaError('vault.misplaced', { what, where: 'the folder of the cleaned files' });
    }
  }
  if (vaultKeyFile === undefined && passphrase === undefined)
    throw new UnicaError('vault.key-unusable', { problem: 'none was given' });
  const { openVault } = await import('#vault');
  const key: VaultKey =
    vaultKeyFile === undefined
      ? { kind: 'passphrase', passphrase: passphrase ?? '' }
      : { kind: 'file', path: vaultKeyFile };
  return await openVault({ path, key, create: 'if-missing' });
}

/** The chosen options; `none` is the Basic Profile alone. */
function profileOf(text: string): DeidOptions {
  return text.trim() === 'none' ? new Set() : new Set(someOf(PROFILE_OPTIONS)(text));
}

async function readWords(path: string) {
  const { readSiteWords } = await import('#deid');
  return readSiteWords(new TextDecoder().decode(await readInput(path)));
}

async function readRegions(path: string) {
  const { readRegionRules } = await import('#deid');
  return readRegionRules(new TextDecoder().decode(await readInput(path)));
}

interface DeidentifyOptions {
  readonly options?: DeidOptions;
  readonly jobs?: number;
  readonly site: string;
  readonly resume?: boolean;
  readonly words?: string;
  readonly regions?: string;
  readonly vault?: string;
  readonly vaultKeyFile?: string;
  readonly secretFile?: string;
  readonly clinical?: string;
  readonly report?: string;
}
