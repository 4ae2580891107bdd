import { isoInstant } from '#base';
import { csvCell } from '#mapping';
import { type CellValue, type WorkSheet, workbook } from '#paper';
import { type KitUse, type NetworkProgress, PROGRESS_TABLES, type ProgressTable, type TallyRow } from '#wire';
import { INDICATORS } from './indicators.ts';
import {
  FIGURE_TITLES,
  FRAME_TITLES,
  KIND_TITLES,
  MATERIAL_TITLES,
  PARTNER_TITLES,
  STATE_TITLES,
  STEP_TITLES,
  TABLE_TITLES,
  TURN_TITLES,
  targetWords,
} from './report-words.ts';

/** A table of the report. */
export interface ReportTable {
  readonly name: ProgressTable;
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly CellValue[])[];
}

const LANGUAGE_NAMES = new Intl.DisplayNames(['en'], { type: 'language' });
const DAY = 10;
const day = (ms: number | null): string | null => (ms === null ? null : isoInstant(ms).slice(0, DAY));

/** Every table of the report, in its order. */
function reportTables(progress: NetworkProgress): readonly ReportTable[] {
  return PROGRESS_TABLES.map((name) => reportTable(name, progress));
}

/** One table of the report. */
export function reportTable(name: ProgressTable, progress: NetworkProgress): ReportTable {
  return { name, title: TABLE_TITLES[name], ...contentOf(name, progress) };
}

function contentOf(name: ProgressTable, progress: NetworkProgress): Pick<ReportTable, 'head' | 'rows'> {
  const { totals, groups, access, learning } = progress;
  switch (name) {
    case 'summary':
      return {
        head: ['figure', 'value'],
        rows: [
          ['network', progress.network],
          ['as of', isoInstant(progress.atMs)],
          ['sites that take part', totals.members],
          ['of these in contact now', totals.online],
          ['countries', totals.countries],
          ['datasets', totals.datasets],
          ['studies', totals.studies],
          ['of these synthetic', totals.syntheticStudies],
          ['persons', totals.persons],
          ['images', totals.images],
          ['datasets whose node told no number of studies', totals.withheld],
          ['requests for access', access.requests.asked],
          ['permits in force', access.permits.valid],
          ['rounds of learning finished', learning.roundsDone],
          ['models registered', learning.models.registered],
          ['people reached by training', progress.training.people],
          ['materials of the campaign kit opened', usesOf(progress, ['view'])],
          ['materials printed, kept as files or copied', usesOf(progress, ['print', 'download', 'copy'])],
          ['materials handed out', usesOf(progress, ['handed-out'])],
        ],
      };
    case 'targets':
      return {
        head: ['target', 'aimed at', 'reached', 'share, %', 'due'],
        rows: progress.targets.map((target) => [
          targetWords(target),
          target.value,
          target.reached,
          Math.round((1000 * target.reached) / target.value) / 10,
          target.dueOn,
        ]),
      };
    case 'country':
    case 'cancer':
    case 'modality':
    case 'readiness':
      return {
        head: [name, 'sites', 'datasets', 'studies', 'of these synthetic', 'persons', 'images', 'no number told'],
        rows: groups[name].map((row) => [
          keyWords(name, row),
          row.sites,
          row.datasets,
          row.studies,
          row.syntheticStudies,
          row.persons,
          row.images,
          row.withheld,
        ]),
      };
    case 'months':
      return {
        head: ['month', 'sites', 'datasets', 'studies', 'quality', 'FAIR', 'label'],
        rows: progress.months.map(({ month, sites, datasets, studies, quality, fair, label }) => [
          month,
          sites,
          datasets,
          studies,
          quality,
          fair,
          label,
        ]),
      };
    case 'sites':
      return {
        head: ['site', 'country', 'state', 'health', 'tier', 'software', 'datasets', 'studies', 'quality', 'FAIR'],
        rows: progress.sites.map((site) => [
          site.siteId,
          site.country,
          site.state,
          site.flags.length === 0 ? site.health : `${site.health}: ${site.flags.join(', ')}`,
          site.tier,
          site.software,
          site.datasets,
          site.studies,
          site.quality,
          site.fair,
        ]),
      };
    case 'joining':
      return {
        head: ['site', 'step reached', 'since', 'days', 'whose turn'],
        rows: progress.joining.sites.map(({ siteId, step, sinceMs, days, turn }) => [
          siteId,
          STEP_TITLES[step],
          day(sinceMs),
          days,
          TURN_TITLES[turn],
        ]),
      };
    case 'projects':
      return {
        head: [
          'request',
          'title',
          'asked on',
          'holders',
          'granted',
          'holder to answer',
          'requester to answer',
          'permits',
        ],
        rows: access.projects.map((project) => [
          project.requestId,
          project.title,
          day(project.askedAtMs),
          project.holders,
          project.granted,
          project.waitingForHolder,
          project.waitingForRequester,
          project.permits,
        ]),
      };
    case 'jobs':
      return {
        head: ['job', 'title', 'state', 'rounds done', 'rounds', 'sites', 'model', 'last change'],
        rows: learning.jobs.map((job) => [
          job.jobId,
          job.title,
          job.state,
          job.roundsDone,
          job.rounds,
          job.sites,
          job.modelId,
          day(job.updatedAtMs),
        ]),
      };
    case 'training':
      return {
        head: ['month', 'finished in a course', 'certified outside a course'],
        rows: progress.training.months.map(({ month, inCourses, certified }) => [month, inCourses, certified]),
      };
    case 'incidents':
      return {
        head: ['when', 'what', 'about', 'why'],
        rows: progress.incidents.map(({ atMs, kind, subject, because }) => [isoInstant(atMs), kind, subject, because]),
      };
    case 'outreach':
      return {
        head: ['material', 'language', 'opened', 'printed', 'kept as a file', 'copied', 'handed out'],
        rows: progress.outreach.map((row) => [
          MATERIAL_TITLES[row.material],
          LANGUAGE_NAMES.of(row.language) ?? row.language,
          row.view,
          row.print,
          row.download,
          row.copy,
          row['handed-out'],
        ]),
      };
    case 'collaborations':
      return {
        head: ['from', 'to', 'with', 'body or project', 'kind', 'what', 'state', 'outcome', 'serves', 'evidence'],
        rows: progress.collaborations.map((activity) => [
          activity.startsOn,
          activity.endsOn,
          PARTNER_TITLES[activity.partner],
          activity.partnerName,
          KIND_TITLES[activity.kind],
          activity.title,
          STATE_TITLES[activity.state],
          activity.outcome,
          objectiveWords(activity.objectives),
          activity.evidence.map((one) => (one.kind === 'link' ? one.url : `SHA-256 ${one.sha256}`)).join('; '),
        ]),
      };
    case 'indicators':
      return {
        head: ['frame', 'what is asked', 'figure', 'value', 'aim of the source', 'source', 'place', 'address'],
        rows: progress.indicators.flatMap(({ frame, asks, source, figures }) => {
          const where = [source.title, source.place, source.url];
          if (figures.length === 0) return [[FRAME_TITLES[frame], asks, null, null, null, ...where]];
          return figures.map(({ figure, value, aim }) => [
            FRAME_TITLES[frame],
            asks,
            FIGURE_TITLES[figure],
            value,
            aim,
            ...where,
          ]);
        }),
      };
  }
}

