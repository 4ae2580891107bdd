import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UnicaError } from '#base';
import type { AddCommand } from './command-context.ts';
import { withOptions } from './flat-settings.ts';

/** `audit verify` */
export const addAuditCommand: AddCommand = (program, contextOf) => {
  program
    .command('audit')
    .description('the journal of everything that happened')
    .command('verify')
    .description('check every link of the journal of a hub or a node')
    .requiredOption('--home <dir>', "the service's data folder")
    .option('--database-url <url>', 'postgres://… where the hub uses one')
    .addHelpText('after', '\nExample:\n  unica audit verify --home /srv/unica-node --json')
    .action(async (options: { readonly home: string; readonly databaseUrl?: string }) => {
      const { settings, terminal } = contextOf();
      const found = await verify(options, withOptions(settings, { ...options }));
      terminal.answer(found, () => {
        terminal.line(
          found.intact
            ? `${found.entries} entries, all links intact`
            : `the journal of ${found.entries} entries is broken at entry ${found.broken_at}`,
        );
      });
      if (!found.intact) process.exitCode = 1;
    });
};

async function verify(
  options: { readonly home: string; readonly databaseUrl?: string },
  settings: Parameters<typeof withOptions>[0],
): Promise<{ readonly entries: number; readonly intact: boolean; readonly broken_at: number | null }> {
  const { home, databaseUrl } = options;
  if (existsSync(join(home, 'node.sqlite'))) {
    const { nodeConfig, verifyNodeAudit } = await import('#node');
    return await verifyNodeAudit(nodeConfig(settings));
  }
  if (databaseUrl !== undefined || existsSync(join(home, 'hub.sqlite'))) {
    const { hubConfig, verifyHubAudit } = await import('#hub');
    return await verifyHubAudit(hubConfig(settings));
  }
  throw new UnicaError('cli.no-service', { home });
}
