import { z } from 'zod';
import { UnicaError } from '#base';
import { countryRules } from '#dossier';
import { route } from '#http';
import { acceptedSchema, idSchema, optOutExceptionsSchema, optOutExceptionWishSchema, wordsSchema } from '#wire';
import type { NodeHouse } from './house.ts';

/** A year: who has good reasons has them anew. */
const LONGEST_MS = 366 * 86_400_000;

const params = z.strictObject({ exceptionId: idSchema });

/** Exceptions from opt-outs by the law of the country (EHDS, Article 71(4)). */
export function optOutExceptionRoutes(node: NodeHouse) {
  const { exceptions } = node;
  return [
    route({
      method: 'GET',
      path: '/api/opt-out-exceptions',
      access: 'public',
      summary:
        'Laws by which data are used although people opted out, for which project, until when; none unless somebody entered one',
      reply: optOutExceptionsSchema,
      async handle() {
        await exceptions.refresh();
        return { items: [...exceptions.list()] };
      },
    }),
    route({
      method: 'POST',
      path: '/api/opt-out-exceptions',
      access: ['operator', 'protection-officer'],
      summary:
        'Enter the law and the project of an exception; it has no effect before the owner and the officer agreed',
      body: optOutExceptionWishSchema,
      reply: acceptedSchema,
      async handle({ body, caller }) {
        const { country } = node.card;
        if (!countryRules(country).inTheUnion) throw new UnicaError('consent.no-exception-here', { country });
        const now = node.clock();
        if (body.untilMs <= now || body.untilMs > now + LONGEST_MS) {
          throw new UnicaError('http.invalid-input', { where: 'untilMs', problem: 'a day within the coming year' });
        }
        await exceptions.enter(node.newId('exception'), body, country, caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/opt-out-exceptions/:exceptionId/owner-consent',
      access: ['operator'],
      summary: 'The owner of the node agrees to an exception',
      params,
      reply: acceptedSchema,
      async handle({ params: { exceptionId }, caller }) {
        await exceptions.agree(exceptionId, 'owner', caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/opt-out-exceptions/:exceptionId/officer-consent',
      access: ['protection-officer'],
      summary: 'The data protection officer agrees to an exception, as another person than the owner',
      params,
      reply: acceptedSchema,
      async handle({ params: { exceptionId }, caller }) {
        await exceptions.agree(exceptionId, 'officer', caller.actor);
        return { accepted: true as const };
      },
    }),
    route({
      method: 'POST',
      path: '/api/opt-out-exceptions/:exceptionId/end',
      access: ['operator', 'protection-officer'],
      summary: 'End an exception: objections hold for the project at once, also in what is under way',
      params,
      body: wordsSchema,
      reply: acceptedSchema,
      async handle({ params: { exceptionId }, body, caller }) {
        await exceptions.end(exceptionId, body.text.slice(0, 1000), caller.actor);
        return { accepted: true as const };
      },
    }),
  ];
}
