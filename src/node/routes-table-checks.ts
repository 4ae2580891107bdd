import { z } from 'zod';
import { route } from '#http';
import { checkedTableSchema, checkedTablesSchema, idSchema, type Role, tableCheckVerdictSchema } from '#wire';
import type { NodeHouse } from './house.ts';

const READERS: readonly Role[] = ['operator', 'curator', 'protection-officer', 'auditor'];
const CHECKERS: readonly Role[] = ['operator', 'curator', 'protection-officer'];

/** Tables that wait for two people before they leave. */
export function tableCheckRoutes(node: NodeHouse) {
  return [
    route({
      method: 'GET',
      path: '/api/table-checks',
      access: READERS,
      summary: 'Exact tables that wait for the check of two people, and what became of others',
      reply: checkedTablesSchema,
      handle: async ({ caller }) => ({ items: [...(await node.tableChecks.list(caller.actor))] }),
    }),
    route({
      method: 'POST',
      path: '/api/table-checks/:checkId',
      access: CHECKERS,
      summary: 'Find a table anonymous, or refuse that it leaves; it leaves after two different people',
      params: z.strictObject({ checkId: idSchema }),
      body: tableCheckVerdictSchema,
      reply: checkedTableSchema,
      handle: async ({ params, body, caller }) => await node.tableChecks.judge(params.checkId, body, caller.actor),
    }),
  ];
}
