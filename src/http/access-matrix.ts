import { z } from 'zod';
import { allows, type Caller } from './caller.ts';
import type { HouseServer } from './server.ts';

/** A caller to try every route as: how the server sees them, and what they send. */
export interface TriedCaller {
  readonly label: string;
  readonly caller: Caller;
  headers(method: string, path: string, body: Uint8Array): Record<string, string>;
}

/** A pair of route and caller that was treated otherwise than declared. */
export interface Mismatch {
  readonly route: string;
  readonly caller: string;
  readonly declared: 'allowed' | 'refused';
  readonly status: number;
}

const problemSchema = z.object({ code: z.string() });
const REFUSALS: ReadonlySet<string> = new Set(['http.sign-in-needed', 'http.not-allowed']);

/**
 * Tries every declared route as every caller, at every one of the organisations where the path names one, and returns those
 * that were not treated as declared.
 */
export async function accessMismatches(
  server: HouseServer,
  callers: readonly TriedCaller[],
  organisations: readonly string[] = ['none'],
): Promise<readonly Mismatch[]> {
  const mismatches: Mismatch[] = [];
  for (const { route, params, tried } of everyPair(server, callers, organisations)) {
    const path = route.path.replace(/:(\w+)/g, (_, name: string) => params[name] ?? '');
    const payload = route.method === 'GET' ? undefined : Buffer.from('{}');
    const response = await server.fastify.inject({
      method: route.method,
      url: path,
      headers: {
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...tried.headers(route.method, path, payload ?? new Uint8Array(0)),
      },
      ...(payload === undefined ? {} : { payload }),
    });
    const refused =
      (response.statusCode === 401 || response.statusCode === 403) &&
      REFUSALS.has(problemSchema.safeParse(safeJson(response.body)).data?.code ?? '');
    const declared = allows(route.access, tried.caller, params) ? 'allowed' : 'refused';
    if (refused !== (declared === 'refused')) {
      mismatches.push({
        route: `${route.method} ${path}`,
        caller: tried.label,
        declared,
        status: response.statusCode,
      });
    }
  }
  return mismatches;
}

function* everyPair(server: HouseServer, callers: readonly TriedCaller[], organisations: readonly string[]) {
  for (const route of server.routes) {
    const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
    for (const siteId of names.includes('siteId') ? organisations : ['none']) {
      const params: Record<string, string> = Object.fromEntries(
        names.map((name) => [name, name === 'siteId' ? siteId : exampleOf(name)]),
      );
      for (const tried of callers) yield { route, params, tried };
    }
  }
}

function exampleOf(name: string): string {
  if (name === 'sha256') return '0'.repeat(64);
  return name.endsWith('Id') ? 'none-00000000' : 'none';
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
