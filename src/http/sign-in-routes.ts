import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { UnicaError } from '#base';
import type { People, SignIn } from '#identity';
import { type SessionView, sessionViewSchema } from '#wire';
import { SESSION_COOKIE } from './identify.ts';
import { type AnyRoute, route } from './route.ts';

/** `GET /api/session`: who is looking at which house; what the portal asks first. */
export function sessionRoute(house: SessionView['house']): AnyRoute {
  return route({
    method: 'GET',
    path: '/api/session',
    access: 'public',
    summary: 'Who is looking, and at which house',
    reply: sessionViewSchema,
    handle: async ({ caller }) => ({
      house,
      person:
        caller.kind === 'person'
          ? {
              name: caller.person.name,
              roles: [...caller.person.roles],
              posts: caller.person.posts.map(({ role, siteId }) => ({ role, siteId })),
            }
          : null,
      csrfToken: caller.kind === 'person' ? caller.csrfToken : null,
      signInUrl: '/auth/sign-in',
    }),
  });
}

const PENDING_COOKIE = 'unica_sign_in';
const linkSchema = z.strictObject({ secret: z.string().min(20).max(200) });

/** Sessions by a link that was made at the machine itself. Its secret stands behind the `#` of the address, so that no server or proxy on the way keeps it. */
export function addLinks(
  fastify: FastifyInstance,
  { people, publicUrl }: { readonly people: People; readonly publicUrl: string },
): void {
  fastify.post('/auth/link', { schema: { hide: true } }, async (request, reply) => {
    const said = linkSchema.safeParse(request.body);
    if (!said.success) throw new UnicaError('identity.link-refused');
    const session = await people.redeemLink(said.data.secret);
    return await reply.setCookie(SESSION_COOKIE, session, sessionCookie(publicUrl)).code(204).send();
  });
}

function sessionCookie(publicUrl: string) {
  return { httpOnly: true, sameSite: 'lax', secure: publicUrl.startsWith('https:'), path: '/' } as const;
}

/** Browser sign-in and sign-out; absent where only API tokens work. */
export function addSignIn(
  fastify: FastifyInstance,
  { people, signIn, publicUrl }: { readonly people: People; readonly signIn: SignIn; readonly publicUrl: string },
): void {
  const cookie = sessionCookie(publicUrl);
  fastify.get<{ Querystring: { return?: string } }>(
    '/auth/sign-in',
    { schema: { hide: true } },
    async (request, reply) => {
      const begun = await signIn.begin(request.query.return ?? '/');
      return await reply
        .setCookie(PENDING_COOKIE, begun.cookie, { ...cookie, path: '/auth', maxAge: 600 })
        .redirect(begun.url);
    },
  );
  fastify.get('/auth/callback', { schema: { hide: true } }, async (request, reply) => {
    const finished = await signIn.finish(`${publicUrl}${request.url}`, request.cookies[PENDING_COOKIE] ?? '');
    const session = await people.signIn(finished.claims);
    return await reply
      .clearCookie(PENDING_COOKIE, { path: '/auth' })
      .setCookie(SESSION_COOKIE, session, cookie)
      .redirect(finished.returnPath);
  });
  fastify.post('/auth/sign-out', { schema: { hide: true } }, async (request, reply) => {
    const value = request.cookies[SESSION_COOKIE];
    const session = value === undefined ? undefined : await people.session(value);
    if (value !== undefined && session !== undefined) {
      if (request.headers['x-unica-csrf'] !== session.csrfToken) throw new UnicaError('http.csrf');
      await people.signOut(value);
    }
    return await reply.clearCookie(SESSION_COOKIE, { path: '/' }).code(204).send();
  });
}
