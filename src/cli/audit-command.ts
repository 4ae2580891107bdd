import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UnicaError } from '#base';
import type { AddCommand } from './command-context.ts';
import { type FlatSettings, withOptions } from './flat-settings.ts';
import { mustExist } from './input-file.ts';

/** `audit verify`, `audit export` */
export const addAuditCommand: AddCommand = (program, contextOf) => {
  const audit = program.command('audit').description('the journal of everything that happened');

  audit
    .command('verify')
    .description('check every link and signature of the journal of a hub or a node, or of an exported one')
    .option('--home <dir>', "the service's data folder")
    .option('--database-url <url>', 'postgres://… where the hub uses one')
    .option('--file <file>', 'an exported journal instead: its house is not needed')
    .option('--key <key>', 'for --file: the public key of its house, known from elsewhere')
    .addHelpText(
      'after',
      '\nExamples:\n  unica audit verify --home /srv/unica-node --json\n  unica audit verify --file lisbon.jsonl',
    )
    .action(async ({ file, key, ...where }: VerifyOptions) => {
      const { settings, terminal } = contextOf();
      const found =
        file === undefined
          ? await (await houseOf(where, withOptions(settings, { ...where }))).verify()
          : await verifyFile(file, key);
      terminal.answer({ ...found }, () => {
        if (found.house !== undefined) terminal.line(`The journal of ${found.house}, signed by ${found.publicKey}:`);
        if (file !== undefined && key === undefined)
          terminal.line(
            'This key is the one that the file itself names: compare it with that of the house, or give it as --key.',
          );
        terminal.line(
          found.intact
            ? `${found.entries} entries, all links intact`
            : `the journal is broken at entry ${found.broken_at}; ${found.entries} entries before it are intact`,
        );
      });
      if (!found.intact) process.exitCode = 1;
    });

  audit
    .command('export')
    .description('write the journal of a hub or a node for an auditor: JSON lines, every entry and every signature')
    .requiredOption('--home <dir>', "the service's data folder")
    .option('--database-url <url>', 'postgres://… where the hub uses one')
    .requiredOption('--out <file>', 'where to write it')
    .addHelpText('after', '\nExample:\n  unica audit export --home /srv/unica-node --out lisbon.jsonl')
    .action(async ({ out, ...where }: Where & { readonly out: string }) => {
      const { settings, terminal } = contextOf();
      const house = await houseOf(where, withOptions(settings, { ...where }));
      const entries = await writeWhole(out, house.export());
      terminal.answer({ out, entries }, () => terminal.line(`${entries} entries in ${out}`));
    });
};

interface Where {
  readonly home?: string;
  readonly databaseUrl?: string;
}
interface VerifyOptions extends Where {
  readonly file?: string;
  readonly key?: string;
}
interface Found {
  readonly entries: number;
  readonly intact: boolean;
  readonly broken_at: number | null;
  readonly house?: string;
  readonly publicKey?: string;
}

async function verifyFile(file: string, key: string | undefined): Promise<Found> {
  const { verifyExport } = await import('#audit');
  await mustExist(file);
  return await verifyExport(createReadStream(file), key);
}

async function houseOf(
  { home, databaseUrl }: Where,
  settings: FlatSettings,
): Promise<{ readonly verify: () => Promise<Found>; readonly export: () => AsyncGenerator<string> }> {
  if (home === undefined) throw new UnicaError('cli.no-service', { home: '(none given)' });
  if (existsSync(join(home, 'node.sqlite'))) {
    const { exportNodeAudit, nodeConfig, verifyNodeAudit } = await import('#node');
    const config = nodeConfig(settings);
    return { verify: () => verifyNodeAudit(config), export: () => exportNodeAudit(config) };
  }
  if (databaseUrl !== undefined || existsSync(join(home, 'hub.sqlite'))) {
    const { exportHubAudit, hubConfig, verifyHubAudit } = await import('#hub');
    const config = hubConfig(settings);
    return { verify: () => verifyHubAudit(config), export: () => exportHubAudit(config) };
  }
  throw new UnicaError('cli.no-service', { home });
}

/** Writes the file whole or not at all. @returns lines that hold an entry */
async function writeWhole(path: string, lines: AsyncIterable<string>): Promise<number> {
  let entries = 0;
  async function* counted() {
    for await (const line of lines) {
      if (line.startsWith('{"entry"')) entries += 1;
      yield line;
    }
  }
  const unfinished = `${path}.unfinished`;
  try {
    await pipeline(Readable.from(counted()), createWriteStream(unfinished, { mode: 0o600 }));
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  return entries;
}
