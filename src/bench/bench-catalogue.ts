import { recordAddresses, toTurtle } from '#record';
import { readRdf, validateRecord } from '#shacl';
import type { DatasetRecord } from '#wire';
import { type Measurement, median } from './measurement.ts';

const RECORDS = 1000;
const ROUNDS = 3;
/** What the product promises. */
const PROMISED_SECONDS = 2;

/**
 * Seconds to validate 1,000 whole records of 250 statements, one by one, parsed beforehand, on one thread: by the shapes
 * of Release 8 with its ranges, those of DCAT-AP 3.0.1 and its ranges; with all recommendations; and the parsing.
 */
export async function* benchCatalogue(records = RECORDS): AsyncGenerator<Measurement> {
  const texts = Array.from({ length: records }, (_, index) => {
    const record = recordNumber(index);
    return new TextEncoder().encode(
      toTurtle(record, recordAddresses('https://hub.example', record.siteId, record.name)),
    );
  });
  const parsing: number[] = [];
  const validating: number[] = [];
  const recommending: number[] = [];
  const working: number[] = [];
  const one = await readRdf(texts[0] ?? new Uint8Array(), 'turtle');
  await validateRecord(one, 'healthdcat-r8');
  for (let round = 0; round < ROUNDS; round += 1) {
    const beganMs = performance.now();
    const graphs = [];
    for (const text of texts) graphs.push(await readRdf(text, 'turtle'));
    const parsedMs = performance.now();
    const violations = await secondsFor(graphs, true);
    validating.push(violations.wall);
    working.push(violations.processor);
    recommending.push((await secondsFor(graphs, false)).wall);
    parsing.push((parsedMs - beganMs) / 1000);
  }
  yield measured(`catalogue ${records} records validated (healthdcat-r8)`, median(validating), records);
  yield measured(`catalogue ${records} records validated, processor time`, median(working), undefined);
  yield measured(`catalogue ${records} records validated, recommendations too`, median(recommending), undefined);
  yield measured(`catalogue ${records} records parsed from Turtle`, median(parsing), undefined);
}

async function secondsFor(
  graphs: readonly Awaited<ReturnType<typeof readRdf>>[],
  violationsOnly: boolean,
): Promise<{ readonly wall: number; readonly processor: number }> {
  const beganMs = performance.now();
  const before = process.cpuUsage();
  for (const graph of graphs) {
    const { conforms } = await validateRecord(graph, 'healthdcat-r8', { violationsOnly });
    if (!conforms) throw new RangeError('a record of the benchmark is not valid');
  }
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - beganMs) / 1000, processor: (user + system) / 1e6 };
}

function measured(name: string, seconds: number, promisedFor: number | undefined): Measurement {
  const value = Math.round(seconds * 1000) / 1000;
  const promised = promisedFor === undefined ? null : (PROMISED_SECONDS * promisedFor) / RECORDS;
  return {
    name,
    value,
    unit: 's',
    reference: promised === null ? 'none' : 'promised at most',
    reference_value: promised,
    ratio: promised === null ? null : Math.round((1000 * seconds) / promised) / 1000,
  };
}

/** Different, whole and valid. */
function recordNumber(index: number): DatasetRecord {
  return {
    siteId: `site-${index % 40}`,
    name: `dataset-${index}`,
    title: `Screening mammography ${index}`,
    description: 'Mammograms of organised screening.',
    country: 'PT',
    version: 1 + (index % 7),
    contentSha256: index.toString(16).padStart(64, '0'),
    publishedAtMs: Date.UTC(2026, 0, 1) + index * 3_600_000,
    persons: { count: 100 + index },
    studies: { count: 200 + index },
    images: { count: 800 + index },
    modalities: ['MG'],
    bodyParts: ['BREAST'],
    manufacturers: ['HOLOGIC, Inc.', 'SIEMENS'],
    sexes: { F: { count: 100 + index } },
    findings: { mass: { count: 20 + (index % 9) }, calcification: { count: 15 } },
    ageYears: { from: 45, to: 75 },
    conditions: ['DUO_0000042'],
    quality: { score: 97.5, checked: 800 + index, findings: 12, dimensions: [{ dimension: 'accuracy', score: 99 }] },
    synthetic: false,
    codes: {
      sexes: ['COM1001370'],
      modalities: ['IMG1000030'],
      manufacturers: ['IMG1000064', 'IMG1000044'],
      bodyParts: ['BP1000136'],
    },
    acquiredYears: { from: 2015, to: 2024 },
    smallestSpacingMm: 0.065,
    card: {
      publisherName: 'Hospital',
      contactEmail: 'data@hospital.example',
      condition: 'CLIN1000060',
      collectionMethod: 'patient-based',
      populationCoverage: 'Women invited to screening',
      legalBasis: ['A6-1-e', 'A9-2-j'],
      retentionUntil: '2036-12-31',
      hdabName: 'National body',
      hdabPage: 'https://hdab.example/',
    },
  };
}
