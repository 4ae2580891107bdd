/** Who may be used, as the ledgers say now. Everything that counts, exports, serves or trains asks one. */
export interface Standing {
  /** True where a person's data may not be used: she opted out, or the data need a consent that is not there. */
  isLeftOut(person: string): boolean;
  /** Grows with every decision. */
  version(): number;
  /** Whose standing may have changed since a version; undefined: everybody's. */
  changedSince(version: number): readonly string[] | undefined;
  /** Reads what other processes of this node wrote down, and lets consents lapse whose time is over. */
  refresh(): Promise<void>;
}

const standings = new WeakSet<Standing>();

/** True for what was opened here; something that merely looks like it may know of nobody's wish. */
export function isStanding(standing: Standing): boolean {
  return standings.has(standing);
}

/** @internal For what this room opens. */
export function asStanding<Opened extends Standing>(opened: Opened): Opened {
  standings.add(opened);
  return opened;
}
