import { z } from 'zod';
import { canonicalJson, sha256Hex, UnicaError } from '#base';
import { route } from '#http';
import { whatLeaves } from '#learning';
import { codeDigest } from '#models';
import {
  acceptedSchema,
  approvalDecisionSchema,
  approvalsSchema,
  idSchema,
  outgoingFilterSchema,
  outgoingSchema,
  privacyLedgerSchema,
  standingRuleSchema,
  standingRulesSchema,
  standingRuleWishSchema,
} from '#wire';
import type { Approval } from './approvals.ts';
import type { NodeConfig } from './config.ts';
import type { NodeHouse } from './house.ts';
import { isSentWhole } from './sent-whole.ts';
import { shownPeers } from './shown-peers.ts';

/** Everyone who works at the node. */
const STAFF = ['operator', 'curator', 'protection-officer', 'auditor'] as const;

/** Who agrees for the node. */
const OWNERS = ['operator', 'protection-officer'] as const;

/** What the node is asked to take part in, what it agreed to in advance, and everything that left. */
export function consentRoutes(node: NodeHouse) {
  return [
    route({
      method: 'GET',
      path: '/api/approvals',
      access: STAFF,
      summary: 'Jobs that ask to learn here: who asks, under which permit, on whom, what would leave',
      reply: approvalsSchema,
      async handle() {
        const [approvals, codeSha256, known] = await Promise.all([
          node.approvals.list(),
          codeDigest(),
          node.peers.list(),
        ]);
        const items = approvals.map((approval) => {
          const peers = shownPeers(approval.spec, known, node.card.siteId);
          return { ...shown(approval, codeSha256, node.config), peers };
        });
        return { items };
      },
    }),
    route({
      method: 'POST',
      path: '/api/approvals/:jobId',
      access: OWNERS,
      summary: 'Approve or deny a job; a denial also ends what is under way for it',
      params: z.strictObject({ jobId: idSchema }),
      body: approvalDecisionSchema,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        if (body.decision === 'denied' && body.because.trim() === '') {
          throw new UnicaError('http.invalid-input', { where: 'because', problem: 'a denial needs its reason' });
        }
        await node.decide(params.jobId, body, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/privacy-ledger',
      access: STAFF,
      summary: 'What training with differential privacy has cost the people of this node, by project and job',
      reply: privacyLedgerSchema,
      handle: async () => await node.privacy.view(),
    }),
    route({
      method: 'GET',
      path: '/api/standing-rules',
      access: STAFF,
      summary: 'What the owner agreed to in advance, and what each rule has decided',
      reply: standingRulesSchema,
      handle: async () => ({ items: [...(await node.rules.list())] }),
    }),
    route({
      method: 'POST',
      path: '/api/standing-rules',
      access: OWNERS,
      summary: 'Agree in advance: to counts under a permit, or to the training of a project up to a bound',
      body: standingRuleWishSchema,
      reply: standingRuleSchema,
      handle: async ({ body, caller }) => await node.createRule(body, caller.actor),
    }),
    route({
      method: 'POST',
      path: '/api/standing-rules/:ruleId/withdrawal',
      access: OWNERS,
      summary: 'Take a standing rule back: it decides nothing from now on',
      params: z.strictObject({ ruleId: idSchema }),
      reply: standingRuleSchema,
      async handle({ params, caller }) {
        const rule = await node.rules.withdraw(params.ruleId);
        await node.journal.append({ actor: caller.actor, action: 'rule.withdrawn', subject: rule.ruleId, facts: {} });
        return rule;
      },
    }),
    route({
      method: 'GET',
      path: '/api/outgoing',
      access: STAFF,
      summary: 'Everything that left this node, newest first',
      query: outgoingFilterSchema.extend({
        limit: z.coerce.number().int().min(1).max(5000).default(100),
        before: z.coerce.number().int().positive().optional(),
      }),
      reply: outgoingSchema,
      async handle({ query }) {
        const { limit, before, ...filter } = query;
        const [rows, byKind, jobs] = await Promise.all([
          node.outgoing.list({ limit, before, filter }),
          node.outgoing.totals(filter),
          node.outgoing.jobs(),
        ]);
        return {
          items: rows.map((row) => ({
            sequence: row.sequence,
            atMs: row.at_ms,
            kind: row.kind,
            method: row.method,
            path: row.path,
            bytes: row.bytes,
            bodySha256: row.body_sha256,
            jobId: row.job_id,
          })),
          total: byKind.reduce((sum, kind) => sum + kind.requests, 0),
          bytes: byKind.reduce((sum, kind) => sum + kind.bytes, 0),
          byKind: [...byKind],
          jobs: [...jobs],
        };
      },
    }),
    route({
      method: 'GET',
      path: '/api/outgoing.csv',
      access: STAFF,
      summary: 'Everything that left this node as a table for spreadsheets, oldest first',
      query: outgoingFilterSchema,
      reply: 'stream',
      handle: ({ query }) => ({
        status: 200,
        headers: {
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': `attachment; filename="${node.card.siteId}-what-left.csv"`,
          'cache-control': 'no-store',
        },
        body: node.outgoing.csv(query),
      }),
    }),
  ];
}

function shown(
  approval: Approval,
  codeSha256: string,
  config: Pick<NodeConfig, 'compression'>,
): Omit<z.input<typeof approvalsSchema>['items'][number], 'peers'> {
  const { spec, asked, decision } = approval;
  return {
    jobId: approval.jobId,
    title: spec.title,
    purpose: spec.purpose,
    task: spec.task,
    specSha256: approval.specSha256,
    requestedBy: asked?.requestedBy ?? null,
    projectId: asked?.projectId ?? null,
    permitId: approval.permitId,
    permitExpiresAtMs: approval.permitExpiresAtMs,
    operations: [...(asked?.operations ?? [])],
    conditions: [...(asked?.conditions ?? [])],
    dataset: spec.dataset,
    cohort: spec.cohort,
    askedAtMs: approval.askedAtMs,
    persons: approval.persons,
    own: asked === null ? null : { persons: asked.persons, films: asked.films },
    strategy: spec.strategy.kind,
    rounds: spec.rounds,
    updateBytes: approval.updateBytes,
    leaving: { ...whatLeaves(spec, isSentWhole(config, spec)), privacy: asked?.privacy ?? null },
    modelSha256: sha256Hex(canonicalJson(spec.model)),
    codeSha256,
    decision: decision?.decision ?? 'waiting',
    decidedBy: decision?.by ?? null,
    decidedAtMs: decision?.atMs ?? null,
    because: decision?.because ?? null,
    ruleId: decision?.ruleId ?? null,
  };
}
