import { z } from 'zod';
import { utf8 } from '#base';
import { TEXT_LANGUAGES } from '#consent';
import { DRAFTS, draftOf } from '#dossier';
import { route } from '#http';
import { acceptedSchema, dossierDocumentSchema, dossierItemSchema, dossierSchema } from '#wire';
import type { NodeHouse } from './house.ts';
import { nodeFacts } from './node-facts.ts';

const STAFF = ['operator', 'curator', 'protection-officer', 'auditor'] as const;

/** The legal dossier of the node, and drafts of its documents. */
export function dossierRoutes(node: NodeHouse) {
  return [
    route({
      method: 'GET',
      path: '/api/dossier',
      access: STAFF,
      summary: 'What the law and the network want before data are shared: what is there, until when, what is missing',
      reply: dossierSchema,
      handle: async () => await node.dossier.view(),
    }),
    route({
      method: 'POST',
      path: '/api/dossier/:item',
      access: ['operator', 'protection-officer'],
      summary: 'Enter a document of the dossier, or that an item does not apply and why',
      params: z.strictObject({ item: dossierItemSchema }),
      body: dossierDocumentSchema,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        await node.dossier.enterAs(params.item, body, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/dossier/drafts/:draft',
      access: STAFF,
      summary: 'A document begun from what the node knows, as Markdown; the notice in the language of the reader',
      params: z.strictObject({ draft: z.enum(DRAFTS) }),
      query: z.strictObject({ language: z.enum(TEXT_LANGUAGES).default('en') }),
      reply: 'bytes',
      async handle({ params, query }) {
        const text = draftOf(params.draft, await nodeFacts(node, query.language));
        return { contentType: 'text/markdown; charset=utf-8', bytes: utf8(text) };
      },
    }),
  ];
}
