import { countryRules } from './country-rules.ts';
import { DOSSIER_ITEMS, type DossierItem, ITEM_RULES } from './items.ts';

/** What was put into the dossier for an item; the newest counts. Days are ISO days. */
export interface DossierDocument {
  readonly item: DossierItem;
  /** `does-not-apply` with its reason in `reference`. */
  readonly kind: 'document' | 'does-not-apply';
  /** Where the document lies, such as a file number; or why the item does not apply. */
  readonly reference: string;
  /** Who answers for it: a role or a name of staff. */
  readonly responsible: string;
  readonly validFrom: string;
  readonly validUntil: string;
  /** Of a demonstration: no document of a real house. */
  readonly isExample: boolean;
}

/** Where an item stands. */
export type ItemState = 'missing' | 'in-force' | 'ends-soon' | 'expired' | 'not-yet' | 'does-not-apply' | 'not-needed';

/** An item of the dossier with its document and its state. */
export interface DossierEntry {
  readonly item: DossierItem;
  readonly isNeeded: boolean;
  /** May be answered with "does not apply". */
  readonly mayNotApply: boolean;
  readonly monthsAtMost: number;
  readonly reference: string | null;
  readonly state: ItemState;
  readonly document: DossierDocument | null;
}

/** The whole dossier. */
export interface DossierStanding {
  readonly country: string;
  readonly entries: readonly DossierEntry[];
  /** What hinders sharing; empty: nothing. */
  readonly hindrances: readonly DossierItem[];
  readonly isExample: boolean;
}

/** A document that ends within so many days is told. */
const SOON_DAYS = 60;
const DAY_MS = 86_400_000;

/**
 * Where a dossier stands on a day, by the rules of the country.
 * @param documents the newest of each item
 */
export function standingOfDossier(
  country: string,
  documents: readonly DossierDocument[],
  nowMs: number,
): DossierStanding {
  const rules = countryRules(country);
  const entries = DOSSIER_ITEMS.map((item): DossierEntry => {
    const { needed, monthsAtMost, reference } = ITEM_RULES[item];
    const byCountry = rules.alsoNeeded.includes(item);
    const document = documents.find((one) => one.item === item) ?? null;
    const isNeeded = needed === 'always' || byCountry || needed === 'if-applicable';
    const mayNotApply = needed === 'if-applicable' && !byCountry;
    return {
      item,
      isNeeded,
      mayNotApply,
      monthsAtMost,
      reference,
      document,
      state: stateOf(document, { isNeeded, mayNotApply, nowMs }),
    };
  });
  const hindrances = entries
    .filter(({ isNeeded, state }) => isNeeded && ['missing', 'expired', 'not-yet'].includes(state))
    .map(({ item }) => item);
  return { country, entries, hindrances, isExample: documents.some(({ isExample }) => isExample) };
}

function stateOf(
  document: DossierDocument | null,
  {
    isNeeded,
    mayNotApply,
    nowMs,
  }: { readonly isNeeded: boolean; readonly mayNotApply: boolean; readonly nowMs: number },
): ItemState {
  if (document === null) return isNeeded ? 'missing' : 'not-needed';
  if (document.kind === 'does-not-apply') return mayNotApply ? 'does-not-apply' : 'missing';
  if (Date.parse(document.validFrom) > nowMs) return 'not-yet';
  // To the end of its last day.
  const endMs = Date.parse(document.validUntil) + DAY_MS;
  if (endMs <= nowMs) return 'expired';
  return endMs - nowMs <= SOON_DAYS * DAY_MS ? 'ends-soon' : 'in-force';
}

/** Why a document cannot be entered for an item; undefined: it can. */
export function documentFault(country: string, document: DossierDocument): string | undefined {
  const { needed, monthsAtMost } = ITEM_RULES[document.item];
  if (document.kind === 'does-not-apply') {
    if (needed !== 'if-applicable' || countryRules(country).alsoNeeded.includes(document.item)) {
      return 'this item always applies here';
    }
    return undefined;
  }
  const fromMs = Date.parse(document.validFrom);
  const untilMs = Date.parse(document.validUntil);
  if (!(untilMs >= fromMs)) return 'it ends before it begins';
  const end = new Date(fromMs);
  end.setUTCMonth(end.getUTCMonth() + monthsAtMost);
  if (untilMs > end.getTime()) return `it may be good for ${monthsAtMost} months at most`;
  return undefined;
}

/** A dossier for demonstrations: everything is there for a year from a day, and says that it is an example. */
export function exampleDossier(country: string, nowMs: number): readonly DossierDocument[] {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  return DOSSIER_ITEMS.filter(
    (item) => ITEM_RULES[item].needed !== 'by-country' || countryRules(country).alsoNeeded.includes(item),
  ).map((item) => ({
    item,
    kind: 'document',
    reference: `EXAMPLE ${item}`,
    responsible: 'Example person',
    validFrom: day(nowMs - DAY_MS),
    validUntil: day(nowMs + 365 * DAY_MS),
    isExample: true,
  }));
}
