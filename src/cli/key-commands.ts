import type { ReplacedKey } from '#node';
import type { AddCommand } from './command-context.ts';
import { withOptions } from './flat-settings.ts';
import type { Terminal } from './terminal.ts';

/** `node rotate-key`, `node renew-key`, `node accept-hub`: what a node and its hub know each other by. */
export const addKeyCommands: AddCommand = (node, contextOf) => {
  node
    .command('rotate-key')
    .description("put a new key in the place of the node's key; the old one is worthless at once")
    .option('--home <dir>', 'its data folder (default: .unica/node)')
    .addHelpText('after', '\nExample:\n  unica node rotate-key --home /srv/unica-node')
    .action(async (where: Where) => {
      const { settings, terminal } = contextOf();
      const { nodeConfig, rotateNodeKey } = await import('#node');
      tell(terminal, await rotateNodeKey(nodeConfig(withOptions(settings, { ...where }))));
    });

  node
    .command('renew-key')
    .description('enrol again with a new key after the old one was lost; the site keeps its name and history')
    .option('--home <dir>', 'its data folder (default: .unica/node)')
    .requiredOption('--code <code>', "the one-time code from the network's coordinator")
    .addHelpText('after', '\nExample:\n  unica node renew-key --code 7Q4M-…')
    .action(async ({ code, ...where }: Where & { readonly code: string }) => {
      const { settings, terminal } = contextOf();
      const { nodeConfig, renewNodeKey } = await import('#node');
      tell(terminal, await renewNodeKey(nodeConfig(withOptions(settings, { ...where })), code));
    });

  node
    .command('accept-hub')
    .description('go on with a hub that was set back to an older state, after asking its coordinator')
    .option('--home <dir>', 'its data folder (default: .unica/node)')
    .addHelpText('after', '\nExample:\n  unica node accept-hub --home /srv/unica-node')
    .action(async (where: Where) => {
      const { settings, terminal } = contextOf();
      const { acceptHub, nodeConfig } = await import('#node');
      const hadStopped = await acceptHub(nodeConfig(withOptions(settings, { ...where })));
      terminal.answer({ hadStopped }, () =>
        terminal.line(
          hadStopped
            ? 'The node goes on with the hub as it is now; a running service follows within a second.'
            : 'Nothing to accept: the hub knows all that it had told this node.',
        ),
      );
    });
};

function tell(terminal: Terminal, { siteId, fingerprint, active }: ReplacedKey): void {
  terminal.answer({ siteId, fingerprint, active }, () => {
    terminal.line(`${siteId} has a new key: ${fingerprint}`);
    terminal.line('Hospitals that mask updates together with it keep the old one: read them the new fingerprint.');
    if (!active) terminal.line('The coordinator of the network has to let the site in again.');
  });
}

interface Where {
  readonly home?: string;
}
