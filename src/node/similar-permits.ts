import type { Kysely } from 'kysely';
import { type ConditionedDataset, matchPurpose } from '#access';
import type { Journal } from '#audit';
import { type Clock, UnicaError } from '#base';
import type { DatasetBases } from '#consent';
import type { DataUse, LocalRule, SimilarPermit, SimilarPermitWish, SimilarRefusal } from '#wire';
import type { KillSwitch } from './kill-switch.ts';
import type { NodeTables } from './tables.ts';

/** Whether similar cases may be shown now, by which permit, or why not. */
export type SimilarStanding =
  | { readonly kind: 'allowed'; readonly permit: SimilarPermit }
  | { readonly kind: 'refused'; readonly why: SimilarRefusal };

/** What decides whether similar cases may be shown. */
export interface SimilarPermitParts {
  readonly db: Kysely<NodeTables>;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly newId: (prefix: string) => string;
  readonly bases: Pick<DatasetBases, 'of' | 'refresh'>;
  readonly killSwitch: Pick<KillSwitch, 'stopped'>;
  /** Country of the node. */
  readonly country: string;
  /** The dataset whose people are shown. */
  readonly dataset: string;
  /** As the dataset was last described. */
  conditions(): Promise<ConditionedDataset>;
  localRules(): Promise<readonly LocalRule[]>;
}

const DAY_MS = 86_400_000;
/** Permits that are listed; the oldest are in the journal. */
const MOST_LISTED = 50;

/**
 * What allows showing clinicians of this node the films of other people beside the one at hand: a permit that the protection officer gives
 * for a time, held against what the dataset, the people's consents and the node's own rules say. Permits of projects allow no such use.
 */
export class SimilarPermits {
  readonly #parts: SimilarPermitParts;

  constructor(parts: SimilarPermitParts) {
    this.#parts = parts;
  }

  /** Newest first. */
  async list(): Promise<readonly SimilarPermit[]> {
    const rows = await this.#parts.db
      .selectFrom('similar_permits')
      .selectAll()
      .orderBy('granted_at_ms', 'desc')
      .orderBy('permit_id', 'desc')
      .limit(MOST_LISTED)
      .execute();
    return rows.map(permitOf);
  }

  /** Into the journal. */
  async grant({ ground, days }: SimilarPermitWish, actor: string): Promise<SimilarPermit> {
    const { journal, clock, newId, dataset } = this.#parts;
    const nowMs = clock();
    const row = {
      ...{ permit_id: newId('similar'), dataset, ground, granted_by: actor, granted_at_ms: nowMs },
      ...{ until_ms: nowMs + days * DAY_MS, withdrawn_by: null, withdrawn_at_ms: null },
    };
    return await journal.together(async (db: Kysely<NodeTables>) => {
      await db.insertInto('similar_permits').values(row).execute();
      const facts = { dataset, untilMs: row.until_ms };
      return {
        event: { actor, action: 'similar.permitted', subject: row.permit_id, because: ground, facts },
        result: permitOf(row),
      };
    });
  }

  /** Into the journal; holds at once. @throws UnicaError `http.not-found` */
  async withdraw(permitId: string, actor: string): Promise<void> {
    const { journal, clock } = this.#parts;
    await journal.together(async (db: Kysely<NodeTables>) => {
      const done = await db
        .updateTable('similar_permits')
        .set({ withdrawn_by: actor, withdrawn_at_ms: clock() })
        .where('permit_id', '=', permitId)
        .where('withdrawn_at_ms', 'is', null)
        .executeTakeFirst();
      if (Number(done.numUpdatedRows) !== 1)
        throw new UnicaError('http.not-found', { what: 'permit of that number in force' });
      return {
        event: { actor, action: 'similar.permit-withdrawn', subject: permitId, facts: {} },
        result: undefined,
      };
    });
  }

  /** Asked anew before anything is kept or shown. */
  async standing(): Promise<SimilarStanding> {
    const { clock, bases, killSwitch, country, dataset } = this.#parts;
    const refused = (why: SimilarRefusal): SimilarStanding => ({ kind: 'refused', why });
    const permits = (await this.list()).filter((permit) => permit.withdrawnAtMs === null && permit.dataset === dataset);
    if (permits.length === 0) return refused('no-permit');
    const [permit] = permits.filter(({ untilMs }) => untilMs > clock());
    if (permit === undefined) return refused('permit-over');
    if (killSwitch.stopped) return refused('stopped');
    await bases.refresh();
    // Nobody has been asked whether she wants to be shown beside others.
    if (bases.of(dataset).kind === 'consent') return refused('consent');
    const matched = matchPurpose({ use: careUse(country), ethics: false }, await this.#parts.conditions());
    if (matched.some(({ verdict }) => verdict !== 'met')) return refused('conditions');
    const rules = await this.#parts.localRules();
    return rules.some((rule) => forbids(rule, dataset)) ? refused('local-rule') : { kind: 'allowed', permit };
  }
}

/** Looking for a person's care, in the terms in which datasets state their conditions. */
function careUse(country: string): DataUse {
  return {
    ...{ research: 'clinical-care', diseases: [], commercial: false, notForProfit: true, country },
    ...{ publishes: false, returnsResults: false, collaborates: false },
  };
}

/** A rule against some operations, one project or commercial uses is about permits of projects; one against everything is about this too. */
function forbids({ operations, datasets, commercialOnly, projectId }: LocalRule, dataset: string): boolean {
  const isOfDataset = datasets.length === 0 || datasets.includes(dataset);
  return operations.length === 0 && isOfDataset && !commercialOnly && projectId === null;
}

function permitOf(row: NodeTables['similar_permits']): SimilarPermit {
  return {
    permitId: row.permit_id,
    dataset: row.dataset,
    ground: row.ground,
    grantedBy: row.granted_by,
    grantedAtMs: Number(row.granted_at_ms),
    untilMs: Number(row.until_ms),
    withdrawnAtMs: row.withdrawn_at_ms === null ? null : Number(row.withdrawn_at_ms),
  };
}
