import { existsSync } from 'node:fs';
import { UnicaError } from '#base';
import type { AddCommand } from './command-context.ts';
import { type FlatSettings, withOptions } from './flat-settings.ts';
import { siteId } from './option-values.ts';

const CHANGES = {
  approve: 'let a site in that has enrolled',
  suspend: 'shut a site out for a while, at once',
  reinstate: 'end a suspension',
  eject: 'end a membership, at once; a new invitation brings the site back with its history',
  renew: 'make a one-time code for a site that has lost its key; it is shown once',
} as const;

/** `hub sites`, `hub sites approve|suspend|reinstate|eject|renew`: membership, beside a running hub or without one. */
export const addSiteCommands: AddCommand = (hub, contextOf) => {
  const sites = hub
    .command('sites')
    .description('the sites of the network, and who may take part')
    .option('--home <dir>', "the hub's data folder (default: .unica/hub)")
    .option('--database-url <url>', 'postgres://… where the hub uses one')
    .addHelpText('after', '\nExample:\n  unica hub sites --home /srv/unica-hub')
    .action(async (where: HubWhere) => {
      const { settings, terminal } = contextOf();
      const { hubSites } = await import('#hub');
      const list = await hubSites(await hubThatIsThere(where, settings));
      const shown = list.map(({ readiness: _, publicKey: __, ...site }) => site);
      terminal.answer({ sites: shown }, () => {
        terminal.table(
          ['site', 'name', 'country', 'state', 'because', 'software', 'last heard'],
          shown.map((site) => [
            site.siteId,
            site.displayName,
            site.country,
            site.state,
            site.because ?? '–',
            site.software ?? '–',
            site.lastSeenAtMs === null ? '–' : new Date(site.lastSeenAtMs).toISOString(),
          ]),
        );
      });
    });
  for (const [change, words] of Object.entries(CHANGES) as [keyof typeof CHANGES, string][]) {
    sites
      .command(change)
      .description(words)
      .argument('<site>', "the site's short name", siteId)
      .option('--home <dir>', "the hub's data folder (default: .unica/hub)")
      .option('--database-url <url>', 'postgres://… where the hub uses one')
      .requiredOption('--because <words>', 'why; the site is told, and the journal keeps it')
      .addHelpText('after', `\nExample:\n  unica hub sites ${change} lisbon --because "agreed on the telephone"`)
      .action(async (site: string, _: unknown, command: { optsWithGlobals(): ChangeOptions }) => {
        const { settings, terminal } = contextOf();
        const { home, databaseUrl, because } = command.optsWithGlobals();
        const { changeHubSite } = await import('#hub');
        const now = await changeHubSite(await hubThatIsThere({ home, databaseUrl }, settings), site, {
          change,
          because,
        });
        terminal.answer({ siteId: site, ...now }, () =>
          terminal.line(
            'code' in now ? now.code : `${site} is ${now.state} now. A running hub follows within two seconds.`,
          ),
        );
      });
  }
};

/** Settings of a hub that is there: nobody's slip in a path makes another one. */
export async function hubThatIsThere(where: HubWhere, settings: FlatSettings) {
  const { hubConfig } = await import('#hub');
  const config = hubConfig(withOptions(settings, { ...where }));
  if (config.database.engine === 'sqlite' && !existsSync(config.database.path))
    throw new UnicaError('cli.no-service', { home: config.home });
  return config;
}

/** Where a hub's records are. */
export interface HubWhere {
  readonly home?: string | undefined;
  readonly databaseUrl?: string | undefined;
}

interface ChangeOptions extends HubWhere {
  readonly because: string;
}
