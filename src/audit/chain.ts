import { hash } from 'node:crypto';
import { verifyText } from '#identity';

/** An entry of the journal as it is kept. */
export interface EntryRow {
  readonly sequence: number;
  readonly at_ms: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly because: string | null;
  /** Canonical JSON. */
  readonly facts: string;
  readonly previous_sha256: string;
  readonly entry_sha256: string;
}

/** The signed head of a journal. */
export interface Checkpoint {
  readonly sequence: number;
  readonly entrySha256: string;
  readonly signature: string;
  readonly atMs: number;
}

/** Result of a verification; `broken_at` is the first entry that does not fit. */
export interface Verification {
  readonly entries: number;
  readonly intact: boolean;
  readonly broken_at: number | null;
}

/** What the first entry names as the digest before it. */
export const GENESIS = '0'.repeat(64);
/** Every so many entries the head is signed by itself. */
export const CHECKPOINT_EVERY = 100;

/** The text under a checkpoint's signature. */
export function checkpointText(sequence: number, entrySha256: string): string {
  return `unica-checkpoint-v1\n${sequence}\n${entrySha256}`;
}

/** SHA-256 of an entry's canonical JSON, whose members are known: written out, it takes a third of the time. */
export function digestOf(entry: Omit<EntryRow, 'entry_sha256'>): string {
  const text = JSON.stringify({
    action: entry.action,
    actor: entry.actor,
    at_ms: entry.at_ms,
    because: entry.because,
    facts: entry.facts,
    previous_sha256: entry.previous_sha256,
    sequence: entry.sequence,
    subject: entry.subject,
  } satisfies Omit<EntryRow, 'entry_sha256'>);
  return hash('sha256', text);
}

/** Follows a journal from its first entry and stops at the first that does not fit: a link, or a head under a signature. */
export class ChainCheck {
  readonly #publicKeys: readonly string[];
  /** The key that signed last. */
  #signer: string | undefined;
  #sequence = 0;
  #digest = GENESIS;
  /** The entry whose signature is still to come. */
  #due: number | undefined;
  #brokenAt: number | undefined;

  /** @param publicKeys of whoever wrote the journal, one after another; the last is the present one */
  constructor(publicKeys: readonly string[]) {
    this.#publicKeys = publicKeys;
  }

  /** Whose the last signature is: the present key's covers all that earlier keys signed. */
  get lastSigner(): 'nobody' | 'a former key' | 'the present key' {
    if (this.#signer === undefined) return 'nobody';
    return this.#signer === this.#publicKeys.at(-1) ? 'the present key' : 'a former key';
  }

  /** The next entry. */
  entry(row: EntryRow): void {
    if (this.#brokenAt !== undefined) return;
    if (this.#due !== undefined) this.#brokenAt = this.#due;
    else if (row.sequence !== this.#sequence + 1) this.#brokenAt = this.#sequence + 1;
    else if (row.previous_sha256 !== this.#digest || digestOf(row) !== row.entry_sha256) this.#brokenAt = row.sequence;
    if (this.#brokenAt !== undefined) return;
    this.#sequence = row.sequence;
    this.#digest = row.entry_sha256;
    if (row.sequence % CHECKPOINT_EVERY === 0) this.#due = row.sequence;
  }

  /** A signature, directly after the entry that it is of. */
  checkpoint(point: Omit<Checkpoint, 'atMs'>): void {
    if (this.#brokenAt !== undefined) return;
    const fits = point.sequence === this.#sequence && point.entrySha256 === this.#digest;
    const text = checkpointText(point.sequence, point.entrySha256);
    const signer = fits ? this.#publicKeys.findLast((key) => verifyText(key, text, point.signature)) : undefined;
    if (signer !== undefined) {
      this.#due = undefined;
      this.#signer = signer;
    } else this.#brokenAt = Math.min(point.sequence, this.#sequence + 1);
  }

  /** What was found once everything has been followed. */
  result(): Verification {
    const brokenAt = this.#brokenAt ?? this.#due ?? null;
    return { entries: this.#sequence, intact: brokenAt === null, broken_at: brokenAt };
  }
}
