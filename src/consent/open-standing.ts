import { UnicaError } from '#base';
import type { ConsentPurpose } from '#wire';
import type { Consents } from './consents.ts';
import type { DatasetBases } from './dataset-bases.ts';
import { leftOutBy } from './left-out-by.ts';
import type { OptOutExceptions } from './opt-out-exceptions.ts';
import type { OptOuts } from './opt-outs.ts';
import { asStanding, isStanding, type Standing } from './standing.ts';

/**
 * Who of a dataset may be used under both ledgers: nobody who opted out; and where the dataset's legal basis is consent,
 * nobody without a consent in force for its purpose. The ledgers are never mixed: a consent does not lift an opt-out, and
 * taking back an opt-out gives no consent.
 * @param parts.exception lets opted-out people in for one project while a law and both who answer for the node say so; their consent is
 *   needed all the same where the data need one.
 * @throws UnicaError `consent.not-a-cohort` where the ledger of opt-outs was not opened by this room.
 */
export function openStanding(parts: {
  readonly optOuts: OptOuts;
  readonly consents: Consents;
  readonly bases: DatasetBases;
  readonly dataset: string;
  readonly exception?: { readonly exceptions: OptOutExceptions; readonly projectId: string };
}): Standing {
  const { optOuts, consents, bases, dataset, exception } = parts;
  const isLifted = () => exception?.exceptions.lifts(exception.projectId) === true;
  if (!isStanding(optOuts)) throw new UnicaError('consent.not-a-cohort');
  const exceptionsVersion = () => exception?.exceptions.version() ?? 0;
  const seen = {
    optOuts: optOuts.version(),
    consents: consents.version(),
    bases: bases.version(),
    exceptions: exceptionsVersion(),
  };
  const began = seen.optOuts + seen.consents + seen.bases + seen.exceptions;
  /** Whose standing changed, version by version since `began`; null: everybody's. */
  const changes: (string | null)[] = [];
  const follow = () => {
    changes.push(...(optOuts.changedSince(seen.optOuts) ?? []), ...consents.changedSince(seen.consents));
    for (let version = seen.bases; version < bases.version(); version += 1) changes.push(null);
    // Asked once: it goes on with the time.
    const exceptionsNow = exceptionsVersion();
    for (let version = seen.exceptions; version < exceptionsNow; version += 1) changes.push(null);
    seen.exceptions = exceptionsNow;
    seen.optOuts = optOuts.version();
    seen.consents = consents.version();
    seen.bases = bases.version();
    return began + changes.length;
  };
  return asStanding(
    Object.freeze({
      isLeftOut(person: string) {
        const says = {
          isOptedOut: optOuts.isOptedOut(person),
          covers: (purpose: ConsentPurpose) => consents.covers(person, purpose),
        };
        return leftOutBy(says, bases.of(dataset), isLifted) !== null;
      },
      version: follow,
      changedSince(version: number) {
        follow();
        if (version < began) return undefined;
        const since = changes.slice(version - began);
        return since.includes(null) ? undefined : since.filter((person) => person !== null);
      },
      async refresh() {
        await Promise.all([optOuts.refresh(), consents.refresh(), bases.refresh(), exception?.exceptions.refresh()]);
        follow();
      },
    }),
  );
}
