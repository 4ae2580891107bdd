import type { Journal } from '#audit';
import { type Clock, canonicalJson, type Json, sha256Hex, UnicaError } from '#base';
import { type Database, type Migration, serially } from '#store';
import { type ConsentTexts, FIRST_TEXTS, TEXT_LANGUAGES } from './consent-texts.ts';
import { type Readability, readabilityOf } from './readability.ts';

/** Records of the texts that people read before they decide. Version 1 comes with the product. */
export interface ConsentTextTables {
  consent_texts: { version: number; texts: string; at_ms: number };
}

/** The versions of the text. An earlier one stays, because consents name it. */
export interface ConsentTextLedger {
  newest(): Promise<{ readonly version: number; readonly texts: ConsentTexts }>;
  version(version: number): Promise<ConsentTexts | undefined>;
  /** @throws UnicaError `consent.text-hard` naming the language that is no plain one. */
  publish(texts: ConsentTexts, actor: string): Promise<number>;
}

/** Table of the texts. */
export const consentTextMigration: Migration = {
  id: 'consent-004-texts',
  async up(db) {
    await db.schema
      .createTable('consent_texts')
      .addColumn('version', 'bigint', (column) => column.primaryKey())
      .addColumn('texts', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .execute();
  },
};

/** How hard a version is to read, language by language. */
export function readabilities(texts: ConsentTexts): readonly (Readability & { readonly language: string })[] {
  return TEXT_LANGUAGES.map((language) => ({ language, ...readabilityOf(language, texts[language]) }));
}

/** Opens the texts over a migrated database. */
export function openConsentTexts<Tables extends ConsentTextTables>(
  database: Database<Tables>,
  { journal, clock }: { readonly journal: Journal; readonly clock: Clock },
): ConsentTextLedger {
  const db = (database as unknown as Database<ConsentTextTables>).kysely;
  const inTurn = serially();
  const last = async () =>
    await db.selectFrom('consent_texts').selectAll().orderBy('version', 'desc').limit(1).executeTakeFirst();
  return {
    async newest() {
      const row = await last();
      if (row === undefined) return { version: 1, texts: FIRST_TEXTS };
      return { version: row.version, texts: JSON.parse(row.texts) as ConsentTexts };
    },
    async version(version) {
      if (version === 1) return FIRST_TEXTS;
      const row = await db.selectFrom('consent_texts').selectAll().where('version', '=', version).executeTakeFirst();
      return row === undefined ? undefined : (JSON.parse(row.texts) as ConsentTexts);
    },
    publish: (texts, actor) =>
      inTurn(async () => {
        for (const { language, isPlain, lix, mostLix, wordsPerSentence } of readabilities(texts)) {
          if (isPlain) continue;
          const measured = `LIX ${lix.toFixed(0)} of ${mostLix}, ${wordsPerSentence.toFixed(1)} words a sentence`;
          throw new UnicaError('consent.text-hard', { language, measured });
        }
        const version = ((await last())?.version ?? 1) + 1;
        const text = canonicalJson(texts as unknown as Json);
        await db.insertInto('consent_texts').values({ version, texts: text, at_ms: clock() }).execute();
        const facts = { version, textSha256: sha256Hex(text) };
        await journal.append({ actor, action: 'consent.text-published', subject: `consent text ${version}`, facts });
        return version;
      }),
  };
}
