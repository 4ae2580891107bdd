import { canonicalJson, sha256Hex, UnicaError } from '#base';
import { isStanding, type Standing } from './standing.ts';

const gate = Symbol('only this room makes a Cohort');

/** Whoever a cohort counts: at least a person's pseudonym. */
export interface Member {
  readonly person: string;
}

/**
 * People whose images may be used, now: those who opted out, or did not consent where the data need it, are not among them. A seal: counting, training and exporting
 * take this type, and only this room makes one.
 */
export class Cohort<M extends Member = Member> {
  readonly #members: readonly M[];
  readonly #standing: Standing;
  readonly #standingVersion: number;
  #sha256: string | undefined;
  readonly dataset: string;
  /** Digest of the data version it was drawn from. */
  readonly dataVersion: string;

  private constructor(
    key: symbol,
    parts: {
      readonly members: readonly M[];
      readonly standing: Standing;
      readonly standingVersion: number;
      readonly dataset: string;
      readonly dataVersion: string;
    },
  ) {
    if (key !== gate) throw new UnicaError('consent.not-a-cohort');
    // A list that somebody could add to would be no seal.
    this.#members = Object.freeze([...parts.members]);
    this.#standing = parts.standing;
    this.#standingVersion = parts.standingVersion;
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

  /** Version of both ledgers it was drawn under. */
  get standingVersion(): number {
    return this.#standingVersion;
  }

  /** Digest of who is in it, for the record of a run. */
  get sha256(): string {
    this.#sha256 ??= sha256Hex(canonicalJson([...new Set(this.#members.map((member) => member.person))].sort()));
    return this.#sha256;
  }

  /** False once anybody decided otherwise since: draw it anew. */
  isCurrent(): boolean {
    return this.#standing.version() === this.#standingVersion;
  }

  /** As `isCurrent`, after reading what other processes of this node wrote down. */
  async isStillCurrent(): Promise<boolean> {
    await this.#standing.refresh();
    return this.isCurrent();
  }

  /** Those of it who fit; never more. */
  narrow(fits: (member: M) => boolean): Cohort<M> {
    return Cohort.seal(gate, {
      members: this.#members.filter(fits),
      standing: this.#standing,
      standingVersion: this.#standingVersion,
      dataset: this.dataset,
      dataVersion: this.dataVersion,
    });
  }
}

interface ConstructorParts<M extends Member> {
  readonly members: readonly M[];
  readonly standing: Standing;
  readonly standingVersion: number;
  readonly dataset: string;
  readonly dataVersion: string;
}

/**
 * Draws the cohort of a data version: everybody in it who is not left out at this moment.
 * @throws UnicaError `consent.not-a-cohort` where the standing is not one that this room opened.
 */
export function sealCohort<M extends Member>(draw: {
  readonly dataset: string;
  readonly dataVersion: string;
  readonly members: Iterable<M>;
  readonly standing: Standing;
}): Cohort<M> {
  const { standing } = draw;
  if (!isStanding(standing)) throw new UnicaError('consent.not-a-cohort');
  // Before anybody is looked at: an exception may run out meanwhile, and the cohort is then not current.
  const standingVersion = standing.version();
  return Cohort.seal(gate, {
    members: [...draw.members].filter((member) => !standing.isLeftOut(member.person)),
    standing,
    standingVersion,
    dataset: draw.dataset,
    dataVersion: draw.dataVersion,
  });
}
