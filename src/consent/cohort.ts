import { canonicalJson, sha256Hex, UnicaError } from '#base';
import { isLedger, type OptOuts } from './opt-outs.ts';

const gate = Symbol('only this room makes a Cohort');

/** Whoever a cohort counts: at least a person's pseudonym. */
export interface Member {
  readonly person: string;
}

/**
 * People whose images may be used, now: those who opted out are not among them. A seal: counting, training and exporting
 * take this type, and only this room makes one.
 */
export class Cohort<M extends Member = Member> {
  readonly #members: readonly M[];
  readonly #optOuts: OptOuts;
  readonly #optOutVersion: number;
  readonly dataset: string;
  /** Digest of the data version it was drawn from. */
  readonly dataVersion: string;

  private constructor(
    key: symbol,
    parts: {
      readonly members: readonly M[];
      readonly optOuts: OptOuts;
      readonly optOutVersion: number;
      readonly dataset: string;
      readonly dataVersion: string;
    },
  ) {
    if (key !== gate) throw new UnicaError('consent.not-a-cohort');
    // A list that somebody could add to would be no seal.
    this.#members = Object.freeze([...parts.members]);
    this.#optOuts = parts.optOuts;
    this.#optOutVersion = parts.optOutVersion;
    this.dataset = parts.dataset;
    this.dataVersion = parts.dataVersion;
  }

  /** @internal For `sealCohort` and `narrow` of this room. */
  static seal<M extends Member>(key: symbol, parts: ConstructorParts<M>): Cohort<M> {
    return new Cohort(key, parts);
  }

  get members(): readonly M[] {
    return this.#members;
  }

  /** Number of different people. */
  get people(): number {
    return new Set(this.#members.map((member) => member.person)).size;
  }

  /** Version of the opt-out ledger it was drawn under. */
  get optOutVersion(): number {
    return this.#optOutVersion;
  }

  /** Digest of who is in it, for the record of a run. */
  get sha256(): string {
    return sha256Hex(canonicalJson([...new Set(this.#members.map((member) => member.person))].sort()));
  }

  /** False once anybody opted out or came back since: draw it anew. */
  isCurrent(): boolean {
    return this.#optOuts.version() === this.#optOutVersion;
  }

  /** As `isCurrent`, after reading what other processes of this node wrote down. */
  async isStillCurrent(): Promise<boolean> {
    await this.#optOuts.refresh();
    return this.isCurrent();
  }

  /** Those of it who fit; never more. */
  narrow(fits: (member: M) => boolean): Cohort<M> {
    return Cohort.seal(gate, {
      members: this.#members.filter(fits),
      optOuts: this.#optOuts,
      optOutVersion: this.#optOutVersion,
      dataset: this.dataset,
      dataVersion: this.dataVersion,
    });
  }
}

interface ConstructorParts<M extends Member> {
  readonly members: readonly M[];
  readonly optOuts: OptOuts;
  readonly optOutVersion: number;
  readonly dataset: string;
  readonly dataVersion: string;
}

/**
 * Draws the cohort of a data version: everybody in it who has not opted out at this moment.
 * @throws UnicaError `consent.not-a-cohort` where the ledger is not one that `openOptOuts` opened.
 */
export function sealCohort<M extends Member>(draw: {
  readonly dataset: string;
  readonly dataVersion: string;
  readonly members: Iterable<M>;
  readonly optOuts: OptOuts;
}): Cohort<M> {
  const { optOuts } = draw;
  if (!isLedger(optOuts)) throw new UnicaError('consent.not-a-cohort');
  return Cohort.seal(gate, {
    members: [...draw.members].filter((member) => !optOuts.isOptedOut(member.person)),
    optOuts,
    optOutVersion: optOuts.version(),
    dataset: draw.dataset,
    dataVersion: draw.dataVersion,
  });
}
