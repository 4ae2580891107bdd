// The metrics of F-UJI v0.8 (https://github.com/pangaea-data-publisher/fuji, metrics_v0.8.yaml, MIT): identifiers, names, scores.
/** A metric of F-UJI with the points that its tests can earn together. */
export interface FairMetric {
  readonly metric: string;
  readonly name: string;
  readonly outOf: number;
  /** Points by test. */
  readonly tests: Readonly<Record<string, number>>;
}

/** In the order of the source. */
export const FAIR_METRICS: readonly FairMetric[] = [
  {
    metric: 'FsF-F1-01MD',
    name: 'Metadata and data are assigned a globally unique identifier.',
    outOf: 1,
    tests: { 'FsF-F1-01MD-1': 1, 'FsF-F1-01MD-2': 0 },
  },
  {
    metric: 'FsF-F1-02MD',
    name: 'Metadata and data are assigned a persistent identifier.',
    outOf: 1,
    tests: { 'FsF-F1-02MD-1': 0.5, 'FsF-F1-02MD-2': 0.5, 'FsF-F1-02MD-4': 0, 'FsF-F1-02MD-5': 0 },
  },
  {
    metric: 'FsF-F2-01M',
    name: 'Metadata includes descriptive core elements (creator, title, data identifier, publisher, publication date, summary and keywords) to support data findability.',
    outOf: 2,
    tests: { 'FsF-F2-01M-2': 1, 'FsF-F2-01M-3': 1 },
  },
  {
    metric: 'FsF-F3-01M',
    name: 'Metadata includes the identifier of the data it describes.',
    outOf: 1,
    tests: { 'FsF-F3-01M-2': 1 },
  },
  {
    metric: 'FsF-F4-01M',
    name: 'Metadata is offered in such a way that it can be registered or indexed by search engines.',
    outOf: 2,
    tests: { 'FsF-F4-01M-1': 2 },
  },
  {
    metric: 'FsF-A1-01M',
    name: 'Metadata contains access level and access conditions of the data.',
    outOf: 1,
    tests: { 'FsF-A1-01M-1': 1 },
  },
  {
    metric: 'FsF-A1-02MD',
    name: 'Metadata and data are retrievable by their identifier',
    outOf: 2,
    tests: { 'FsF-A1-02MD-1': 1, 'FsF-A1-02MD-2': 1 },
  },
  {
    metric: 'FsF-A1.1-01MD',
    name: 'A standardized communication protocol is used to access metadata and data.',
    outOf: 2,
    tests: { 'FsF-A1.1-01MD-1': 1, 'FsF-A1.1-01MD-2': 1 },
  },
  {
    metric: 'FsF-A1.2-01MD',
    name: 'Metadata and data are accessible through a standardized communication protocol which supports authentication.',
    outOf: 2,
    tests: { 'FsF-A1.2-01MD-1': 1, 'FsF-A1.2-01MD-2': 1 },
  },
  {
    metric: 'FsF-I1-01M',
    name: 'Metadata is represented using a formal knowledge representation language.',
    outOf: 2,
    tests: { 'FsF-I1-01M-1': 2, 'FsF-I1-01M-2': 2 },
  },
  {
    metric: 'FsF-I2-01M',
    name: 'Metadata uses registered semantic resources',
    outOf: 2,
    tests: { 'FsF-I2-01M-2': 2 },
  },
  {
    metric: 'FsF-I3-01M',
    name: 'Metadata includes qualified references between the data and its related entities.',
    outOf: 2,
    tests: { 'FsF-I3-01M-1': 2, 'FsF-I3-01M-2': 2 },
  },
  {
    metric: 'FsF-R1-01M',
    name: 'Metadata specifies the content of the data.',
    outOf: 2,
    tests: { 'FsF-R1-01M-1': 1, 'FsF-R1-01M-2': 1, 'FsF-R1-01M-3': 0 },
  },
  {
    metric: 'FsF-R1.1-01M',
    name: 'Metadata includes license information under which data can be reused.',
    outOf: 1,
    tests: { 'FsF-R1.1-01M-1': 1 },
  },
  {
    metric: 'FsF-R1.2-01M',
    name: 'Metadata includes provenance information about data creation or generation.',
    outOf: 1,
    tests: { 'FsF-R1.2-01M-1': 1, 'FsF-R1.2-01M-2': 1 },
  },
  {
    metric: 'FsF-R1.3-01M',
    name: 'Metadata follows a standard recommended by the target research community of the data.',
    outOf: 1,
    tests: { 'FsF-R1.3-01M-1': 1, 'FsF-R1.3-01M-3': 1 },
  },
  {
    metric: 'FsF-R1.3-02D',
    name: 'Data is available in a file format recommended by the target research community.',
    outOf: 1,
    tests: { 'FsF-R1.3-02D-1': 1 },
  },
];
