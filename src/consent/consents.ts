import type { Journal } from '#audit';
import { type Clock, canonicalJson, type Json, sha256Hex, UnicaError } from '#base';
import { type Database, type Migration, serially } from '#store';
import { type ConsentPurpose, consentPurposeSchema } from '#wire';

/** Records of the ledger of consents: every decision stays, the newest of a person counts. */
export interface ConsentDecisionTables {
  consent_decisions: {
    version: number;
    person: string;
    /** JSON array of purposes; empty: everything is withdrawn. */
    purposes: string;
    /** JSON {@link GivenBy}. */
    given_by: string;
    /** Of the text that was read; 0 where a withdrawal reads none. */
    text_version: number;
    language: string;
    channel: ConsentChannel;
    at_ms: number;
    /** Digest of the decision; the journal has it too. */
    decision_sha256: string;
  };
  consent_drafts: {
    draft_id: string;
    /** JSON of the decision that waits for a second pair of eyes. */
    decision: string;
    entered_by: string;
    entered_at_ms: number;
    state: 'waiting' | 'confirmed' | 'discarded';
    decided_by: string | null;
    decided_at_ms: number | null;
  };
}

/** How a decision came: by the person at the portal, on paper, or said to staff who entered it. */
export type ConsentChannel = 'portal' | 'paper' | 'desk';

/** Whose decision it is: the person's own, or of who decides for her, and then until when (epoch milliseconds). */
export type GivenBy = { readonly kind: 'self' } | { readonly kind: 'parent' | 'guardian'; readonly untilMs: number };

/** What a person allows from now on; it replaces what she allowed before. */
export interface ConsentWish {
  readonly person: string;
  readonly purposes: readonly ConsentPurpose[];
  readonly givenBy: GivenBy;
  readonly textVersion: number;
  readonly language: string;
  readonly channel: ConsentChannel;
}

/** A decision of the ledger. */
export interface ConsentDecision extends ConsentWish {
  readonly version: number;
  readonly atMs: number;
  readonly sha256: string;
}

/** A paper form that one person has entered and another has to confirm. */
export interface ConsentDraft {
  readonly draftId: string;
  readonly wish: ConsentWish;
  readonly enteredBy: string;
  readonly enteredAtMs: number;
}

/** Who consented to what (data altruism). People are pseudonyms here. */
export interface Consents {
  /** Takes effect at once. An empty list of purposes withdraws everything. @throws UnicaError `consent.proxy-over`. */
  record(wish: ConsentWish, actor: string): Promise<ConsentDecision>;
  /** True while a consent for the purpose is in force. */
  covers(person: string, purpose: ConsentPurpose): boolean;
  /** What is in force for a person; undefined: nothing. */
  of(person: string): ConsentDecision | undefined;
  historyOf(person: string): Promise<readonly ConsentDecision[]>;
  /** A decision by its digest. */
  find(sha256: string): Promise<ConsentDecision | undefined>;
  /** People with a consent in force, by purpose, and in all. */
  tally(): { readonly people: number; readonly byPurpose: Readonly<Record<string, number>> };
  /** Enters a paper form; nothing is in effect before somebody else confirms it. */
  draft(draftId: string, wish: ConsentWish, actor: string): Promise<void>;
  drafts(): Promise<readonly ConsentDraft[]>;
  /**
   * The second pair of eyes.
   * @throws UnicaError `http.not-found`, `consent.four-eyes` where it is the first pair.
   */
  decideDraft(
    draftId: string,
    decision: 'confirmed' | 'discarded',
    actor: string,
  ): Promise<ConsentDecision | undefined>;
  /** Counts decisions, and consents of proxies that lapsed. */
  version(): number;
  changedSince(version: number): readonly string[];
  refresh(): Promise<void>;
}

