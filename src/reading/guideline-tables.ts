import type { OwnRead, PlanValue, SiteTable } from '#wire';

type Birads = NonNullable<Extract<OwnRead, { task: 'mammography' }>['right']>;

/** When a row speaks: all of what it names must hold. */
export interface Conditions {
  /** The assessment of either breast is one of these. */
  readonly eitherBreast?: readonly Birads[];
  /** The assessment of every breast that was imaged is one of these. */
  readonly everyBreast?: readonly Birads[];
  readonly density?: readonly ('a' | 'b' | 'c' | 'd')[];
  /** Years, both ends belong to it. */
  readonly ageYears?: readonly [from: number, to: number];
  readonly nodule?: readonly ('yes' | 'no' | 'unsure')[];
  /** Share of one within so many years: from, and below. */
  readonly risk?: { readonly years: number; readonly from: number; readonly below: number };
}

/** A table of a guideline: what it proposes when, and where that is written. */
export interface GuidelineTable {
  readonly tableId: string;
  readonly source: SiteTable['source'];
  readonly rows: readonly { readonly when: Conditions; readonly proposes: readonly PlanValue[] }[];
}

const pathway = (name: Extract<PlanValue, { part: 'pathway' }>['pathway']): PlanValue => ({
  part: 'pathway',
  pathway: name,
});
const interval = (months: number): PlanValue => ({ part: 'interval', months });

/**
 * What is published. None of these speaks of the score of a model: what follows from a band of risk is the site's own table,
 * which is empty until the site fills it.
 * @note BI-RADS names assessment and management; the interval of routine screening is that of the programme.
 */
export const PUBLISHED_TABLES: readonly GuidelineTable[] = [
  {
    tableId: 'birads-5',
    source: {
      title: 'ACR BI-RADS Atlas, Breast Imaging Reporting and Data System, 5th edition',
      year: 2013,
      place: 'Mammography, II. Reporting System: assessment categories and the management that goes with them',
      url: null,
    },
    rows: [
      { when: { eitherBreast: ['0'] }, proposes: [pathway('additional-imaging')] },
      { when: { everyBreast: ['1', '2'] }, proposes: [pathway('routine')] },
      { when: { eitherBreast: ['3'] }, proposes: [pathway('short-follow-up'), interval(6)] },
      { when: { eitherBreast: ['4', '4A', '4B', '4C', '5'] }, proposes: [pathway('tissue-diagnosis')] },
      { when: { eitherBreast: ['6'] }, proposes: [pathway('known-cancer')] },
    ],
  },
  {
    tableId: 'ecibc',
    source: {
      title:
        'Breast Cancer Screening and Diagnosis: A Synopsis of the European Breast Guidelines. Ann Intern Med 172:46-56',
      year: 2020,
      place: 'Recommendations on screening ages and frequencies, for women at average risk',
      url: 'https://doi.org/10.7326/M19-2125',
    },
    rows: [
      { when: { everyBreast: ['1', '2'], ageYears: [50, 69] }, proposes: [interval(24)] },
      { when: { everyBreast: ['1', '2'], ageYears: [70, 74] }, proposes: [interval(36)] },
    ],
  },
  {
    tableId: 'eusobi-dense',
    source: {
      title:
        'Breast cancer screening in women with extremely dense breasts: recommendations of EUSOBI. Eur Radiol 32:4036-4045',
      year: 2022,
      place: 'Recommendations (Figure 1): women of 50 to 70 years, MRI every two to four years',
      url: 'https://doi.org/10.1007/s00330-022-08617-6',
    },
    rows: [
      {
        when: { density: ['d'], ageYears: [50, 70], everyBreast: ['1', '2'] },
        proposes: [{ part: 'supplemental', exam: 'mri', everyMonths: { from: 24, to: 48 } }],
      },
    ],
  },
  {
    tableId: 'nice-ng12',
    source: {
      title: 'Suspected cancer: recognition and referral. NICE guideline NG12',
      year: 2015,
      place: 'Recommendation 1.1.1: chest X-ray findings that suggest lung cancer',
      url: 'https://www.nice.org.uk/guidance/ng12',
    },
    rows: [{ when: { nodule: ['yes'] }, proposes: [pathway('suspected-cancer-referral')] }],
  },
];
