import type { Quad } from '@rdfjs/types';
import { FAIR_METRICS } from './fair-metrics.ts';
import { PREFIXES } from './prefixes.ts';

/** What is known of a record beside its statements. */
export interface FairSurroundings {
  /** The landing page as HTML; absent where there is none. */
  readonly page?: string;
  /** The `Link` header of the record or page. */
  readonly link?: string;
  /** True where the record and its tables are answered at their addresses. */
  readonly isServed: boolean;
}

/** One metric of F-UJI: points, and what to do about those that are missing. */
export interface FairMetricScore {
  readonly metric: string;
  readonly name: string;
  readonly earned: number;
  readonly outOf: number;
  readonly tests: readonly { readonly test: string; readonly passed: boolean }[];
  /** What would earn more; empty where everything is earned. */
  readonly improve: string;
}

/** How findable, accessible, interoperable and reusable a record is. */
export interface FairScore {
  /** Percent of all points, one decimal. */
  readonly percent: number;
  readonly metrics: readonly FairMetricScore[];
}

/** What to do, by test. */
const IMPROVE: Readonly<Record<string, string>> = {
  'FsF-F1-01MD-1': 'Give the dataset an http address.',
  'FsF-F1-01MD-2': 'Give each distribution an access or download address.',
  'FsF-F1-02MD-1': 'Register a persistent identifier (DOI, Handle, ARK, w3id) and add it as adms:identifier.',
  'FsF-F1-02MD-2':
    'Register the identifier with an authority such as DataCite; what is registered cannot be seen offline.',
  'FsF-F1-02MD-4': 'Register a persistent identifier for the data as well.',
  'FsF-F1-02MD-5': 'Register the identifier of the data with an authority such as DataCite.',
  'FsF-F2-01M-2': 'Add creator, title, identifier, publisher and day of publication.',
  'FsF-F2-01M-3': 'Add a description and keywords.',
  'FsF-F3-01M-2': 'Add dcat:accessURL or dcat:downloadURL to a distribution.',
  'FsF-F4-01M-1': 'Put the record as schema.org JSON-LD into the landing page.',
  'FsF-A1-01M-1': 'Add dct:accessRights.',
  'FsF-A1-02MD-1': 'Publish the record, so that its address answers.',
  'FsF-A1-02MD-2': 'Publish a table or sample that can be downloaded.',
  'FsF-A1.1-01MD-1': 'Use an http address for the record.',
  'FsF-A1.1-01MD-2': 'Use http addresses for the data.',
  'FsF-A1.2-01MD-1': 'Use an http address for the record.',
  'FsF-A1.2-01MD-2': 'Use http addresses for the data.',
  'FsF-I1-01M-1': 'Put JSON-LD into the landing page.',
  'FsF-I1-01M-2': 'Answer Turtle or JSON-LD by content negotiation, or link to it with rel="describedby".',
  'FsF-I2-01M-2': 'Use terms of registered vocabularies, for example SKOS, PROV or DPV.',
  'FsF-I3-01M-1': 'Name what is related: dct:relation, dct:source, dct:isPartOf or dct:isReferencedBy.',
  'FsF-I3-01M-2': 'Give what is related as an address, not as text.',
  'FsF-R1-01M-1': 'Add dct:type.',
  'FsF-R1-01M-2': 'Add dcat:mediaType and dcat:byteSize to a distribution.',
  'FsF-R1-01M-3': 'Describe the variables: healthdcatap:hasVariables.',
  'FsF-R1.1-01M-1': 'Add dct:license to a distribution.',
  'FsF-R1.2-01M-1': 'Add dct:provenance, dct:creator and dct:issued.',
  'FsF-R1.2-01M-2': 'Add prov:wasGeneratedBy with an activity.',
  'FsF-R1.3-01M-1': 'Use HealthDCAT-AP or EUCAIM DCAT-AP.',
  'FsF-R1.3-01M-3': 'Use DCAT or Dublin Core.',
  'FsF-R1.3-02D-1': 'Offer an open format: application/dicom, text/csv.',
};

/**
 * The score of one dataset's record after F-UJI v0.8, worked out without the network: what only the network can tell
 * (whether an identifier is registered) earns nothing. Tests of which one suffices are capped by their metric.
 */
export function fairScore(record: readonly Quad[], surroundings: FairSurroundings): FairScore {
  const passes = testsOf(record, surroundings);
  const metrics = FAIR_METRICS.map(({ metric, name, outOf, tests }) => {
    const tried = Object.keys(tests).map((test) => ({ test, passed: passes[test]?.() === true }));
    const sum = tried.reduce((points, { test, passed }) => points + (passed ? (tests[test] ?? 0) : 0), 0);
    const earned = Math.min(outOf, sum);
    const lacking = tried.filter(({ test, passed }) => !passed && (tests[test] ?? 0) > 0);
    const improve = earned === outOf ? '' : lacking.map(({ test }) => IMPROVE[test] ?? '').join(' ');
    return { metric, name, earned, outOf, tests: tried, improve };
  });
  const all = metrics.reduce((sum, { outOf }) => sum + outOf, 0);
  const earned = metrics.reduce((sum, one) => sum + one.earned, 0);
  return { percent: Math.round((1000 * earned) / all) / 10, metrics };
}

