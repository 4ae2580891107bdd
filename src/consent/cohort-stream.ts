import { UnicaError } from '#base';
import type { Member } from './cohort.ts';
import { isLedger, type OptOuts } from './opt-outs.ts';

const gate = Symbol('only this room makes a CohortStream');

/**
 * The people of a data version whose data may be used, one after another: what an index is made from. A seal, as `Cohort`
 * is; whoever opted out does not come out of it, and it tells who has left since.
 */
export class CohortStream<M extends Member = Member> {
  readonly #members: AsyncIterable<M> | Iterable<M>;
  readonly #optOuts: OptOuts;
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
      readonly optOuts: OptOuts;
    },
  ) {
    if (key !== gate) throw new UnicaError('consent.not-a-cohort');
    this.#members = parts.members;
    this.#optOuts = parts.optOuts;
    this.dataset = parts.dataset;
    this.dataVersion = parts.dataVersion;
  }

  /** @internal For `streamCohort`. */
  static seal<M extends Member>(key: symbol, parts: Parameters<typeof streamCohort<M>>[0]): CohortStream<M> {
    return new CohortStream(key, parts);
  }

  /** Everybody who has not opted out at the moment they are met. */
  async *members(): AsyncGenerator<M> {
    for await (const member of this.#members) {
      if (this.#optOuts.isOptedOut(member.person)) this.#left.add(member.person);
      else yield member;
    }
  }

  /** Version of the opt-out ledger now. */
  get optOutVersion(): number {
    return this.#optOuts.version();
  }

  /** Whether a person has opted out by now. */
  isOptedOut(person: string): boolean {
    return this.#optOuts.isOptedOut(person);
  }

  /** True when somebody who was left out may be used again: draw it anew. */
  someoneCameBack(): boolean {
    for (const person of this.#left) if (!this.#optOuts.isOptedOut(person)) return true;
    return false;
  }

  /** Reads what other processes of this node wrote down, and tells who has opted out. */
  async optedOut(): Promise<readonly string[]> {
    await this.#optOuts.refresh();
    return (await this.#optOuts.list()).map(({ person }) => person);
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
  readonly optOuts: OptOuts;
}): CohortStream<M> {
  if (!isLedger(draw.optOuts)) throw new UnicaError('consent.not-a-cohort');
  return CohortStream.seal(gate, draw);
}
