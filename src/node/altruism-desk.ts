import type { Kysely } from 'kysely';
import type { Journal } from '#audit';
import { type Clock, canonicalJson, type Json, sha256Hex } from '#base';
import type { Consents, ConsentTextLedger } from '#consent';
import { plainInMarkdown, toBeWritten } from '#dossier';
import { PUBLIC_COUNTS, releaseCount } from '#privacy';
import { guardedWords } from '#record';
import { type Altruism, altruismFormSchema, type GuardedCount } from '#wire';
import type { DataUses } from './data-uses.ts';
import type { IdentityCard } from './identity-card.ts';
import type { Complaints } from './patient-accounts.ts';
import type { NodeTables } from './tables.ts';

type Form = NonNullable<Altruism['organisation']>;
type Guard = (count: number, cell: string) => GuardedCount;

const KEY = 'altruism';

/** What the organisation's page is made of. */
export interface AltruismParts {
  readonly card: IdentityCard;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly consents: Consents;
  readonly texts: ConsentTextLedger;
  readonly uses: DataUses;
  readonly complaints: Complaints;
  readonly guarded: Guard;
}

/** Counts of people as they may be told to everybody. */
export function guardedBy(node: { readonly secret: Uint8Array; readonly minimumCount: number }): Guard {
  const rule = { ...PUBLIC_COUNTS, threshold: node.minimumCount };
  return (count, cell) =>
    releaseCount(count, rule, { secret: node.secret, dataVersion: String(count), question: 'altruism', cell }).value;
}

/**
 * What a data altruism organisation owes the public (Regulation (EU) 2022/868, Art. 20): who it is, what it is for, and each
 * year what came of it. Whether it is recognised, a number in the public register says.
 */
export class AltruismDesk {
  readonly #db: Kysely<NodeTables>;
  readonly #parts: AltruismParts;

  constructor({ db, ...parts }: AltruismParts & { readonly db: Kysely<NodeTables> }) {
    this.#db = db;
    this.#parts = parts;
  }

  async register(form: Form, actor: string): Promise<void> {
    const value = canonicalJson(form as Json);
    await this.#db
      .insertInto('settings')
      .values({ key: KEY, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute();
    const { journal, card } = this.#parts;
    // Whom to write to may be a person.
    const { registration, purposes } = form;
    const facts = { registration, purposes, formSha256: sha256Hex(value) };
    await journal.append({ actor, action: 'altruism.registered', subject: card.siteId, facts });
  }

  /** The public page. */
  async view(): Promise<Altruism> {
    const thisYear = new Date(this.#parts.clock()).getUTCFullYear();
    const years = [thisYear, thisYear - 1, thisYear - 2];
    return {
      ...(await this.#now()),
      years: await Promise.all(years.map(async (year) => await this.#year(year))),
    };
  }

  /** The yearly report as Markdown; what only people know is marked. */
  async report(year: number): Promise<string> {
    const { card } = this.#parts;
    const { organisation, people, textVersion } = await this.#now();
    const figures = await this.#year(year);
    return `${[
      `# Activity report ${year}`,
      '',
      `${plainInMarkdown(organisation?.name ?? card.displayName)} · ${organisation === null || organisation.registration === '' ? 'not in the public register' : `public register ${plainInMarkdown(organisation.registration)}`}`,
      '',
      '## Activities and purposes',
      '',
      ...(organisation?.purposes ?? []).map((purpose) => `- ${purpose}`),
      '',
      toBeWritten('what was promoted in the general interest, and how'),
      '',
      '## Consents',
      '',
      `- People with a consent in force when this was made: ${guardedWords(people)}`,
      `- Consents given in the year: ${guardedWords(figures.given)}`,
      `- Consents withdrawn in the year: ${guardedWords(figures.withdrawn)}`,
      `- Version of the text that people read: ${textVersion}`,
      '',
      '## Who used data, and what for',
      '',
      '| project | purpose | uses |',
      '|---|---|---|',
      ...figures.projects.map(
        ({ projectId, purpose, uses }) => `| ${plainInMarkdown(projectId)} | ${plainInMarkdown(purpose)} | ${uses} |`,
      ),
      '',
      toBeWritten('summary of results'),
      '',
      '## Complaints',
      '',
      `${guardedWords(figures.complaints)} in the year.`,
      '',
      '## Money',
      '',
      toBeWritten('sources of revenue, fees, expenses'),
    ].join('\n')}\n`;
  }

  /** What holds at this moment, whichever year is asked about. */
  async #now(): Promise<Omit<Altruism, 'years'>> {
    const { consents, texts, guarded } = this.#parts;
    const row = await this.#db.selectFrom('settings').select('value').where('key', '=', KEY).executeTakeFirst();
    return {
      organisation: row === undefined ? null : altruismFormSchema.parse(JSON.parse(row.value)),
      textVersion: (await texts.newest()).version,
      people: guarded(consents.tally().people, 'people'),
    };
  }

  async #year(year: number): Promise<Altruism['years'][number]> {
    const { journal, uses, complaints, guarded } = this.#parts;
    const fromMs = Date.UTC(year, 0, 1);
    const toMs = Date.UTC(year + 1, 0, 1);
    const [given, withdrawn, used, written] = await Promise.all([
      journal.tally('consent.given', fromMs, toMs),
      journal.tally('consent.withdrawn', fromMs, toMs),
      uses.between(fromMs, toMs),
      complaints.written(fromMs, toMs),
    ]);
    const projects = new Map<string, { readonly purpose: string; readonly subjects: Set<string> }>();
    for (const { projectId, purpose, kind, subject } of used) {
      const known = projects.get(projectId) ?? { purpose, subjects: new Set() };
      known.subjects.add(`${kind} ${subject}`);
      projects.set(projectId, known);
    }
    return {
      year,
      given: guarded(given.entries, `given ${year}`),
      withdrawn: guarded(withdrawn.entries, `withdrawn ${year}`),
      projects: [...projects].map(([projectId, { purpose, subjects }]) => ({
        projectId,
        purpose,
        uses: subjects.size,
      })),
      complaints: guarded(written, `complaints ${year}`),
    };
  }
}
