import type { AddCommand } from './command-context.ts';
import { withOptions } from './flat-settings.ts';
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
    .action(async (where: Where) => {
      const { settings, terminal } = contextOf();
      const { hubConfig, hubSites } = await import('#hub');
      const list = await hubSites(hubConfig(withOptions(settings, { ...where })));
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
        const { changeHubSite, hubConfig } = await import('#hub');
        const where = {
          ...(home === undefined ? {} : { home }),
          ...(databaseUrl === undefined ? {} : { databaseUrl }),
        };
        const now = await changeHubSite(hubConfig(withOptions(settings, where)), site, { change, because });
        terminal.answer({ siteId: site, ...now }, () =>
          terminal.line(
            'code' in now ? now.code : `${site} is ${now.state} now. A running hub follows within two seconds.`,
          ),
        );
      });
  }
};

interface Where {
  readonly home?: string;
  readonly databaseUrl?: string;
}

interface ChangeOptions extends Where {
  readonly because: string;
}
