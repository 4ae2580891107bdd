import { type OwnRead, PLAN_PATHWAYS, type Plan, type PlanSheet, type SiteTable } from '#wire';
import type { Conditions, GuidelineTable } from './guideline-tables.ts';

/** What a plan is proposed from. */
export interface PlanFacts {
  readonly ownRead: OwnRead;
  readonly ageYears: number | null;
  /** Of an opinion that was released to the reader; its intervals do not decide. */
  readonly risks: readonly { readonly years: number; readonly value: number }[];
}

/** The site's own table in the form of the published ones. */
export function tableOfSite(table: SiteTable): GuidelineTable {
  return {
    tableId: 'site',
    source: table.source,
    rows: table.bands.map(({ from, below, intervalMonths, supplemental }) => ({
      when: { risk: { years: table.years, from, below } },
      proposes: [
        ...(intervalMonths === null ? [] : [{ part: 'interval', months: intervalMonths } as const]),
        ...(supplemental === null ? [] : [{ part: 'supplemental', exam: supplemental, everyMonths: null } as const]),
      ],
    })),
  };
}

/** Everything that the tables propose, in their order, with the source of each. */
export function proposedBy(tables: readonly GuidelineTable[], facts: PlanFacts): PlanSheet['proposed'] {
  return tables.flatMap(({ tableId, source, rows }) =>
    rows
      .filter(({ when }) => holds(when, facts))
      .flatMap(({ proposes }) => proposes.map((value) => ({ table: tableId, value, source }))),
  );
}

/** The most pressing pathway last. @note A known cancer stands below what is suspected newly, as in BI-RADS (0, 4, 5 above 6). */
const PRESSING: readonly Plan['pathway'][] = [
  'nothing-from-this-study',
  'routine',
  'short-follow-up',
  'known-cancer',
  'additional-imaging',
  'suspected-cancer-referral',
  'tissue-diagnosis',
];

/**
 * One choice of what is proposed, to begin from: the most pressing pathway, the shortest interval, the first exam. Whoever is
 * examined further now has no interval: it follows from what the examination finds.
 */
export function planSuggestion(proposed: PlanSheet['proposed']): Plan {
  const values = proposed.map(({ value }) => value);
  const pathways = values.flatMap((value) => (value.part === 'pathway' ? [value.pathway] : []));
  const pathway = pathways.reduce<Plan['pathway']>(
    (pressing, one) => (PRESSING.indexOf(one) > PRESSING.indexOf(pressing) ? one : pressing),
    'nothing-from-this-study',
  );
  const intervals = values.flatMap((value) => (value.part === 'interval' ? [value.months] : []));
  const returns = pathway === 'routine' || pathway === 'short-follow-up' || pathway === 'nothing-from-this-study';
  const exam = values.find((value) => value.part === 'supplemental');
  return {
    pathway: PLAN_PATHWAYS.find((name) => name === pathway) ?? 'nothing-from-this-study',
    intervalMonths: returns && intervals.length > 0 ? Math.min(...intervals) : null,
    supplemental: exam?.part === 'supplemental' ? exam.exam : 'none',
  };
}

function holds(when: Conditions, { ownRead, ageYears, risks }: PlanFacts): boolean {
  const breasts =
    ownRead.task === 'mammography' ? [ownRead.right, ownRead.left].filter((category) => category !== null) : [];
  const { eitherBreast, everyBreast, density, ageYears: ages, nodule, risk } = when;
  if (eitherBreast !== undefined && !breasts.some((category) => eitherBreast.includes(category))) return false;
  if (everyBreast !== undefined) {
    if (breasts.length === 0 || !breasts.every((category) => everyBreast.includes(category))) return false;
  }
  if (density !== undefined) {
    if (ownRead.task !== 'mammography' || ownRead.density === null || !density.includes(ownRead.density)) return false;
  }
  if (ages !== undefined && (ageYears === null || ageYears < ages[0] || ageYears > ages[1])) return false;
  if (nodule !== undefined && (ownRead.task !== 'chest' || !nodule.includes(ownRead.nodule))) return false;
  if (risk === undefined) return true;
  const told = risks.find(({ years }) => years === risk.years)?.value;
  return told !== undefined && told >= risk.from && told < risk.below;
}
