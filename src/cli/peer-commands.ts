import { InvalidArgumentError } from 'commander';
import type { AddCommand } from './command-context.ts';
import { withOptions } from './flat-settings.ts';

/** `node peers`: the keys of the other sites, on which masked updates rest. */
export const addPeerCommands: AddCommand = (node, contextOf) => {
  node
    .command('peers')
    .description('the keys of the other sites that this node knows, and its own; confirm or forget one')
    .option('--home <dir>', 'its data folder (default: .unica/node)')
    .option('--confirm <site=fingerprint>', 'the fingerprint that the other hospital read to you', confirmation)
    .option('--forget <site>', 'after the other hospital said that it made a new key')
    .addHelpText('after', '\nExample:\n  unica node peers --confirm tallinn="03be 6a5c 91d0 f2f7 8842 b1ce 0d95 6c3a"')
    .action(async ({ confirm, forget, ...where }: PeerOptions) => {
      const { settings, terminal } = contextOf();
      const { nodeConfig, nodePeers } = await import('#node');
      const { own, peers } = await nodePeers(nodeConfig(withOptions(settings, { ...where })), { confirm, forget });
      terminal.answer({ own, peers }, () => {
        terminal.line(`This node, ${own.siteId}: ${own.fingerprint}`);
        for (const { siteId, fingerprint, confirmed } of peers) {
          terminal.line(`${siteId}: ${fingerprint} (${confirmed ? 'confirmed' : 'first seen'})`);
        }
        if (peers.length === 0) terminal.line('No other site is known yet: the first masked job shows them.');
      });
    });
};

function confirmation(text: string): { readonly siteId: string; readonly fingerprint: string } {
  const [, siteId, fingerprint] = /^([a-z][a-z0-9-]{1,31})=([0-9a-fA-F :-]{32,64})$/.exec(text) ?? [];
  if (siteId !== undefined && fingerprint !== undefined) return { siteId, fingerprint };
  throw new InvalidArgumentError('Give the site and the 32 digits of its fingerprint, such as tallinn="03be 6a5c …".');
}

interface PeerOptions {
  readonly home?: string;
  readonly confirm?: { readonly siteId: string; readonly fingerprint: string };
  readonly forget?: string;
}