/** How often anything of the kit was used in one of these ways. */
function usesOf({ outreach }: NetworkProgress, uses: readonly KitUse[]): number {
  return outreach.reduce((sum, row) => sum + uses.reduce((of, use) => of + row[use], 0), 0);
}

/** The key of a row in words: countries by their names, codes by theirs, tiers as such. */
export function keyWords(group: 'country' | 'cancer' | 'modality' | 'readiness', { key, name }: TallyRow): string {
  if (key === null) return 'not stated';
  switch (group) {
    case 'country':
      return new Intl.DisplayNames(['en'], { type: 'region' }).of(key) ?? key;
    case 'cancer':
      return name ?? key;
    case 'modality':
      return key.replaceAll('+', ' + ');
    case 'readiness':
      return `tier ${key}`;
  }
}

/** Objectives with the frame that each stands in. */
export function objectiveWords(objectives: NetworkProgress['collaborations'][number]['objectives']): string {
  return INDICATORS.filter(({ id }) => objectives.includes(id))
    .map(({ frame, asks }) => `${FRAME_TITLES[frame]}: ${asks}`)
    .join(' ');
}

/** A table as CSV (RFC 4180); no cell begins as a formula does. */
export function reportCsv({ head, rows }: ReportTable): string {
  return [head, ...rows].map((cells) => cells.map((cell) => csvCell(String(cell ?? ''))).join(',')).join('\r\n');
}

/** The whole report as a workbook, a sheet for each table. */
export function reportWorkbook(progress: NetworkProgress): Uint8Array {
  return workbook(reportTables(progress).map(({ title, head, rows }): WorkSheet => ({ name: title, head, rows })));
}
