import {
  type DataSetFinding,
  dataSetFinding,
  groupedBy,
  imagesOf,
  type Member,
  membersOf,
} from './data-set-finding.ts';
import type { ImageRecord, MrSequence } from './image-record.ts';

const STANDARD_VIEWS = ['R CC', 'L CC', 'R MLO', 'L MLO'] as const;
const CHEST = /CHEST|THORAX|LUNG/;
const PROSTATE = /PROSTAT/;

/** A person is as old in all examinations: by dates of birth to the year, by ages to two of them. */
const BIRTH_YEARS_APART = { exact: 0, byAge: 2 } as const;

/** Whether examinations have all their pictures, and people are the same in all of theirs. */
export function checkStudies(records: readonly ImageRecord[]): readonly DataSetFinding[] {
  const all = membersOf(records);
  const studies = [...groupedBy(all, ({ record }) => record.studyInstanceUid).values()];
  const people = [...groupedBy(all, ({ record }) => record.person).values()];
  return [
    ...studies.flatMap((own) => [
      ...checkPeople(own),
      ...checkMammography(own),
      ...checkChest(own),
      ...checkProstate(own),
    ]),
    ...people.flatMap(checkPerson),
  ];
}

function checkPeople(members: readonly Member[]): readonly DataSetFinding[] {
  const people = new Set(members.map(({ record }) => record.person).filter((person) => person !== ''));
  return people.size > 1 ? [dataSetFinding('study-patients', imagesOf(members))] : [];
}

function checkMammography(members: readonly Member[]): readonly DataSetFinding[] {
  const breasts = members.filter(
    ({ record }) => record.modality === 'MG' && (record.kind === 'projection' || record.kind === 'tomosynthesis'),
  );
  if (breasts.length === 0) return [];
  const findings: DataSetFinding[] = [];
  const named = breasts.filter(({ record }) => viewKey(record) !== null);
  const seen = new Set(named.map(({ record }) => viewKey(record)));
  const missing = STANDARD_VIEWS.filter((view) => !seen.has(view));
  // A picture that does not say what it shows may be the one that is missed; that it does not say is told already.
  if (missing.length > breasts.length - named.length) {
    findings.push(dataSetFinding('mammography-views', imagesOf(breasts), { missing: missing.join(', ') }));
  }
  const flat = named.filter(({ record }) => record.kind === 'projection');
  const flatViews = new Set(flat.map(({ record }) => viewKey(record)));
  const alone = named.filter(({ record }) => record.kind === 'tomosynthesis' && !flatViews.has(viewKey(record)));
  if (alone.length > 0) {
    const views = [...new Set(alone.map(({ record }) => viewKey(record)))].join(', ');
    findings.push(dataSetFinding('tomosynthesis-alone', imagesOf(alone), { views }));
  }
  const byView = groupedBy(flat, ({ record }) => `${viewKey(record)}${record.isForProcessing ? ' raw' : ''}`);
  for (const repeated of byView.values()) {
    const [first] = repeated;
    if (repeated.length < 2 || first === undefined) continue;
    const view = viewKey(first.record) ?? '';
    findings.push(dataSetFinding('repeated-view', imagesOf(repeated), { count: repeated.length, view }));
  }
  return findings;
}

/** Side and view, such as `L CC`; null where one is not told. */
function viewKey({ side, view }: ImageRecord): string | null {
  return side === null || side === undefined || view === null ? null : `${side} ${view}`;
}

function checkChest(members: readonly Member[]): readonly DataSetFinding[] {
  const films = members.filter(
    ({ record }) => (record.modality === 'DX' || record.modality === 'CR') && CHEST.test(record.bodyPart),
  );
  const isTold = films.every(({ record }) => record.view !== null);
  const hasFrontal = films.some(({ record }) => record.view === 'PA' || record.view === 'AP');
  return films.length > 0 && isTold && !hasFrontal ? [dataSetFinding('chest-frontal', imagesOf(films))] : [];
}

const PROSTATE_SEQUENCES: readonly (readonly [MrSequence, string])[] = [
  ['T2', 'a T2-weighted series'],
  ['DWI', 'a diffusion series (DWI or ADC)'],
];

/** Two sequences are enough for a biparametric examination (PI-RADS 2.1); contrast is not asked for. */
function checkProstate(members: readonly Member[]): readonly DataSetFinding[] {
  const slices = members.filter(({ record }) => record.modality === 'MR' && PROSTATE.test(record.bodyPart));
  if (slices.length === 0) return [];
  const missing = PROSTATE_SEQUENCES.filter(([name]) => !slices.some(({ record }) => record.sequence === name));
  if (missing.length === 0) return [];
  const names = missing.map(([, name]) => name).join(' and ');
  return [dataSetFinding('prostate-sequences', imagesOf(slices), { missing: names })];
}

function checkPerson(members: readonly Member[]): readonly DataSetFinding[] {
  const findings: DataSetFinding[] = [];
  const sexes = new Set(members.map(({ record }) => record.sex).filter((sex) => sex === 'F' || sex === 'M'));
  if (sexes.size > 1) findings.push(dataSetFinding('patient-sex', imagesOf(members)));
  const births = members.flatMap(({ record }) => record.birthYear ?? []);
  const years = births.map(({ year }) => year);
  const apart = years.length === 0 ? 0 : Math.max(...years) - Math.min(...years);
  const allowed = births.every(({ isExact }) => isExact) ? BIRTH_YEARS_APART.exact : BIRTH_YEARS_APART.byAge;
  if (apart > allowed) findings.push(dataSetFinding('patient-birth', imagesOf(members), { years: apart }));
  return findings;
}
