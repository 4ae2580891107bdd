import { UnicaError } from '#base';
import type { Consents } from './consents.ts';
import type { DatasetBases } from './dataset-bases.ts';
import type { OptOuts } from './opt-outs.ts';

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

/**
 * Who of a dataset may be used under both ledgers: nobody who opted out; and where the dataset's legal basis is consent,
 * nobody without a consent in force for its purpose. The ledgers are never mixed: a consent does not lift an opt-out, and
 * taking back an opt-out gives no consent.
 * @throws UnicaError `consent.not-a-cohort` where the ledger of opt-outs was not opened by this room.
 */
export function openStanding(parts: {
  readonly optOuts: OptOuts;
  readonly consents: Consents;
  readonly bases: DatasetBases;
  readonly dataset: string;
}): Standing {
  const { optOuts, consents, bases, dataset } = parts;
  if (!isStanding(optOuts)) throw new UnicaError('consent.not-a-cohort');
  const seen = { optOuts: optOuts.version(), consents: consents.version(), bases: bases.version() };
  const began = seen.optOuts + seen.consents + seen.bases;
  /** Whose standing changed, version by version since `began`; null: everybody's. */
  const changes: (string | null)[] = [];
  const follow = () => {
    changes.push(...(optOuts.changedSince(seen.optOuts) ?? []), ...consents.changedSince(seen.consents));
    for (let version = seen.bases; version < bases.version(); version += 1) changes.push(null);
    seen.optOuts = optOuts.version();
    seen.consents = consents.version();
    seen.bases = bases.version();
    return began + changes.length;
  };
  return asStanding(
    Object.freeze({
      isLeftOut(person: string) {
        if (optOuts.isOptedOut(person)) return true;
        const basis = bases.of(dataset);
        return basis.kind === 'consent' && !consents.covers(person, basis.purpose);
      },
      version: follow,
      changedSince(version: number) {
        follow();
        if (version < began) return undefined;
        const since = changes.slice(version - began);
        return since.includes(null) ? undefined : since.filter((person) => person !== null);
      },
      async refresh() {
        await Promise.all([optOuts.refresh(), consents.refresh(), bases.refresh()]);
        follow();
      },
    }),
  );
}
