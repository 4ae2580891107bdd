import { z } from 'zod';
import { UnicaError } from '#base';
import { ChainCheck, type Verification } from './chain.ts';
import type { Journal } from './journal.ts';

const FORMAT = 'unica-audit-1';
/** No entry comes near it: a longer line is no entry. */
const LONGEST_LINE = 1_048_576;

const digestSchema = z.string().regex(/^[0-9a-f]{64}$/);
const sequenceSchema = z.int().positive();
const headerSchema = z.strictObject({
  format: z.literal(FORMAT),
  house: z.string(),
  publicKey: z.string().min(1),
  /** Keys that the house had before; what they signed counts only under a later signature of the present one. */
  formerKeys: z.array(z.string().min(1)).max(1000).optional(),
});
const linkSchema = z.union([
  z.strictObject({
    entry: z.strictObject({
      sequence: sequenceSchema,
      at_ms: z.int(),
      actor: z.string(),
      action: z.string(),
      subject: z.string(),
      because: z.string().nullable(),
      facts: z.string(),
      previous_sha256: digestSchema,
      entry_sha256: digestSchema,
    }),
  }),
  z.strictObject({
    checkpoint: z.strictObject({
      sequence: sequenceSchema,
      entrySha256: digestSchema,
      signature: z.string(),
    }),
  }),
]);

/** Whose journal it is. */
interface Whose {
  readonly house: string;
  readonly publicKey: string;
  readonly formerKeys?: readonly string[];
}

/**
 * The journal as JSON lines for an auditor: whose it is and under which public key, then every entry, oldest first, with
 * each signature directly after the entry that it is of.
 */
export async function* writeExport(
  journal: Pick<Journal, 'links'>,
  { house, publicKey, formerKeys = [] }: Whose,
): AsyncGenerator<string> {
  const former = formerKeys.filter((key) => key !== publicKey);
  const more = former.length === 0 ? {} : { formerKeys: former };
  yield `${JSON.stringify({ format: FORMAT, house, publicKey, ...more })}\n`;
  for await (const link of journal.links()) {
    if ('entry' in link) yield `${JSON.stringify(link)}\n`;
    else {
      // Without its moment, which is under no signature: every byte of an export counts.
      const { atMs: _, ...checkpoint } = link.checkpoint;
      yield `${JSON.stringify({ checkpoint })}\n`;
    }
  }
}

/**
 * Checks an exported journal without the house it is from.
 * @param publicKey known from elsewhere, under whose signature it has to be; undefined: the one that the export names is
 *   believed, which shows that the export is whole, not whose it is.
 * @throws UnicaError `audit.not-an-export` naming the line.
 */
export async function verifyExport(
  chunks: AsyncIterable<Uint8Array>,
  publicKey?: string,
): Promise<Verification & { readonly house: string; readonly publicKey: string }> {
  let line = 0;
  let whose: z.infer<typeof headerSchema> | undefined;
  let check: ChainCheck | undefined;
  for await (const text of linesOf(chunks)) {
    line += 1;
    if (check === undefined) {
      whose = read(headerSchema, text, line);
      check = new ChainCheck([...(whose.formerKeys ?? []), publicKey ?? whose.publicKey]);
      continue;
    }
    const link = read(linkSchema, text, line);
    if ('entry' in link) check.entry(link.entry);
    else check.checkpoint(link.checkpoint);
  }
  if (check === undefined || whose === undefined) {
    throw new UnicaError('audit.not-an-export', { line: 1, problem: 'there is nothing in it' });
  }
  const found = check.result();
  const told = { house: whose.house, publicKey: publicKey ?? whose.publicKey };
  // Whoever knows the key asks whose it is: links that nobody signed, anybody can make.
  const unproven =
    check.lastSigner === 'a former key' ||
    (check.lastSigner === 'nobody' && publicKey !== undefined && found.entries > 0);
  return found.intact && unproven
    ? { ...found, intact: false, broken_at: found.entries, ...told }
    : { ...found, ...told };
}

function read<Value>(schema: z.ZodType<Value>, text: string, line: number): Value {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnicaError('audit.not-an-export', { line, problem: 'it is not JSON' });
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  throw new UnicaError('audit.not-an-export', { line, problem: issue?.message ?? 'its shape is not known' });
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  let line = 1;
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) yield text;
    line += lines.length;
    if (rest.length > LONGEST_LINE) throw new UnicaError('audit.not-an-export', { line, problem: 'it does not end' });
  }
  if (rest !== '') yield rest;
}
