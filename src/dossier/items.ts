import { DOSSIER_ITEM_NAMES } from '#wire';

/** What the legal dossier of a federated node holds (EUCAIM handbook, onboarding), and what single countries ask for. */
export const DOSSIER_ITEMS = DOSSIER_ITEM_NAMES;

/** One of {@link DOSSIER_ITEMS}. */
export type DossierItem = (typeof DOSSIER_ITEMS)[number];

/** How an item of the dossier is treated where a country says nothing else. */
export interface ItemRule {
  /** `if-applicable`: it may be answered with "does not apply" and why. `by-country`: only where a country asks for it. */
  readonly needed: 'always' | 'if-applicable' | 'by-country';
  /** A document is good for at most so many months. */
  readonly monthsAtMost: number;
  /** Which rule asks for it, by the id of its reference; null: Cancer Image Europe does. */
  readonly reference: string | null;
}

/** The rules of all items. */
export const ITEM_RULES: Readonly<Record<DossierItem, ItemRule>> = {
  representation: { needed: 'always', monthsAtMost: 60, reference: null },
  'legal-basis': { needed: 'always', monthsAtMost: 36, reference: 'gdpr-art-6-9' },
  'sharing-agreement': { needed: 'always', monthsAtMost: 60, reference: null },
  'ethics-approval': { needed: 'if-applicable', monthsAtMost: 60, reference: null },
  'dpo-report': { needed: 'always', monthsAtMost: 24, reference: null },
  dpia: { needed: 'always', monthsAtMost: 24, reference: 'gdpr-art-35' },
  'security-evidence': { needed: 'always', monthsAtMost: 36, reference: null },
  'service-level': { needed: 'always', monthsAtMost: 60, reference: null },
  'national-law': { needed: 'if-applicable', monthsAtMost: 36, reference: null },
  'special-conditions': { needed: 'if-applicable', monthsAtMost: 60, reference: null },
  'ethics-training': { needed: 'always', monthsAtMost: 36, reference: null },
  'negotiation-contact': { needed: 'always', monthsAtMost: 24, reference: null },
  'transfer-instrument': { needed: 'by-country', monthsAtMost: 36, reference: 'gdpr-chapter-5' },
  'transfer-assessment': { needed: 'by-country', monthsAtMost: 24, reference: 'scc-2021-914' },
};
