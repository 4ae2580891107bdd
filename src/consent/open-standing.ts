import { UnicaError } from '#base';
import type { Consents } from './consents.ts';
import type { DatasetBases } from './dataset-bases.ts';
import type { OptOuts } from './opt-outs.ts';
import { asStanding, isStanding, type Standing } from './standing.ts';

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
