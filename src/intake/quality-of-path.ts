import { asUnicaError } from '#base';
import { pixelCodecs } from '#codecs';
import { outlineDicom, parseDicom } from '#dicom';
import {
  checkDataSet,
  type DataSetFinding,
  type DimensionScore,
  dimensionScores,
  type GeneralisationAdvice,
  type ImageRecord,
  lookAt,
  type QualityFinding,
  type ReidentificationRisk,
  type RiskQuestion,
  recordOf,
  reidentificationRisk,
  type Severity,
  scoreOf,
  suggestGeneralisation,
} from '#quality';
import { openLargeDicom } from './file-source.ts';
import { openSource, type SourceFile } from './open-source.ts';
import { PeopleOfFiles } from './people-of-files.ts';

/** A finding with the file it is about. */
export interface QualityIssue {
  readonly path: string;
  /** Name of the check, or the code of the error that kept the file from being checked. */
  readonly check: string;
  readonly severity: Severity;
  /** What was found and what to do. */
  readonly message: string;
  /** Files beside this one that it is about: the rest of a series, of an examination, of a person. */
  readonly others?: number;
}

/** Result of `unica quality`. */
export interface QualityReport {
  readonly files: number;
  readonly issues: readonly QualityIssue[];
  /** 0 to 100. */
  readonly score: number;
  /** The same in the five dimensions of Cancer Image Europe, with what took points. */
  readonly dimensions: readonly DimensionScore[];
  /** How easily the people could be found again, when asked for. */
  readonly risk?: ReidentificationRisk & {
    readonly quasiIdentifiers: readonly string[];
    readonly advice: GeneralisationAdvice | null;
  };
}

/** What is asked beside the checks. */
export interface QualityOptions {
  readonly signal?: AbortSignal | undefined;
  /** As DICOM writes it, YYYYMMDD; dates after it are told. */
  readonly today?: string | undefined;
  /**
   * Risk of re-identification of the people in the files, by what their headers say (`sex`, `age`, `studyYear`,
   * `bodyPart`, `manufacturer`, `model`) and by the columns of the clinical table.
   */
  readonly risk?: (RiskQuestion & { readonly clinicalPath?: string | undefined }) | undefined;
}

/**
 * Checks every image of files, folders and zips.
 * @throws UnicaError `intake.missing`, `intake.csv-invalid`, `quality.risk-invalid`
 */
export async function qualityOfPath(
  paths: string | readonly string[],
  options: QualityOptions = {},
): Promise<QualityReport> {
  const people = options.risk && (await PeopleOfFiles.open(options.risk.clinicalPath));
  const looked: Looked[] = [];
  for await (const file of openSource(paths, options)) looked.push(await lookedAt(file, options, people));
  const images = looked.flatMap(({ path, record }) => (record === undefined ? [] : [{ path, record }]));
  const together = checkDataSet(images.map(({ record }) => record));
  const issues = [
    ...looked.flatMap(({ path, issues: own }) => own.map((issue) => ({ path, ...issue }))),
    ...together.map(({ check, severity, message, mend, images: [first = 0, ...others] }) => ({
      path: images[first]?.path ?? '',
      check,
      severity,
      message: `${message} ${mend}`,
      others: others.length,
    })),
  ];
  const findings = allFindings(looked, together);
  const report = {
    files: looked.length,
    issues,
    score: scoreOf(findings),
    dimensions: dimensionScores(findings),
  };
  if (options.risk === undefined || people === undefined) return report;
  const records = people.records();
  const risk = reidentificationRisk(records, options.risk);
  const advice = suggestGeneralisation(records, options.risk) ?? null;
  return { ...report, risk: { ...risk, quasiIdentifiers: options.risk.quasiIdentifiers, advice } };
}

const codecs = pixelCodecs();

/** A file that was looked at. */
interface Looked {
  readonly path: string;
  readonly issues: readonly Omit<QualityIssue, 'path'>[];
  readonly findings: readonly Pick<QualityFinding, 'check' | 'severity'>[];
  /** None where it could not be read. */
  readonly record: ImageRecord | undefined;
}

async function lookedAt(
  file: SourceFile,
  { today }: QualityOptions,
  people: PeopleOfFiles | undefined,
): Promise<Looked> {
  const path = file.name;
  const large = file.path === undefined ? undefined : openLargeDicom(file.path);
  try {
    const outline = large === undefined ? undefined : outlineDicom(large);
    const whole = outline?.file ?? parseDicom(await file.read());
    const { dataset } = whole;
    people?.add(dataset);
    const firstFrame = outline?.place === undefined ? whole : outline.oneFrame(0);
    const { findings, frame } = lookAt(firstFrame, codecs, { today });
    const issues = findings.map(({ check, severity, message, mend }) => ({
      check,
      severity,
      message: `${message} ${mend}`,
    }));
    return { path, issues, findings, record: recordOf(dataset, frame) };
  } catch (error) {
    const failure = asUnicaError(error);
    if (failure.family === 'bug') throw failure;
    const issue = { check: failure.code, severity: 'error', message: failure.message } as const;
    return { path, issues: [issue], findings: [{ check: 'file', severity: 'error' }], record: undefined };
  } finally {
    large?.close();
  }
}

/** What was found of each image, that of several together included, image by image. */
function allFindings(
  looked: readonly Looked[],
  together: readonly DataSetFinding[],
): readonly (readonly Pick<QualityFinding, 'check' | 'severity'>[])[] {
  const all = looked.map(({ findings }) => [...findings]);
  const read = looked.flatMap(({ record }, index) => (record === undefined ? [] : [index]));
  for (const { check, severity, images } of together) {
    for (const image of images) all[read[image] ?? -1]?.push({ check, severity });
  }
  return all;
}
