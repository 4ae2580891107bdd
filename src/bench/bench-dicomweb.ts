import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { sql } from 'kysely';
import { SeededRandom } from '#base';
import { parseSearch, type QueryParameters, type SearchLevel, searchResult } from '#dicomweb';
import { DicomIndex, type DicomScope, type NodeTables, nodeMigrations } from '#node';
import { type Database, migrate, openDatabase } from '#store';
import type { Measurement } from './measurement.ts';

/** A cohort of this many studies, with two series of five images each. */
const STUDIES = 100_000;
const IMAGES_OF_STUDY = 10;
const CALLS = 60;
const NO_REFERENCE = 'none on this machine; target 50 ms';

/** A kind of question as a viewer asks it; each call asks with other values. */
interface Question {
  readonly name: string;
  readonly level: SearchLevel;
  readonly parameters: (random: SeededRandom) => QueryParameters;
  readonly scope?: (random: SeededRandom, studies: number) => DicomScope;
}

const QUESTIONS: readonly Question[] = [
  { name: 'newest 101 studies', level: 'study', parameters: () => ({ limit: '101', includefield: 'all' }) },
  {
    name: 'studies of one month',
    level: 'study',
    parameters: (random) => {
      const month = `${2010 + random.below(10)}${two(1 + random.below(12))}`;
      return { StudyDate: `${month}01-${month}31`, limit: '101' };
    },
  },
  {
    name: 'studies of a patient',
    level: 'study',
    parameters: (random) => ({ PatientID: personOf(random.below(60_000)) }),
  },
  {
    name: 'patients by a piece of the name',
    level: 'study',
    parameters: (random) => ({ PatientName: `*${personOf(random.below(60_000)).slice(6, 12)}*`, limit: '101' }),
  },
  {
    name: 'studies of a common modality',
    level: 'study',
    parameters: () => ({ ModalitiesInStudy: 'MG', limit: '101' }),
  },
  { name: 'studies of a rare modality', level: 'study', parameters: () => ({ ModalitiesInStudy: 'PT', limit: '101' }) },
  {
    name: 'studies of two modalities in a year',
    level: 'study',
    parameters: (random) => {
      const year = 2010 + random.below(10);
      return { ModalitiesInStudy: 'MG,DX', StudyDate: `${year}0101-${year}1231`, limit: '101' };
    },
  },
  {
    name: 'a far page of studies',
    level: 'study',
    parameters: (random) => ({ limit: '101', offset: String(random.below(50_000)) }),
  },
  {
    name: 'series of a study',
    level: 'series',
    parameters: () => ({ includefield: 'all' }),
    scope: (random, studies) => ({ studyInstanceUid: studyOf(random.below(studies)) }),
  },
  {
    name: 'images of a study',
    level: 'instance',
    parameters: () => ({}),
    scope: (random, studies) => ({ studyInstanceUid: studyOf(random.below(studies)) }),
  },
  { name: 'series of a modality', level: 'series', parameters: () => ({ Modality: 'CT', limit: '100' }) },
  {
    name: 'images of a patient',
    level: 'instance',
    parameters: (random) => ({ PatientID: personOf(random.below(60_000)), limit: '100' }),
  },
  {
    name: 'images of a modality in a month',
    level: 'instance',
    parameters: (random) => {
      const month = `${2010 + random.below(10)}${two(1 + random.below(12))}`;
      return { Modality: 'DX', StudyDate: `${month}01-${month}31`, limit: '100' };
    },
  },
];

