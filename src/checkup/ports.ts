import { once } from 'node:events';
import { createServer } from 'node:net';
import { listenFailure, UnicaError } from '#base';
import type { CheckName, Finding } from '#wire';
import { bad, good, skipped, systemCode } from './findings.ts';

/** An answer that takes longer is none. */
const ANSWER_LIMIT_MS = 10_000;

/** Whether a house that does not run now could listen on its port. */
export async function examinePort(
  check: CheckName,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Finding> {
  if (port === 0) return skipped(check, 'It does not run now; it takes any free port when it starts.');
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return good(check, `It does not run now; port ${port} is free.`);
  } catch (error) {
    return bad(check, listenFailure(error, { host, port }));
  }
}

/** Whether a service answers at an address, with a status of success. @param what whose it is, for those who read it */
export async function examineAddress(check: CheckName, what: string, url: URL): Promise<Finding> {
  const unreachable = (reason: string) =>
    bad(check, new UnicaError('checkup.service-unreachable', { what, url: url.origin, reason }));
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS), redirect: 'error' });
    await answer.body?.cancel();
    return answer.ok ? good(check, `${what} answers at ${url.origin}.`) : unreachable(`status ${answer.status}`);
  } catch (error) {
    return unreachable(systemCode(error instanceof Error && error.cause !== undefined ? error.cause : error));
  }
}

/** Whether the service answers at which people sign in. @param issuer its address */
export async function examineIssuer(issuer: string): Promise<Finding> {
  const at = new URL('.well-known/openid-configuration', issuer.endsWith('/') ? issuer : `${issuer}/`);
  return await examineAddress('sign-in', 'The sign-in service', at);
}
