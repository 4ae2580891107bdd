import { z } from 'zod';
import { route } from '#http';
import { acceptedSchema, idSchema, localRuleSchema, localRulesSchema, localRuleWishSchema, type Role } from '#wire';
import type { NodeHouse } from './house.ts';

const READERS: readonly Role[] = ['operator', 'curator', 'protection-officer', 'auditor'];
const OWNERS: readonly Role[] = ['operator', 'protection-officer'];

/** What this node refuses, whatever a permit says. */
export function localRuleRoutes(node: NodeHouse) {
  return [
    route({
      method: 'GET',
      path: '/api/local-rules',
      access: READERS,
      summary: 'What this node refuses, whatever a permit says',
      reply: localRulesSchema,
      handle: async () => ({ items: [...(await node.localRules.list())] }),
    }),
    route({
      method: 'POST',
      path: '/api/local-rules',
      access: OWNERS,
      summary: 'Refuse uses from now on: operations, datasets, commercial uses, or a project',
      body: localRuleWishSchema,
      reply: localRuleSchema,
      async handle({ body, caller }) {
        const rule = await node.localRules.create(body, caller.actor);
        const { ruleId, operations, datasets, commercialOnly, projectId } = rule;
        await node.journal.append({
          actor: caller.actor,
          action: 'rule.refusal-made',
          subject: ruleId,
          facts: { operations, datasets, commercialOnly, projectId },
        });
        return rule;
      },
    }),
    route({
      method: 'POST',
      path: '/api/local-rules/:ruleId/withdrawal',
      access: OWNERS,
      summary: 'Take a refusal back: permits hold again as they were given',
      params: z.strictObject({ ruleId: idSchema }),
      reply: acceptedSchema,
      async handle({ params, caller }) {
        await node.localRules.withdraw(params.ruleId);
        await node.journal.append({
          actor: caller.actor,
          action: 'rule.refusal-withdrawn',
          subject: params.ruleId,
          facts: {},
        });
        return { accepted: true as const };
      },
    }),
  ];
}