/** Tables of the ledger of consents. */
export const consentDecisionMigration: Migration = {
  id: 'consent-002-consents',
  async up(db) {
    await db.schema
      .createTable('consent_decisions')
      .addColumn('version', 'bigint', (column) => column.primaryKey())
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('purposes', 'text', (column) => column.notNull())
      .addColumn('given_by', 'text', (column) => column.notNull())
      .addColumn('text_version', 'integer', (column) => column.notNull())
      .addColumn('language', 'text', (column) => column.notNull())
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .addColumn('decision_sha256', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('consent_decisions_person').on('consent_decisions').column('person').execute();
    await db.schema.createIndex('opt_outs_person').on('opt_outs').column('person').execute();
    await db.schema
      .createTable('consent_drafts')
      .addColumn('draft_id', 'text', (column) => column.primaryKey())
      .addColumn('decision', 'text', (column) => column.notNull())
      .addColumn('entered_by', 'text', (column) => column.notNull())
      .addColumn('entered_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('decided_by', 'text')
      .addColumn('decided_at_ms', 'bigint')
      .execute();
  },
};

const TOLD = ['consent.given', 'consent.withdrawn'] as const;

/**
 * Opens the ledger over a migrated database; what is in force is kept in memory, so that asking costs nothing. A decision that
 * is in effect, but whose entry in the journal was cut off with the process, gets its entry now.
 */
export async function openConsents<Tables extends ConsentDecisionTables>(
  database: Database<Tables>,
  { journal, clock }: { readonly journal: Journal; readonly clock: Clock },
): Promise<Consents> {
  const db = (database as unknown as Database<ConsentDecisionTables>).kysely;
  const inTurn = serially();
  const inForce = new Map<string, ConsentDecision>();
  /** Of proxies: when they end. */
  const ending = new Map<string, number>();
  const changes: string[] = [];
  let rows = 0;
  /** Whether the journal could not be told of the last decision. */
  let isUntold = false;

  const lapse = (person: string) => {
    inForce.delete(person);
    ending.delete(person);
    changes.push(person);
  };
  const lapseUntil = (nowMs: number) => {
    for (const [person, untilMs] of ending) if (untilMs <= nowMs) lapse(person);
  };
  const take = (row: ConsentDecisionTables['consent_decisions']) => {
    const decision = decisionOf(row);
    const { person, givenBy, purposes } = decision;
    // So that the version is the same whether it was followed or read again after a restart.
    if ((ending.get(person) ?? Number.POSITIVE_INFINITY) <= decision.atMs) lapse(person);
    inForce.delete(person);
    ending.delete(person);
    if (purposes.length > 0) {
      inForce.set(person, decision);
      if (givenBy.kind !== 'self') ending.set(person, givenBy.untilMs);
    }
    changes.push(person);
    rows = row.version;
  };
  const refresh = async () => {
    const found = await db
      .selectFrom('consent_decisions')
      .selectAll()
      .where('version', '>', rows)
      .orderBy('version')
      .execute();
    for (const row of found) take(row);
    lapseUntil(clock());
  };
  const write = async (wish: ConsentWish, actor: string): Promise<ConsentDecision> => {
    await refresh();
    if (isUntold) await tellInterrupted();
    const atMs = clock();
    if (wish.givenBy.kind !== 'self' && wish.purposes.length > 0 && wish.givenBy.untilMs <= atMs) {
      throw new UnicaError('consent.proxy-over');
    }
    const purposes = [...new Set(wish.purposes)].sort();
    const row = {
      version: rows + 1,
      person: wish.person,
      purposes: canonicalJson(purposes),
      given_by: canonicalJson(wish.givenBy as Json),
      text_version: wish.textVersion,
      language: wish.language,
      channel: wish.channel,
      at_ms: atMs,
    };
    const decision_sha256 = sha256Hex(canonicalJson(row as Json));
    await db
      .insertInto('consent_decisions')
      .values({ ...row, decision_sha256 })
      .execute();
    take({ ...row, decision_sha256 });
    const decision = decisionOf({ ...row, decision_sha256 });
    await tell(decision, actor, `consent text ${wish.textVersion}`);
    return decision;
  };
  const tell = async (decision: ConsentDecision, actor: string, because: string) => {
    const { version, person, purposes, channel, givenBy, sha256 } = decision;
    isUntold = true;
    await journal.append({
      actor,
      action: purposes.length === 0 ? 'consent.withdrawn' : 'consent.given',
      subject: person,
      because,
      facts: { version, purposes, channel, givenBy: givenBy.kind, decisionSha256: sha256 },
    });
    isUntold = false;
  };
  /** Decisions are written in turn, so that only the last can lack its entry. Who entered it is not known any more. */
  const tellInterrupted = async () => {
    const row = await db
      .selectFrom('consent_decisions')
      .selectAll()
      .orderBy('version', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (row === undefined || digestOf(row) !== row.decision_sha256) return;
    const told = await journal.newestFacts(TOLD);
    if (told !== undefined && Number(told['version']) >= row.version) return;
    const because = `consent text ${row.text_version}; interrupted, entered later`;
    await tell(decisionOf(row), 'consent-ledger', because);
  };
  await refresh();
  await tellInterrupted();

  return Object.freeze<Consents>({
    record: (wish, actor) => inTurn(() => write(wish, actor)),
    covers(person, purpose) {
      const decision = inForce.get(person);
      if (decision === undefined || !decision.purposes.includes(purpose)) return false;
      return decision.givenBy.kind === 'self' || decision.givenBy.untilMs > clock();
    },
    of: (person) => inForce.get(person),
    async historyOf(person) {
      const found = await db
        .selectFrom('consent_decisions')
        .selectAll()
        .where('person', '=', person)
        .orderBy('version')
        .execute();
      return found.map(decisionOf);
    },
    async find(sha256) {
      const row = await db
        .selectFrom('consent_decisions')
        .selectAll()
        .where('decision_sha256', '=', sha256)
        .executeTakeFirst();
      return row === undefined ? undefined : decisionOf(row);
    },
    tally() {
      const byPurpose: Record<string, number> = {};
      for (const { purposes } of inForce.values()) {
        for (const purpose of purposes) byPurpose[purpose] = (byPurpose[purpose] ?? 0) + 1;
      }
      return { people: inForce.size, byPurpose };
    },
    async draft(draftId, wish, actor) {
      await db
        .insertInto('consent_drafts')
        .values({
          draft_id: draftId,
          decision: canonicalJson(wish as unknown as Json),
          entered_by: actor,
          entered_at_ms: clock(),
          state: 'waiting',
          decided_by: null,
          decided_at_ms: null,
        })
        .execute();
      await journal.append({ actor, action: 'consent.paper-entered', subject: wish.person, facts: { draftId } });
    },
    async drafts() {
      const found = await db
        .selectFrom('consent_drafts')
        .selectAll()
        .where('state', '=', 'waiting')
        .orderBy('entered_at_ms')
        .execute();
      return found.map((row) => ({
        draftId: row.draft_id,
        wish: JSON.parse(row.decision) as ConsentWish,
        enteredBy: row.entered_by,
        enteredAtMs: row.entered_at_ms,
      }));
    },
    decideDraft: (draftId, decision, actor) =>
      inTurn(async () => {
        const waiting = db.selectFrom('consent_drafts').selectAll().where('draft_id', '=', draftId);
        const row = await waiting.where('state', '=', 'waiting').executeTakeFirst();
        if (row === undefined) throw new UnicaError('http.not-found', { what: 'paper form of that number' });
        if (row.entered_by === actor) throw new UnicaError('consent.four-eyes');
        const wish = JSON.parse(row.decision) as ConsentWish;
        // The ledger first: a form that is confirmed twice is one consent more, one that is lost is a wish unheard.
        const written = decision === 'confirmed' ? await write(wish, actor) : undefined;
        await db
          .updateTable('consent_drafts')
          .set({ state: decision, decided_by: actor, decided_at_ms: clock() })
          .where('draft_id', '=', draftId)
          .execute();
        await journal.append({ actor, action: `consent.paper-${decision}`, subject: wish.person, facts: { draftId } });
        return written;
      }),
    version: () => changes.length,
    changedSince: (version) => changes.slice(version),
    refresh: () => inTurn(refresh),
  });
}

/** Whether every decision of the ledger is the one that the journal was told of. @returns the first version that is not */
export async function brokenConsent<Tables extends ConsentDecisionTables>(
  database: Database<Tables>,
  journal: Pick<Journal, 'factsOf'>,
): Promise<number | undefined> {
  const db = (database as unknown as Database<ConsentDecisionTables>).kysely;
  const told = new Map<number, string>();
  for (const action of TOLD) {
    for (const facts of await journal.factsOf(action))
      told.set(Number(facts['version']), String(facts['decisionSha256']));
  }
  const rows = await db.selectFrom('consent_decisions').selectAll().orderBy('version').execute();
  const kept = new Map(
    rows.map((row) => [row.version, digestOf(row) === row.decision_sha256 ? row.decision_sha256 : 'altered']),
  );
  return [...new Set([...kept.keys(), ...told.keys()])].sort((a, b) => a - b).find((v) => kept.get(v) !== told.get(v));
}

/** What the digest of a row has to be. */
function digestOf({ decision_sha256: _, ...row }: ConsentDecisionTables['consent_decisions']): string {
  return sha256Hex(canonicalJson(row as Json));
}

function decisionOf(row: ConsentDecisionTables['consent_decisions']): ConsentDecision {
  return {
    version: row.version,
    person: row.person,
    purposes: consentPurposeSchema.array().parse(JSON.parse(row.purposes)),
    givenBy: JSON.parse(row.given_by) as GivenBy,
    textVersion: row.text_version,
    language: row.language,
    channel: row.channel,
    atMs: row.at_ms,
    sha256: row.decision_sha256,
  };
}
