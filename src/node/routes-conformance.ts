import { route } from '#http';
import { conformanceCertificateSchema } from '#wire';
import type { EucaimProvider } from './eucaim-provider.ts';
import { examineContracts } from './examine-contracts.ts';
import type { NodeHouse } from './house.ts';
import type { KillSwitch } from './kill-switch.ts';
import { together } from './routes-setup.ts';

/** What the node owes to others of Cancer Image Europe, tried when somebody asks; once for all who ask at the same time. */
export function conformanceRoutes(
  node: NodeHouse,
  { provider, killSwitch }: { readonly provider: EucaimProvider; readonly killSwitch: KillSwitch },
) {
  const { config, card, keys, journal, outgoing, clock } = node;
  const db = node.database.kysely;
  const examine = together(
    async () => await examineContracts({ config, card, keys, db, journal, outgoing, clock, provider, killSwitch }),
  );
  return [
    route({
      method: 'POST',
      path: '/api/conformance',
      access: ['operator'],
      summary:
        'Try every contract with Cancer Image Europe, against stand-ins and the real endpoints that are set; answers with a signed certificate',
      reply: conformanceCertificateSchema,
      handle: examine,
    }),
  ];
}
