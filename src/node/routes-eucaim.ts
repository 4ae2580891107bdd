import { UnicaError } from '#base';
import { type AnyRoute, route } from '#http';
import { type EucaimProvider, eucaimAnswerSchema } from './eucaim-provider.ts';

/** What Focus posts is far smaller; what is too long in conditions is to be told so, not cut off. */
const QUERY_LIMIT_BYTES = 2_097_152;

/** The mediator endpoint of EUCAIM: `{"ast":…,"id":…}` in, collections with counts out. */
export function eucaimRoutes(provider: EucaimProvider): readonly AnyRoute[] {
  return [
    route({
      method: 'POST',
      path: '/eucaim/search',
      access: ['researcher'],
      summary:
        'Count for the explorer of Cancer Image Europe, as a mediator does: {"ast":…,"id":…}; 400 where it is not JSON, 422 where it is no query or may not be answered',
      reply: eucaimAnswerSchema,
      bodyLimitBytes: QUERY_LIMIT_BYTES,
      async handle({ rawBody, headers, caller }) {
        const type = headers['content-type'];
        if (typeof type !== 'string' || !/^application\/json\b/i.test(type) || rawBody.length === 0) {
          throw new UnicaError('http.invalid-input', { where: 'body', problem: 'not JSON' });
        }
        // Whether it is JSON was seen before this is called; what it says is judged here, since the contract wants 422.
        return await provider.answer(JSON.parse(new TextDecoder().decode(rawBody)), caller.actor);
      },
    }),
  ];
}
