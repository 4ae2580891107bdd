import { InvalidArgumentError } from 'commander';
import { keepYoungGenerationSmall } from '#memory';
import { ROLES, type Role } from '#wire';
import { addClinicCommands } from './clinic-commands.ts';
import type { AddCommand } from './command-context.ts';
import { addConformanceCommands } from './conformance-commands.ts';
import { addConsentCommands } from './consent-commands.ts';
import { addDossierCommands } from './dossier-commands.ts';
import { withOptions } from './flat-settings.ts';
import { serveUntilEnded } from './house-process.ts';
import { addKeepCommands } from './keep-commands.ts';
import { addKeyCommands } from './key-commands.ts';
import { oneOf, siteId, someOf, webAddress, wholeNumber } from './option-values.ts';
import { addPeerCommands } from './peer-commands.ts';
import { addPullCommands } from './pull-commands.ts';
import { addResultCommands } from './result-commands.ts';
import { addSetupCommand } from './setup-command.ts';
import { addVaultCommands } from './vault-commands.ts';

/** `node init`, `node start`, `node status`, `node token`, `node rotate-key`, `node renew-key`, `node accept-hub`, `node peers`, `node pull`, `node dicom-echo`, `node send-results`, `node vault …`, `node backup`, `node restore`, `node upgrade`, `node uninstall`, `node conformance`, `node beam-request`. */
export const addNodeCommands: AddCommand = (program, contextOf) => {
  const node = program.command('node').description("a hospital's service: its archive, what comes in, what leaves");

  node
    .command('init')
    .description('make a node in an empty folder and enrol it with a one-time code')
    .option('--home <dir>', 'its data folder (default: .unica/node)')
    .requiredOption('--hub <url>', "the hub's address", webAddress)
    .requiredOption('--code <code>', "the one-time code from the network's coordinator")
    .requiredOption('--site <id>', 'the short name of this site: lower-case letters, digits, dashes', siteId)
    .requiredOption('--country <code>', 'two capital letters, such as PT', country)
    .option('--name <name>', "the hospital's name as others see it (default: the site's id)")
    .addHelpText(
      'after',
      '\nExample:\n  unica node init --hub https://hub.example.eu --code 7Q4M-… --site lisbon --country PT --name "Hospital de Lisboa"',
    )
    .action(async (options: InitOptions) => {
      const { settings, terminal } = contextOf();
      const { hub, code, site, country, name, ...where } = options;
      const { initNode, nodeConfig } = await import('#node');
      const config = nodeConfig(withOptions(settings, { ...where }));
      const card = await initNode(config, {
        hubUrl: hub,
        code,
        siteId: site,
        country,
        displayName: name ?? site,
      });
      const { hubUrl, hubName, waits } = card;
      terminal.answer({ siteId: card.siteId, hub: hubUrl, hubName, home: config.home, waits }, () => {
        terminal.line(`${card.displayName} (${card.siteId}) is enrolled with ${card.hubName}.`);
        if (waits) terminal.line('The coordinator of the network has to let it in; the node then begins by itself.');
        terminal.line(`Next: unica node start --home ${config.home}`);
      });
    });

  node
    .command('start')
    .description('start the node, serve its portal and ask the hub for work')
    .option('--home <dir>', 'its data folder (default: .unica/node)')
    .option('--port <number>', 'port to listen on (default: 7401)', wholeNumber(0, 65535))
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--public-url <url>', 'the address people type')
    .option(
      '--approval <rule>',
      'ask the owner about each job, or approve by a standing rule: ask, automatic',
      oneOf(['ask', 'automatic']),
    )
    .option('--minimum-count <people>', 'counts below this are withheld', wholeNumber(3, 100))
    .option('--training-workers <threads>', 'threads that train', wholeNumber(1, 64))
    .option('--hub-urls <list>', 'more addresses of the same hub, separated by commas')
    .option('--hub-proxy <url>', 'the proxy on the way to the hub (default: HTTPS_PROXY of the environment)')
    .option('--dicom-port <number>', 'receive DICOM images on this port', wholeNumber(0, 65535))
    .option('--dicom-tls-port <number>', 'receive over encrypted connections on this port', wholeNumber(0, 65535))
    .option('--dicom-tls-certificate <file>', 'certificate of this node, PEM')
    .option('--dicom-tls-key <file>', 'its key, PEM')
    .option('--dicom-tls-authorities <file>', 'whose certificates are trusted, PEM')
    .option('--dicom-host <address>', 'address to receive on (default: that of --host)')
    .option('--dicom-ae-title <title>', 'what DICOM systems call the node (default: UNICA)')
    .option('--dicom-peers <list>', 'who may send: AET@address,AET,… or any')
    .option('--dicom-spool-mib <MiB>', 'at most so much waits for its import', wholeNumber(1, 16_777_216))
    .option('--dicom-object-mib <MiB>', 'larger objects are not received', wholeNumber(1, 4352))
    .option(
      '--daily-questions <number>',
      'different questions answered in a day, of all requesters',
      wholeNumber(20, 1_000_000),
    )
    .option('--beam-proxy <url>', 'the Samply Beam proxy of Cancer Image Europe', webAddress)
    .option('--beam-app <id>', 'what this node is called there: app.proxy.broker')
    .option('--beam-key-file <file>', 'the key of that app at the proxy')
    .option('--words-file <file>', 'words that may stay in descriptions')
    .option('--concepts-file <file>', "names of concepts in the site's language, and codes of its licensed tables")
    .option('--regions-file <file>', 'rectangles that are blacked out in the pictures of your devices')
    .option('--vault <file>', 'keep in this vault whose the images are')
    .option('--vault-key-file <file>', 'its key (or UNICA_VAULT_PASSPHRASE in the environment)')
    .option('--flower-superlink <address>', 'join this Flower SuperLink: host:port')
    .option('--flower-authorities <file>', 'who vouches for it, PEM')
    .option('--flower-agreement <file>', 'job and permit for apps that name none, JSON')
    .option('--demonstration', 'example people can sign in; this machine only')
    .option('--with-parent', 'end when the program that started this one ends')
    .addHelpText(
      'after',
      '\nExamples:\n  unica node start --home /srv/unica-node --port 7401\n  unica node start --home /srv/unica-node --dicom-port 11112 --dicom-peers PACS@192.0.2.7',
    )
    .action(async (options: StartOptions) => {
      const context = contextOf();
      const { withParent, ...settings } = options;
      keepYoungGenerationSmall();
      const { nodeConfig, startNode } = await import('#node');
      const config = nodeConfig(withOptions(context.settings, { ...settings }));
      await serveUntilEnded({ what: 'node', config, start: startNode, withParent: withParent === true, context });
    });

  node
    .command('status')
    .description('the node at a glance; it need not be running')
    .option('--home <dir>', 'its data folder (default: .unica/node)')
    .addHelpText('after', '\nExample:\n  unica node status --home /srv/unica-node --json')
    .action(async (options: { readonly home?: string }) => {
      const { settings, terminal } = contextOf();
      const { nodeConfig, nodeStatus } = await import('#node');
      const status = await nodeStatus(nodeConfig(withOptions(settings, { ...options })));
      terminal.answer(status, () => {
        terminal.table(
          ['', ''],
          Object.entries(status)
            // Only the running service knows whether it receives.
            .filter(([key]) => key !== 'dicomReceiver')
            .map(([key, value]) => [key, value === null ? '–' : String(value)]),
        );
      });
    });

  for (const [name, stopped, words] of [
    ['stop-all', true, 'stop all work and everything that leaves, at once; works with the hub out of reach'],
    ['resume', false, 'let a stopped node work again'],
  ] as const) {
    node
      .command(name)
      .description(words)
      .option('--home <dir>', 'its data folder (default: .unica/node)')
      .addHelpText('after', `\nExample:\n  unica node ${name} --home /srv/unica-node`)
      .action(async (options: { readonly home?: string }) => {
        const { settings, terminal } = contextOf();
        const { nodeConfig, stopNode } = await import('#node');
        const status = await stopNode(nodeConfig(withOptions(settings, { ...options })), stopped);
        terminal.answer(status, () =>
          terminal.line(
            stopped
              ? 'Stopped: no work is taken and nothing leaves. A running service follows within a second.'
              : 'The node may work again. A running service follows within a second.',
          ),
        );
      });
  }

  node
    .command('token')
    .description('make a token for a program or a person; it is shown once')
    .option('--home <dir>', "the node's data folder (default: .unica/node)")
    .requiredOption('--name <name>', 'whom it is for')
    .requiredOption('--roles <list>', `what it may do: ${ROLES.join(', ')}`, someOf(ROLES))
    .option('--days <number>', 'how long it is good for', wholeNumber(1, 366), 90)
    .addHelpText('after', '\nExample:\n  unica node token --name "import script" --roles operator > token.txt')
    .action(async (options: TokenOptions) => {
      const { settings, terminal } = contextOf();
      const { name, roles, days, ...where } = options;
      const { createNodeToken, nodeConfig } = await import('#node');
      const token = await createNodeToken(nodeConfig(withOptions(settings, { ...where })), { name, roles, days });
      terminal.answer({ token, roles, days }, () => terminal.line(token));
    });

  node
    .command('flower-key')
    .description('the public key that a Flower SuperLink registers this node by; made when there is none')
    .option('--home <dir>', "the node's data folder (default: .unica/node)")
    .addHelpText('after', '\nExample:\n  unica node flower-key > lisbon.pub && flwr supernode register lisbon.pub')
    .action(async (options: { readonly home?: string }) => {
      const { settings, terminal } = contextOf();
      const { nodeConfig, nodeFlowerKey } = await import('#node');
      const publicKey = await nodeFlowerKey(nodeConfig(withOptions(settings, { ...options })));
      terminal.answer({ publicKey }, () => terminal.line(publicKey));
    });

  addConsentCommands(node, contextOf);
  addDossierCommands(node, contextOf);
  addKeepCommands(node, contextOf);
  addConformanceCommands(node, contextOf);
  addKeyCommands(node, contextOf);
  addPeerCommands(node, contextOf);
  addPullCommands(node, contextOf);
  addResultCommands(node, contextOf);
  addClinicCommands(node, contextOf);
  addSetupCommand(node, contextOf);
  addVaultCommands(node, contextOf);
};

