import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UnicaError } from '#base';
import { makeFile, replaceFile } from '#store';
import { countrySchema, siteIdSchema } from '#wire';

const cardSchema = z.strictObject({
  siteId: siteIdSchema,
  country: countrySchema,
  displayName: z.string(),
  hubUrl: z.url(),
  hubName: z.string(),
  hubPublicKey: z.string(),
});

/** Who this node is and which hub it trusts: written once at enrolment. */
export type IdentityCard = z.infer<typeof cardSchema>;

/** Reads the card of a home. @throws UnicaError `node.not-initialised`, `node.card-damaged` */
export async function readIdentityCard(home: string): Promise<IdentityCard> {
  const path = join(home, 'node.json');
  const damaged = (problem: string, cause?: unknown) =>
    new UnicaError('node.card-damaged', { path, problem }, { cause });
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    // A card that may not be read is not one that is missing: whoever enrols again loses the keys that are there.
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
      throw new UnicaError('node.not-initialised', { home }, { cause });
    throw damaged(cause.code ?? cause.name, cause);
  });
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch (cause) {
    throw damaged('it is not JSON', cause);
  }
  const card = cardSchema.safeParse(said);
  if (!card.success) throw damaged(card.error.issues[0]?.path.join('.') || 'of another form', card.error);
  return card.data;
}

/** The same, where a folder may hold no node yet. @throws UnicaError `node.card-damaged` */
export async function cardWhereEnrolled(home: string): Promise<IdentityCard | undefined> {
  return await readIdentityCard(home).catch((error: unknown) => {
    if (error instanceof UnicaError && error.code === 'node.not-initialised') return undefined;
    throw error;
  });
}

/** Writes the card whole or not at all. */
export async function writeIdentityCard(home: string, card: IdentityCard): Promise<void> {
  await replaceFile(join(home, 'node.json'), `${JSON.stringify(card, null, 2)}\n`);
}

/** The path of a home's signing key. */
export function keyPath(home: string): string {
  return join(home, 'node.key');
}

/**
 * The site secret (32 bytes) behind every pseudonym, shifted date and noise draw: made once, never sent, never shown.
 * Losing it means that a person's new images no longer join the earlier ones.
 */
export async function siteSecret(home: string): Promise<Uint8Array> {
  const path = join(home, 'site.secret');
  await mkdir(home, { recursive: true, mode: 0o700 });
  await makeFile(path, randomBytes(32).toString('hex'));
  return Uint8Array.from(Buffer.from((await readFile(path, 'utf8')).trim(), 'hex'));
}
