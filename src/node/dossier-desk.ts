import type { Kysely } from 'kysely';
import type { Journal } from '#audit';
import { type Clock, canonicalJson, type Json, sha256Hex, UnicaError } from '#base';
import {
  countryRules,
  type DossierDocument,
  type DossierItem,
  type DossierStanding,
  DRAFTS,
  documentFault,
  exampleDossier,
  LAWS_HELD_ON,
  legalReference,
  standingOfDossier,
} from '#dossier';
import type { Dossier, dossierDocumentSchema } from '#wire';
import type { IdentityCard } from './identity-card.ts';
import type { NodeTables } from './tables.ts';

type Kept = DossierDocument & { readonly enteredAtMs: number | null };

/** What the dossier is kept with. */
export interface DossierParts {
  readonly db: Kysely<NodeTables>;
  readonly journal: Journal;
  readonly card: IdentityCard;
  readonly clock: Clock;
  /** A demonstration: what was not entered is there as an example. */
  readonly isExample: boolean;
}

/** The node's legal dossier: what is there, until when, and whether it lets the node share. */
export class DossierDesk {
  readonly #parts: DossierParts;

  constructor(parts: DossierParts) {
    this.#parts = parts;
  }

  async standing(): Promise<DossierStanding> {
    return standingOfDossier(this.#parts.card.country, await this.#documents(), this.#parts.clock());
  }

  /** @throws UnicaError `node.dossier-incomplete` naming what hinders sharing */
  async mayShare(): Promise<void> {
    const { hindrances } = await this.standing();
    if (hindrances.length > 0) throw new UnicaError('node.dossier-incomplete', { missing: hindrances.join(', ') });
  }

  /** Enters a document. @throws UnicaError `dossier.document-unusable` */
  async enter(document: Omit<DossierDocument, 'isExample'>, actor: string): Promise<void> {
    const whole: DossierDocument = { ...document, isExample: false };
    const problem = documentFault(this.#parts.card.country, whole);
    if (problem !== undefined) throw new UnicaError('dossier.document-unusable', { item: document.item, problem });
    const text = canonicalJson(whole as unknown as Json);
    await this.#parts.db
      .insertInto('dossier_documents')
      .values({ item: document.item, document: text, entered_by: actor, at_ms: this.#parts.clock() })
      .execute();
    await this.#parts.journal.append({
      actor,
      action: 'dossier.document-entered',
      subject: document.item,
      facts: { kind: document.kind, validUntil: document.validUntil, documentSha256: sha256Hex(text) },
    });
  }

  /** Enters what somebody says of an item. @throws UnicaError `dossier.document-unusable` */
  async enterAs(item: DossierItem, said: ReturnType<typeof dossierDocumentSchema.parse>, actor: string): Promise<void> {
    // What does not apply has no days of its own.
    const today = new Date(this.#parts.clock()).toISOString().slice(0, 10);
    const days = said.kind === 'document' ? said : { validFrom: today, validUntil: '9999-12-31' };
    const { kind, reference, responsible } = said;
    const { validFrom, validUntil } = days;
    await this.enter({ item, kind, reference, responsible, validFrom, validUntil }, actor);
  }

  /** As the portal shows it. */
  async view(): Promise<Dossier> {
    const documents = await this.#documents();
    const { country, isExample, hindrances, entries } = standingOfDossier(
      this.#parts.card.country,
      documents,
      this.#parts.clock(),
    );
    const { inTheUnion, authority, ethicsBody, laws, note, optOutException } = countryRules(country);
    return {
      country,
      isExample,
      hindrances: [...hindrances],
      entries: entries.map(({ item, isNeeded, mayNotApply, monthsAtMost, state, reference, document }) => {
        const law = reference === null ? undefined : legalReference(reference);
        const kept = documents.find((one) => one.item === item);
        return {
          item,
          isNeeded,
          mayNotApply,
          monthsAtMost,
          state,
          law: law === undefined ? null : { title: law.title, place: law.place, url: law.url },
          document:
            document === null
              ? null
              : {
                  reference: document.reference,
                  responsible: document.responsible,
                  validFrom: document.validFrom,
                  validUntil: document.validUntil,
                  enteredAtMs: kept?.enteredAtMs ?? null,
                },
        };
      }),
      rules: {
        inTheUnion,
        authority: { ...authority },
        ethicsBody,
        laws: laws.map(({ title, source }) => ({ title, source })),
        optOutException:
          optOutException === undefined ? null : { title: optOutException.title, source: optOutException.source },
        lawsHeldOn: LAWS_HELD_ON,
        note,
      },
      drafts: [...DRAFTS],
    };
  }

  async #documents(): Promise<readonly Kept[]> {
    const rows = await this.#parts.db.selectFrom('dossier_documents').selectAll().orderBy('number').execute();
    const newest = new Map<DossierItem, Kept>();
    if (this.#parts.isExample) {
      for (const one of exampleDossier(this.#parts.card.country, this.#parts.clock()))
        newest.set(one.item, { ...one, enteredAtMs: null });
    }
    for (const row of rows) {
      const document = JSON.parse(row.document) as DossierDocument;
      newest.set(document.item, { ...document, enteredAtMs: row.at_ms });
    }
    return [...newest.values()];
  }
}