const RDF_TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';
const PERSISTENT =
  /^(https?:\/\/)?((dx\.)?doi\.org\/10\.\d+|10\.\d{4,}\/|hdl\.handle\.net\/|w3id\.org\/|purl\.org\/|purl\.[a-z.]+\/|n2t\.net\/ark:|ark:\/|urn:nbn:|identifiers\.org\/)/i;
/** Open and scientific formats. */
const FORMATS = /media-types\/(application\/dicom|text\/csv|application\/(ld\+json|json|fhir\+json|parquet))$/;
const REGISTERED = ['skos', 'prov', 'dpv', 'dqv', 'csvw', 'odrl', 'adms', 'oa', 'vcard', 'spdx'];

function testsOf(record: readonly Quad[], { page = '', link = '', isServed }: FairSurroundings) {
  const [dataset] = record.filter(
    ({ predicate, object }) => predicate.value === RDF_TYPE && object.value === full('dcat:Dataset'),
  );
  const self = dataset?.subject;
  const own = record.filter(({ subject }) => self !== undefined && subject.equals(self));
  const has = (...names: readonly string[]) =>
    names.every((name) => own.some((one) => one.predicate.value === full(name)));
  const anywhere = (name: string) => record.filter(({ predicate }) => predicate.value === full(name));
  const uses = (prefix: string) =>
    record.some(({ predicate, object }) =>
      [predicate.value, object.value].some((iri) => iri.startsWith(full(`${prefix}:`))),
    );
  const data = [...anywhere('dcat:accessURL'), ...anywhere('dcat:downloadURL')].map(({ object }) => object.value);
  const isWeb = (address: string | undefined) => address !== undefined && /^https?:\/\//.test(address);
  const embedded = [...page.matchAll(/<script type="application\/ld\+json">(.*?)<\/script>/gs)].map(
    ([, text = '']) => text,
  );
  const identifiers = [self?.value ?? '', ...anywhere('skos:notation'), ...anywhere('adms:identifier')].map((one) =>
    typeof one === 'string' ? one : one.object.value,
  );
  const related = [
    'dct:relation',
    'dct:source',
    'dct:isPartOf',
    'dct:isReferencedBy',
    'dcat:inSeries',
    'dct:hasVersion',
  ].flatMap((name) => own.filter((one) => one.predicate.value === full(name)));
  const tests: Readonly<Record<string, () => boolean>> = {
    'FsF-F1-01MD-1': () => self?.termType === 'NamedNode' && /^(https?:|urn:(uuid|nbn):|doi:|hdl:)/.test(self.value),
    'FsF-F1-01MD-2': () => data.some(isWeb),
    'FsF-F1-02MD-1': () => identifiers.some((one) => PERSISTENT.test(one)),
    'FsF-F1-02MD-4': () => data.some((one) => PERSISTENT.test(one)),
    'FsF-F2-01M-2': () => has('dct:creator', 'dct:title', 'dct:identifier', 'dct:publisher', 'dct:issued'),
    'FsF-F2-01M-3': () => has('dct:description', 'dcat:keyword') && has('dct:creator', 'dct:title', 'dct:publisher'),
    'FsF-F3-01M-2': () => data.length > 0,
    'FsF-F4-01M-1': () => embedded.some((text) => /schema\.org/.test(text) && /"@type":"Dataset"/.test(text)),
    'FsF-A1-01M-1': () => has('dct:accessRights') || anywhere('dct:rights').length > 0,
    'FsF-A1-02MD-1': () => isServed,
    'FsF-A1-02MD-2': () => isServed && anywhere('dcat:downloadURL').length > 0,
    'FsF-A1.1-01MD-1': () => isWeb(self?.value),
    'FsF-A1.1-01MD-2': () => data.some(isWeb),
    'FsF-A1.2-01MD-1': () => isWeb(self?.value),
    'FsF-A1.2-01MD-2': () => data.some(isWeb),
    'FsF-I1-01M-1': () => embedded.some(isJson),
    'FsF-I1-01M-2': () => isServed && /rel="describedby"/.test(link),
    'FsF-I2-01M-2': () => REGISTERED.some(uses),
    'FsF-I3-01M-1': () => related.length > 0,
    'FsF-I3-01M-2': () => related.some(({ object }) => object.termType === 'NamedNode'),
    'FsF-R1-01M-1': () => self !== undefined,
    'FsF-R1-01M-2': () => anywhere('dcat:mediaType').length > 0 && anywhere('dcat:byteSize').length > 0,
    'FsF-R1-01M-3': () => anywhere('csvw:column').length > 0,
    'FsF-R1.1-01M-1': () => anywhere('dct:license').some(({ object }) => object.termType === 'NamedNode'),
    'FsF-R1.2-01M-1': () => has('dct:provenance') || has('dct:creator', 'dct:issued'),
    'FsF-R1.2-01M-2': () => own.some(({ predicate }) => predicate.value.startsWith(full('prov:'))),
    'FsF-R1.3-01M-1': () => uses('healthdcatap') || uses('eucaim'),
    'FsF-R1.3-01M-3': () => uses('dcat') || uses('dct'),
    'FsF-R1.3-02D-1': () => anywhere('dcat:mediaType').some(({ object }) => FORMATS.test(object.value)),
  };
  return tests;
}

function full(name: string): string {
  const [prefix = '', local = ''] = name.split(':');
  return `${PREFIXES[prefix] ?? `${prefix}:`}${local}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
