import { offsetFrom, type ReadCell } from '#mapping';
import { newRow, type PersonRow } from './person-row.ts';

const DIAGNOSIS = 'GEN1000008';
const TREATMENT = 'GEN1000007';
const OFFSET_TYPE = 'DECIMAL(5,2)';

/** Columns with the first day of a treatment, and with its last. */
const STARTS: Readonly<Record<string, readonly [start: string, end: string | undefined]>> = {
  surgical_procedure: ['surgical_procedure_date', undefined],
  radiotherapy: ['radiotherapy_start_date', 'radiotherapy_end_date'],
  medication_administration: ['medication_start_date', 'medication_end_date'],
};

/** Tables with a column that names the episode. */
const OF_TREATMENT = ['treatment', ...Object.keys(STARTS)];

/**
 * Adds the episodes of a person's disease and says of each examination, treatment and procedure in which it was: the diagnosis, until the first day
 * of a treatment that is known; the treatment from then on; and what tables say by themselves (progression, relapse, remission, active
 * surveillance), for the examinations that they name. Examinations are numbered within their episode, by day. People without a cancer and
 * without a treatment have no episodes; their examinations are numbered by day.
 *
 * The model has one event for each episode: the row that begins it. The others are found by their column `Episode`.
 */
export function addEpisodes(
  rows: PersonRow[],
  person: string,
  tables: readonly { readonly cells: ReadonlyMap<string, ReadCell> }[],
): void {
  // Another warehouse wrote them already.
  if (rows.some(({ table }) => table === 'episode')) return;
  const of = (table: string) => rows.filter((row) => row.table === table);
  const conditions = of('cancer_condition');
  const treatments = of('treatment');
  const studies = of('image_study');
  const dayOf = dayOfStudies(rows);
  const said = saidOfStudies(tables);
  const [first] = conditions;
  const diagnosedOn = text(first?.values['cancer_condition_asserted_date']);
  const drafts: {
    code: string;
    start: string | null;
    end: string | null;
    event: PersonRow;
    own: PersonRow | undefined;
  }[] = [];
  for (const condition of conditions) {
    const start = text(condition.values['cancer_condition_asserted_date']);
    drafts.push({ code: DIAGNOSIS, start, end: null, event: condition, own: condition });
  }
  const days = Object.entries(STARTS).flatMap(([table, [start, end]]) =>
    of(table).map(({ values }) => ({ start: text(values[start]), end: end === undefined ? null : text(values[end]) })),
  );
  const treatedOn = earliest(days.map(({ start }) => start));
  const [treatment] = treatments;
  if (treatment !== undefined) {
    const end = latest(days.flatMap(({ start, end: last }) => [last ?? start]));
    drafts.push({
      code: TREATMENT,
      start: treatedOn,
      end: treatedOn === null ? null : end,
      event: treatment,
      own: undefined,
    });
  }
  const episodeOf = new Map<PersonRow, string>();
  for (const study of studies) {
    const told = said.get(String(study.values['study_uid']));
    const day = dayOf(study);
    const isLater = treatedOn !== null && day !== null && day >= treatedOn;
    const code = told ?? (isLater ? TREATMENT : first === undefined ? undefined : DIAGNOSIS);
    if (code === undefined) continue;
    episodeOf.set(study, code);
    const known = drafts.find((draft) => draft.code === code);
    if (known === undefined) drafts.push({ code, start: day, end: null, event: study, own: undefined });
    else if (known.event.table === 'image_study' && day !== null && (known.start === null || day < known.start)) {
      known.start = day;
      known.event = study;
    }
  }
  drafts.sort((a, b) => (a.start ?? '9999').localeCompare(b.start ?? '9999') || a.code.localeCompare(b.code));
  const byCode = new Map<string, PersonRow>();
  const byCondition = new Map<PersonRow, PersonRow>();
  drafts.forEach(({ code, start, end, own }, at) => {
    const episode = newRow(rows, 'episode', {
      patient_id: person,
      episode_type_code: code,
      episode_number: at + 1,
      episode_start_date: start,
      episode_end_date: end,
    });
    if (start !== null && diagnosedOn !== null) {
      const offset = offsetFrom(start, diagnosedOn, OFFSET_TYPE);
      episode.values['episode_offset_from_diagnosis'] = offset?.value ?? null;
      episode.values['episode_offset_unit'] = offset?.unit ?? null;
    }
    if (!byCode.has(code)) byCode.set(code, episode);
    if (own !== undefined) byCondition.set(own, episode);
  });
  const diagnosis = byCode.get(DIAGNOSIS);
  for (const episode of byCode.values())
    if (episode !== diagnosis && diagnosis !== undefined && episode.values['episode_type_code'] !== DIAGNOSIS)
      episode.values['episode_parent_id'] = idOf(diagnosis);
  const numberOf = (code: string) => idOf(byCode.get(code));
  for (const [condition, episode] of byCondition) condition.values['Episode'] = idOf(episode);
  for (const table of OF_TREATMENT) for (const row of of(table)) row.values['Episode'] ??= numberOf(TREATMENT);
  numberStudies(studies, episodeOf, dayOf);
  const procedures = new Map(of('procedure').map((row) => [row.values['procedure_id'], row]));
  for (const study of studies) {
    const procedure = procedures.get(study.values['procedure_id'] ?? null);
    if (procedure === undefined) continue;
    procedure.values['Episode'] ??= numberOf(episodeOf.get(study) ?? '');
    procedure.values['ImagingTimepoint'] ??= study.values['ImagingTimepoint'] ?? null;
  }
  for (const procedure of procedures.values()) {
    const day = text(procedure.values['procedure_date']);
    const isLater = treatedOn !== null && day !== null && day >= treatedOn;
    procedure.values['Episode'] ??= numberOf(isLater ? TREATMENT : DIAGNOSIS);
  }
  // Events last: what they point to has its number now.
  drafts.forEach(({ event }, at) => {
    newRow(rows, 'episode_event', {
      episode_id: at + 1,
      event_table_id: keyNumber(event),
      event_table_name: event.table,
    });
  });
}

