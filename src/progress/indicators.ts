import type { IndicatorFigure, IndicatorStanding } from '#wire';

/** Where it is written. */
type Source = IndicatorStanding['source'];

/** What a funder or the law asks of a network of cancer images, and which of our figures speak to it. */
export interface Indicator extends Pick<IndicatorStanding, 'id' | 'frame' | 'asks' | 'source'> {
  readonly figures: readonly IndicatorFigure[];
  /** What the source itself aims at. */
  readonly aims?: Partial<Readonly<Record<IndicatorFigure, number>>>;
}

const CALL: Source = {
  title:
    'EU4Health call EU4H-2024-PJ-02-1 (CR-g-24-37), integration of cancer images into the federated infrastructure',
  place: 'Call objectives and expected outcome',
  url: 'https://euro-access.eu/en/calls/1479/Call-for-Proposal-to-support-integration-of-cancer-images-into-the-federated-pan-European-infrastructure-to-foster-screening-programmes',
};
const EHDS = (place: string): Source => ({
  title: 'European Health Data Space, Regulation (EU) 2025/327',
  place,
  url: 'https://eur-lex.europa.eu/eli/reg/2025/327/oj',
});
const IMAGING_INITIATIVE: Source = {
  title: "European Cancer Imaging Initiative, flagship of Europe's Beating Cancer Plan (European Commission)",
  place: 'What is expected by the end of 2026',
  url: 'https://digital-strategy.ec.europa.eu/sk/node/13537',
};
const MISSION = (place: string): Source => ({
  title: 'EU Mission: Cancer, implementation plan (European Commission, September 2021)',
  place,
  url: 'https://wbc-rti.info/object/link/23978.html',
});

/**
 * What the network reports against. Laws and calls change: this is data, each row with its source. The indicators of Annex II to Regulation
 * (EU) 2021/522 (EU4Health) are about health systems as a whole, and none of them is claimed here.
 */
export const INDICATORS: readonly Indicator[] = [
  {
    id: 'eu4health-nodes',
    frame: 'eu4health',
    asks: 'Hospitals and other imaging repositories are enabled to become a node of the federated infrastructure.',
    source: CALL,
    figures: ['sites-active', 'sites-publishing'],
  },
  {
    id: 'eu4health-readiness',
    frame: 'eu4health',
    asks: 'Repositories become ready to connect and to make their data available through Cancer Image Europe.',
    source: CALL,
    figures: ['datasets-tier-1', 'datasets-tier-2', 'datasets-tier-3'],
  },
  {
    id: 'eu4health-reach',
    frame: 'eu4health',
    asks: 'The geographical reach of the European Cancer Imaging Initiative grows.',
    source: CALL,
    figures: ['countries'],
  },
  {
    id: 'eu4health-screening',
    frame: 'eu4health',
    asks: 'Screening programmes for breast, lung and prostate cancer work with the cancer imaging infrastructure.',
    source: CALL,
    figures: ['studies-breast', 'studies-lung', 'studies-prostate'],
  },
  {
    id: 'ehds-descriptions',
    frame: 'ehds',
    asks: 'Holders describe their datasets, and look through the descriptions at least once a year.',
    source: EHDS('Articles 60(3) and 77'),
    figures: ['datasets', 'datasets-reviewed'],
  },
  {
    id: 'ehds-label',
    frame: 'ehds',
    asks: 'Datasets carry a data quality and utility label.',
    source: EHDS('Article 78'),
    figures: ['label-mean'],
  },
  {
    id: 'ehds-access',
    frame: 'ehds',
    asks: 'Applications for data are decided, and permits are issued.',
    source: EHDS('Articles 67 to 69'),
    figures: ['requests', 'requests-granted', 'requests-refused', 'permits-valid'],
  },
  {
    id: 'ehds-public',
    frame: 'ehds',
    asks: 'The public learns which permits were issued, and what came of them.',
    source: EHDS('Articles 57(1)(j) and 58'),
    figures: ['projects-public'],
  },
  {
    id: 'ebcp-cases',
    frame: 'beating-cancer',
    asks: 'More than 100,000 cases and 60 million images are available through the infrastructure.',
    source: IMAGING_INITIATIVE,
    figures: ['persons', 'studies', 'images'],
    aims: { persons: 100_000, images: 60_000_000 },
  },
  {
    id: 'ebcp-providers',
    frame: 'beating-cancer',
    asks: 'At least 30 data providers from 15 countries take part.',
    source: IMAGING_INITIATIVE,
    figures: ['sites-publishing', 'countries'],
    aims: { 'sites-publishing': 30, countries: 15 },
  },
  {
    id: 'ebcp-learning',
    frame: 'beating-cancer',
    asks: 'Algorithms learn from all providers without the data leaving them (federated learning).',
    source: IMAGING_INITIATIVE,
    figures: ['rounds', 'models'],
  },
  {
    id: 'mission-understanding',
    frame: 'cancer-mission',
    asks: 'Cancer is understood better.',
    source: MISSION('Objective 1'),
    figures: ['cancers', 'datasets'],
  },
  {
    id: 'mission-prevention',
    frame: 'cancer-mission',
    asks: 'Cancer is prevented, and found early by screening.',
    source: MISSION('Objective 2'),
    figures: ['studies-breast', 'studies-lung', 'studies-prostate'],
  },
  {
    id: 'mission-diagnosis',
    frame: 'cancer-mission',
    asks: 'Diagnosis and treatment are made better.',
    source: MISSION('Objective 3'),
    figures: ['models-evaluated'],
  },
  {
    id: 'mission-quality-of-life',
    frame: 'cancer-mission',
    asks: 'Patients and their families live better.',
    source: MISSION('Objective 4'),
    figures: [],
  },
];

/** Indicators with the network's figures. A figure that the network does not know is null, never nought. */
export function indicatorStandings(
  figures: Readonly<Record<IndicatorFigure, number | null>>,
): readonly IndicatorStanding[] {
  return INDICATORS.map(({ figures: names, aims = {}, ...indicator }) => ({
    ...indicator,
    figures: names.map((figure) => ({ figure, value: figures[figure], aim: aims[figure] ?? null })),
  }));
}
