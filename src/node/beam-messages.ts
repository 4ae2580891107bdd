import { z } from 'zod';

/** A task as a Samply Beam proxy hands it out; what else it says is not needed. */
export const beamTaskSchema = z.object({
  id: z.string().regex(/^[\w-]{1,64}$/),
  from: z.string().min(1).max(300),
  to: z.array(z.string().max(300)).max(1000),
  body: z.union([z.string().max(1_000_000), z.record(z.string(), z.unknown())]),
  ttl: z.union([z.string().max(40), z.number()]).optional(),
  metadata: z.unknown().optional(),
});

/** A task. */
export type BeamTask = z.infer<typeof beamTaskSchema>;

/** How a text or an object was packed, so that the answer is packed alike. */
export type BeamEncoding = 'base64' | 'json';

/**
 * The query of a task: `{"lang":"ast","query":…}`, in base64 or as it is, where the query is in base64, a text or an
 * object. Undefined where it is none of these.
 */
export function queryOfTask(
  task: BeamTask,
): { readonly query: unknown; readonly encoding: BeamEncoding; readonly lang: string } | undefined {
  const outer =
    typeof task.body === 'string' ? textOrBase64(task.body) : { value: task.body, encoding: 'json' as const };
  const envelope = z.object({ lang: z.string().max(40), query: z.unknown() }).safeParse(outer?.value);
  if (outer === undefined || !envelope.success) return undefined;
  const { lang, query } = envelope.data;
  const inner = typeof query === 'string' ? textOrBase64(query)?.value : query;
  return inner === undefined ? undefined : { query: inner, encoding: outer.encoding, lang };
}

/** The body of a result. */
export function packed(answer: unknown, encoding: BeamEncoding): string {
  const text = JSON.stringify(answer);
  return encoding === 'json' ? text : Buffer.from(text, 'utf8').toString('base64');
}

/** Milliseconds of a time to live such as `360s`, `5m`, `1h`; a plain number is seconds. Undefined where it cannot be read. */
export function ttlMs(ttl: BeamTask['ttl']): number | undefined {
  const match = /^(\d{1,9})\s*(ms|s|m|h|d)?$/.exec(String(ttl ?? '').trim());
  if (match === null) return undefined;
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] ?? 's'] ?? 1000;
  return Number(match[1]) * unit;
}

function textOrBase64(text: string): { readonly value: unknown; readonly encoding: BeamEncoding } | undefined {
  const plain = parsed(text);
  if (plain !== undefined && typeof plain === 'object') return { value: plain, encoding: 'json' };
  const unpacked = parsed(Buffer.from(text, 'base64').toString('utf8'));
  return unpacked === undefined ? undefined : { value: unpacked, encoding: 'base64' };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