/** The day of an examination: of its procedure, or of its earliest series. */
function dayOfStudies(rows: readonly PersonRow[]): (study: PersonRow) => string | null {
  const days = new Map<unknown, string | null>();
  for (const { table, values } of rows) {
    if (table !== 'image_series') continue;
    const day = text(values['series_acquisition_date']);
    days.set(values['study_id'], earliest([days.get(values['study_id']) ?? null, day]));
  }
  const procedures = new Map(
    rows
      .filter(({ table }) => table === 'procedure')
      .map(({ values }) => [values['procedure_id'], text(values['procedure_date'])]),
  );
  return ({ values }) => procedures.get(values['procedure_id'] ?? null) ?? days.get(values['study_id']) ?? null;
}

/** Episodes that tables give to examinations, by the examination's new UID. */
function saidOfStudies(
  tables: readonly { readonly cells: ReadonlyMap<string, ReadCell> }[],
): ReadonlyMap<string, string> {
  return new Map(
    tables.flatMap(({ cells }) => {
      const [study, episode] = [cells.get('study-uid'), cells.get('episode')];
      return study === undefined || episode === undefined
        ? []
        : [[String(study.value), String(episode.value)] as const];
    }),
  );
}

function numberStudies(
  studies: readonly PersonRow[],
  episodeOf: ReadonlyMap<PersonRow, string>,
  dayOf: (study: PersonRow) => string | null,
): void {
  const last = new Map<string, number>();
  const inOrder = studies.toSorted(
    (a, b) =>
      (dayOf(a) ?? '9999').localeCompare(dayOf(b) ?? '9999') ||
      String(a.values['study_uid']).localeCompare(String(b.values['study_uid'])),
  );
  for (const study of inOrder) {
    const code = episodeOf.get(study) ?? '';
    const next = (last.get(code) ?? 0) + 1;
    study.values['ImagingTimepoint'] ??= next;
    last.set(code, Math.max(next, Number(study.values['ImagingTimepoint'])));
  }
}

function idOf(episode: PersonRow | undefined): number | null {
  const id = episode?.values['episode_id'];
  return typeof id === 'number' ? id : null;
}

function keyNumber({ table, values }: PersonRow): number | null {
  const id = values[table === 'image_study' ? 'study_id' : `${table}_id`];
  return typeof id === 'number' ? id : null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function earliest(days: readonly (string | null)[]): string | null {
  return days.reduce((least, day) => (day !== null && (least === null || day < least) ? day : least), null);
}

function latest(days: readonly (string | null)[]): string | null {
  return days.reduce((most, day) => (day !== null && (most === null || day > most) ? day : most), null);
}
