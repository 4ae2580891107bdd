import type { Kysely, Transaction } from 'kysely';
import type { Journal } from '#audit';
import { type Clock, canonicalJson, type Json, sha256Hex } from '#base';
import { PUBLISHED_TABLES, planSuggestion, proposedBy, tableOfSite } from '#reading';
import { type Plan, type PlanSheet, planSchema } from '#wire';
import type { ReadableStudies } from './readable-studies.ts';
import type { ReadingDesk } from './reading-desk.ts';
import type { ReadingSettings } from './reading-settings.ts';
import type { NodeTables } from './tables.ts';

/** What plan sheets are kept with. */
export interface PlanParts {
  readonly db: Kysely<NodeTables>;
  readonly studies: ReadableStudies;
  readonly settings: ReadingSettings;
  readonly reading: ReadingDesk;
  readonly journal: Journal;
  readonly clock: Clock;
}

/** What is proposed for a person after a study, and what a clinician decided. */
export class PlanDesk {
  readonly #parts: PlanParts;

  constructor(parts: PlanParts) {
    this.#parts = parts;
  }

  /** @throws UnicaError `http.not-found`, `reading.no-read` */
  async sheet(reader: string, studyInstanceUid: string): Promise<PlanSheet> {
    const { studies, settings, reading } = this.#parts;
    const { study, ownRead } = await reading.ownRead(reader, studyInstanceUid);
    const [ageYears, { table: siteTable }, opinions, versions] = await Promise.all([
      studies.ageYears(studyInstanceUid),
      settings.siteTable(),
      reading.released(reader, studyInstanceUid),
      this.#versions(studyInstanceUid),
    ]);
    // The bands of the site say when a breast is looked at again and by what: of a risk that a chest film tells they say nothing.
    const table = study.task === 'mammography' ? siteTable : null;
    const scored = opinions.flatMap(({ model, outcome }) =>
      outcome.kind === 'scored' ? outcome.risks.map((risk) => ({ ...risk, model })) : [],
    );
    const told = scored.find(({ years }) => years === table?.years) ?? scored.toSorted((a, b) => b.years - a.years)[0];
    const proposed = proposedBy([...PUBLISHED_TABLES, ...(table === null ? [] : [tableOfSite(table)])], {
      ownRead,
      ageYears,
      risks: told === undefined ? [] : [{ years: told.years, value: told.estimate.value }],
    });
    return {
      studyInstanceUid,
      person: study.person,
      date: study.date,
      task: study.task,
      ageYears,
      ownRead,
      risk:
        told === undefined
          ? null
          : { years: told.years, estimate: told.estimate, model: told.model.name, version: told.model.version },
      proposed,
      suggestion: planSuggestion(proposed),
      siteTableMissing: study.task === 'mammography' && told !== undefined && table === null,
      versions,
    };
  }

  /** Keeps a decision as the next version; none before is changed. @throws UnicaError `http.not-found`, `reading.no-read` */
  async confirm(reader: string, studyInstanceUid: string, plan: Plan): Promise<PlanSheet> {
    const { settings, journal, clock } = this.#parts;
    const { proposed, suggestion, ageYears, risk } = await this.sheet(reader, studyInstanceUid);
    const { version: siteTableVersion } = await settings.siteTable();
    const asProposed = canonicalJson(plan) === canonicalJson(suggestion);
    const text = canonicalJson({ plan, asProposed, proposed, ageYears, risk, siteTableVersion } as unknown as Json);
    await journal.together(async (records: Transaction<NodeTables>) => {
      const version = (await newestVersion(records, studyInstanceUid)) + 1;
      const about = { study_instance_uid: studyInstanceUid, version };
      const values = { ...about, sheet: text, confirmed_by: reader, at_ms: clock() };
      await records.insertInto('plan_sheets').values(values).execute();
      const facts = { version, asProposed, sheetSha256: sha256Hex(text) };
      return {
        event: { actor: reader, action: 'plan.confirmed', subject: studyInstanceUid, facts },
        result: undefined,
      };
    });
    return await this.sheet(reader, studyInstanceUid);
  }

  async #versions(studyInstanceUid: string): Promise<PlanSheet['versions']> {
    const rows = await this.#parts.db
      .selectFrom('plan_sheets')
      .selectAll()
      .where('study_instance_uid', '=', studyInstanceUid)
      .orderBy('version', 'desc')
      .execute();
    return rows.map((row) => {
      const { plan, asProposed } = JSON.parse(row.sheet) as { readonly plan: unknown; readonly asProposed: boolean };
      return { version: row.version, plan: planSchema.parse(plan), asProposed, by: row.confirmed_by, atMs: row.at_ms };
    });
  }
}

async function newestVersion(db: Kysely<NodeTables>, studyInstanceUid: string): Promise<number> {
  const row = await db
    .selectFrom('plan_sheets')
    .select((select) => select.fn.max('version').as('version'))
    .where('study_instance_uid', '=', studyInstanceUid)
    .executeTakeFirst();
  return Number(row?.version ?? 0);
}
