import { ROLES, type Role } from '#wire';
import type { AddCommand } from './command-context.ts';
import { withOptions } from './flat-settings.ts';
import { addHarvestCommands } from './harvest-commands.ts';
import { serveUntilEnded } from './house-process.ts';
import { oneOf, someOf, wholeNumber } from './option-values.ts';
import { addProgressCommands } from './progress-commands.ts';
import { addSiteCommands } from './site-commands.ts';

/** `hub start`, `hub token`, `hub sites`, `hub harvest`. */
export const addHubCommands: AddCommand = (program, contextOf) => {
  const hub = program.command('hub').description("the network's service: catalogue, counts, permits, learning rounds");

  hub
    .command('start')
    .description('start the hub and serve its portal')
    .option('--home <dir>', 'its data folder (default: .unica/hub)')
    .option('--port <number>', 'port to listen on (default: 7400)', wholeNumber(0, 65535))
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--public-url <url>', 'the address people type')
    .option('--name <name>', "the network's name")
    .option('--database-url <url>', 'postgres://… instead of a SQLite file in the home')
    .option('--flower-port <number>', 'let stock SuperNodes of Flower in on this port', wholeNumber(0, 65535))
    .option('--flower-certificate <file>', 'certificate shown to them, PEM')
    .option('--flower-key <file>', 'its key, PEM')
    .option('--flower-app <file>', 'the bundle they run, made by flwr build')
    .option('--flower-sites <file>', 'which site has which key: site, country, key, name on each line')
    .option('--flower-superlink <address>', 'join this Flower SuperLink, to run jobs on it: host:port')
    .option('--flower-control <address>', 'its Control API, where that is elsewhere (before 1.40)')
    .option('--flower-authorities <file>', 'who vouches for it, PEM')
    .option('--flower-federation <name>', 'where it has several')
    .option('--objects <place>', 'a folder that all hubs share, or s3://bucket/prefix, instead of a folder in the home')
    .option('--objects-endpoint <url>', 'address of the S3-compatible store (keys: see the settings)')
    .option('--key-file <file>', "the hub's signing key, the same for all hubs of a network (default: in the home)")
    .option(
      '--site-approval <rule>',
      'let a site in that has enrolled: ask (default), automatic',
      oneOf(['ask', 'automatic']),
    )
    .option('--demonstration', 'example people can sign in; this machine only')
    .option('--with-parent', 'end when the program that started this one ends')
    .addHelpText('after', '\nExample:\n  unica hub start --home /srv/unica-hub --port 7400')
    .action(async (options: HubStartOptions) => {
      const context = contextOf();
      const { withParent, ...settings } = options;
      const { hubConfig, startHub } = await import('#hub');
      const config = hubConfig(withOptions(context.settings, { ...settings }));
      await serveUntilEnded({ what: 'hub', config, start: startHub, withParent: withParent === true, context });
    });

  hub
    .command('token')
    .description('make a token for a program or a person; it is shown once')
    .option('--home <dir>', "the hub's data folder (default: .unica/hub)")
    .option('--database-url <url>', 'postgres://… where the hub uses one')
    .requiredOption('--name <name>', 'whom it is for')
    .requiredOption('--roles <list>', `what it may do: ${ROLES.join(', ')}`, someOf(ROLES))
    .option('--days <number>', 'how long it is good for', wholeNumber(1, 366), 90)
    .addHelpText('after', '\nExample:\n  unica hub token --name "search script" --roles researcher > token.txt')
    .action(async (options: TokenOptions) => {
      const { settings, terminal } = contextOf();
      const { name, roles, days, ...where } = options;
      const { createHubToken, hubConfig } = await import('#hub');
      const config = hubConfig(withOptions(settings, { ...where }));
      const token = await createHubToken(config, { name, roles, days });
      terminal.answer({ token, roles, days }, () => terminal.line(token));
    });

  addSiteCommands(hub, contextOf);
  addHarvestCommands(hub, contextOf);
  addProgressCommands(hub, contextOf);
};

interface HubStartOptions {
  readonly home?: string;
  readonly port?: number;
  readonly host?: string;
  readonly publicUrl?: string;
  readonly name?: string;
  readonly databaseUrl?: string;
  readonly flowerPort?: number;
  readonly flowerCertificate?: string;
  readonly flowerKey?: string;
  readonly flowerApp?: string;
  readonly flowerSites?: string;
  readonly flowerSuperlink?: string;
  readonly flowerControl?: string;
  readonly flowerAuthorities?: string;
  readonly flowerFederation?: string;
  readonly objects?: string;
  readonly objectsEndpoint?: string;
  readonly keyFile?: string;
  readonly siteApproval?: 'ask' | 'automatic';
  readonly demonstration?: boolean;
  readonly withParent?: boolean;
}

interface TokenOptions {
  readonly home?: string;
  readonly databaseUrl?: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly days: number;
}