function country(text: string): string {
  if (/^[A-Z]{2}$/.test(text)) return text;
  throw new InvalidArgumentError('Give two capital letters, such as PT.');
}

interface InitOptions {
  readonly home?: string;
  readonly hub: string;
  readonly code: string;
  readonly site: string;
  readonly country: string;
  readonly name?: string;
}

interface StartOptions {
  readonly flowerSuperlink?: string;
  readonly flowerAuthorities?: string;
  readonly flowerAgreement?: string;
  readonly wordsFile?: string;
  readonly conceptsFile?: string;
  readonly regionsFile?: string;
  readonly dicomTlsPort?: number;
  readonly dicomTlsCertificate?: string;
  readonly dicomTlsKey?: string;
  readonly dicomTlsAuthorities?: string;
  readonly vault?: string;
  readonly vaultKeyFile?: string;
  readonly home?: string;
  readonly port?: number;
  readonly host?: string;
  readonly publicUrl?: string;
  readonly approval?: 'ask' | 'automatic';
  readonly minimumCount?: number;
  readonly trainingWorkers?: number;
  readonly hubUrls?: string;
  readonly hubProxy?: string;
  readonly dicomPort?: number;
  readonly dicomHost?: string;
  readonly dicomAeTitle?: string;
  readonly dicomPeers?: string;
  readonly dicomSpoolMib?: number;
  readonly dicomObjectMib?: number;
  readonly demonstration?: boolean;
  readonly withParent?: boolean;
}

interface TokenOptions {
  readonly home?: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly days: number;
}
