import { UnicaError } from '#base';
import type { Member } from './cohort.ts';
import { isStanding, type Standing } from './standing.ts';

const gate = Symbol('only this room makes a CohortStream');

/**
 * The people of a data version whose data may be used, one after another: what an index is made from. A seal, as `Cohort`
 * is; whoever is left out does not come out of it, and it tells who has left since.
 */
export class CohortStream<M extends Member = Member> {
  readonly #members: AsyncIterable<M> | Iterable<M>;
  readonly #standing: Standing;
  readonly #left = new Set<string>();
  readonly dataset: string;
  /** Digest of the data version it was drawn from. */
  readonly dataVersion: string;

  private constructor(
    key: symbol,
    parts: {
      readonly dataset: string;
      readonly dataVersion: string;
      readonly members: AsyncIterable<M> | Iterable<M>;
      readonly standing: Standing;
    },
  ) {
    if (key !== gate) throw new UnicaError('consent.not-a-cohort');
    this.#members = parts.members;
    this.#standing = parts.standing;
    this.dataset = parts.dataset;
    this.dataVersion = parts.dataVersion;
  }

  /** @internal For `streamCohort`. */
  static seal<M extends Member>(key: symbol, parts: Parameters<typeof streamCohort<M>>[0]): CohortStream<M> {
    return new CohortStream(key, parts);
  }

  /** Everybody who is not left out at the moment they are met. */
  async *members(): AsyncGenerator<M> {
    for await (const member of this.#members) {
      if (this.#standing.isLeftOut(member.person)) this.#left.add(member.person);
      else yield member;
    }
  }

  /** Version of both ledgers now. */
  get standingVersion(): number {
    return this.#standing.version();
  }

  /** Whether a person is left out by now. */
  isLeftOut(person: string): boolean {
    return this.#standing.isLeftOut(person);
  }

  /** Reads what other processes of this node wrote down. */
  async refresh(): Promise<void> {
    await this.#standing.refresh();
  }

  /**
   * Whose standing has changed since a version of the ledgers, and to what; undefined when somebody who was left out of
   * it may be used again, or everything may have changed: draw it anew.
   */
  changedSince(version: number): ReadonlyMap<string, { readonly isLeftOut: boolean }> | undefined {
    const changed = this.#standing.changedSince(version);
    if (changed === undefined) return undefined;
    const now = new Map<string, { readonly isLeftOut: boolean }>();
    for (const person of changed) {
      const isLeftOut = this.#standing.isLeftOut(person);
      if (!isLeftOut && this.#left.has(person)) return undefined;
      now.set(person, { isLeftOut });
    }
    return now;
  }
}

/**
 * Draws people of a data version, without holding them. @throws UnicaError `consent.not-a-cohort` where the ledger is not
 * one that `openOptOuts` opened.
 */
export function streamCohort<M extends Member>(draw: {
  readonly dataset: string;
  readonly dataVersion: string;
  readonly members: AsyncIterable<M> | Iterable<M>;
  readonly standing: Standing;
}): CohortStream<M> {
  if (!isStanding(draw.standing)) throw new UnicaError('consent.not-a-cohort');
  return CohortStream.seal(gate, draw);
}