/** Times searches on an index of a million images in SQLite, unless told how many; each measurement is a 95th percentile in milliseconds. */
export async function* benchDicomweb({
  studies = STUDIES,
}: {
  readonly studies?: number;
} = {}): AsyncGenerator<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-bench-'));
  const database = await openDatabase<NodeTables>({ engine: 'sqlite', path: join(folder, 'bench.sqlite') });
  try {
    await migrate(database, nodeMigrations);
    await fill(database, studies);
    const index = new DicomIndex(database);
    for (const question of QUESTIONS) {
      const { p95, results } = await timed(index, question, studies);
      const name = `dicomweb: ${question.name} (${results} results on average), p95 at ${(studies * IMAGES_OF_STUDY).toLocaleString('en')} images`;
      yield { name, value: p95, unit: 'ms', reference: NO_REFERENCE, reference_value: null, ratio: null };
    }
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function timed(index: DicomIndex, { level, parameters, scope }: Question, studies: number) {
  const random = new SeededRandom(7);
  const times: number[] = [];
  let results = 0;
  for (let call = 0; call < CALLS; call += 1) {
    const asked = parameters(random);
    const within = scope?.(random, studies) ?? {};
    const beganMs = performance.now();
    const query = parseSearch(level, asked);
    const rows = await index.search(query, within, []);
    const answer = rows.map((row) =>
      searchResult(row, query, { retrieveUrl: 'http://localhost/', fromLevel: 'study' }),
    );
    results += JSON.stringify(answer).length > 2 ? answer.length : 0;
    times.push(performance.now() - beganMs);
  }
  const sorted = times.toSorted((a, b) => a - b);
  return {
    p95: Number((sorted[Math.ceil(CALLS * 0.95) - 1] ?? Number.NaN).toFixed(1)),
    results: Math.round(results / CALLS),
  };
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** Odd factors make permutations of 32 bits: UIDs in no order, as pseudonyms are, each of them once. */
function scattered(number: number, factor: bigint): string {
  return String((BigInt(number) * factor) % 4_294_967_296n).padStart(10, '0');
}

function studyOf(number: number): string {
  return `2.25.1${scattered(number, 2_654_435_761n)}${scattered(number, 2_246_822_519n)}`;
}

function personOf(number: number): string {
  return `UNICA-${((BigInt(number) * 2_654_435_761n) % 4_294_967_296n).toString(16).padStart(8, '0')}${'0'.repeat(24)}`;
}

/** The rows themselves are made by the database, or making them would take longer than all searches. */
async function fill(database: Database<NodeTables>, studies: number): Promise<void> {
  const uid = (root: string, number: string) =>
    `'2.25.${root}' || printf('%010d%010d', (${number} * 2654435761) % 4294967296, (${number} * 2246822519) % 4294967296)`;
  const modality = (number: string) =>
    `case when ${number} % 1000 = 0 then 'PT' when ${number} % 10 < 4 then 'MG' when ${number} % 10 < 7 then 'DX' when ${number} % 10 < 9 then 'CT' else 'MR' end`;
  const study = `${uid('1', 'x')} as study, 'UNICA-' || printf('%08x', ((x * 48271) % 60000 * 2654435761) % 4294967296) || '${'0'.repeat(24)}' as person, strftime('%Y%m%d', 2455197.5 + (x * 7919) % 3652) as date, ${modality('x')} as modality`;
  const counting = (count: number) =>
    `with recursive n(x) as (select 0 union all select x + 1 from n where x + 1 < ${count})`;
  const statements = [
    `insert into dicom_studies ${counting(studies)} select study, person, date, '101500', '', '', '', case x % 2 when 0 then 'F' else 'M' end, modality, 2, 10 from (select x, ${study} from n)`,
    `insert into dicom_study_modalities (modality, study_date, study_instance_uid) ${counting(studies)} select modality, date, study from (select ${study} from n)`,
    `insert into dicom_series ${counting(studies * 2)} select study, ${uid('2', 'y')}, person, date, modality, y % 2, '', date, '101500', date, '101500', 'CHEST', '', 'Maker', 5 from (select y, ${study} from (select x / 2 as x, x as y from n))`,
    `insert into dicom_instances ${counting(studies * IMAGES_OF_STUDY)} select ${uid('3', 'y')}, study, ${uid('2', '(y / 5)')}, person, date, modality, '1.2.840.10008.5.1.4.1.1.2', y % 5, 512, 512, 16, 1, null, 'MONOCHROME2', '', '', '1.2.840.10008.1.2.1', 1.5, null, 1 from (select y, ${study} from (select x / 10 as x, x as y from n))`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(database.kysely);
}
