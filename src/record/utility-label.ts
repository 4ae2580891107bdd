import type { DatasetRecord, UtilityLabel } from '#wire';
import type { TypedField } from './typed-fields.ts';

type Dimension = UtilityLabel['dimensions'][number];
type Item = Dimension['items'][number];

/** Shorter descriptions tell nobody what a dataset is. */
const DESCRIBED_FROM_CHARACTERS = 80;
/** Findings of quality checks for each image that is well cared for. */
const FEW_FINDINGS = 0.05;

/**
 * The data quality and utility label after Article 78(3) of Regulation (EU) 2025/327 (EHDS), its six elements in their order, as far as a record
 * itself can show them: each is the share of its items that are met, technical quality the mean of the measured dimensions. What only an auditor
 * can say (processes, representativeness) earns nothing.
 */
export function utilityLabel(record: DatasetRecord): UtilityLabel {
  const { card = {}, quality, persons } = record;
  const typed = (item: Item['item'], field: TypedField, isMet: boolean): Item => ({ item, isMet, field });
  const computed = (item: Item['item'], isMet: boolean): Item => ({ item, isMet, field: null });
  const measured = quality.dimensions ?? [];
  const dimensions: readonly Dimension[] = [
    of('documentation', [
      typed('described', 'description', record.description.trim().length >= DESCRIBED_FROM_CHARACTERS),
      typed('condition', 'condition', card.condition !== undefined),
      typed('collection', 'collectionMethod', card.collectionMethod !== undefined),
      computed('variables', (record.variables ?? []).length > 0),
    ]),
    {
      dimension: 'technical-quality',
      score:
        measured.length === 0 ? quality.score : measured.reduce((sum, { score }) => sum + score, 0) / measured.length,
      items: [],
    },
    of('quality-management', [
      computed('checked', quality.checked > 0 && measured.length > 0),
      computed('few-findings', quality.checked > 0 && quality.findings <= FEW_FINDINGS * quality.checked),
    ]),
    of('coverage', [
      typed('population', 'populationCoverage', card.populationCoverage !== undefined),
      computed('period', record.acquiredYears !== null && record.acquiredYears !== undefined),
      computed('ages', record.ageYears !== null),
      computed('size', 'count' in persons),
    ]),
    of('access', [
      typed('conditions', 'conditions', record.conditions.length > 0),
      typed('legal-basis', 'legalBasis', card.legalBasis !== undefined),
      typed('contact', 'contactEmail', card.contactEmail !== undefined),
      typed('retention', 'retentionUntil', card.retentionUntil !== undefined),
      typed('hdab', 'hdabName', card.hdabName !== undefined),
    ]),
    of('modifications', [computed('versioned', true), computed('linked', (record.variables ?? []).length > 0)]),
  ];
  const score = dimensions.reduce((sum, one) => sum + one.score, 0) / dimensions.length;
  return {
    score: rounded(score),
    dimensions: dimensions.map((one) => ({ ...one, score: rounded(one.score), items: [...one.items] })),
  };
}

function of(dimension: Dimension['dimension'], items: Item[]): Dimension {
  return { dimension, score: (100 * items.filter(({ isMet }) => isMet).length) / items.length, items };
}

function rounded(score: number): number {
  return Math.round(10 * score) / 10;
}
