import { asUnicaError } from '#base';
import { pixelCodecs } from '#codecs';
import { parseDicom } from '#dicom';
import {
  checkFile,
  type GeneralisationAdvice,
  type ReidentificationRisk,
  type RiskQuestion,
  reidentificationRisk,
  type Severity,
  scoreOf,
  suggestGeneralisation,
} from '#quality';
import { openSource } from './open-source.ts';
import { PeopleOfFiles } from './people-of-files.ts';

/** A finding with the file it is about. */
export interface QualityIssue {
  readonly path: string;
  /** Name of the check, or the code of the error that kept the file from being checked. */
  readonly check: string;
  readonly severity: Severity;
  /** What was found and what to do. */
  readonly message: string;
}

/** Result of `unica quality`. */
export interface QualityReport {
  readonly files: number;
  readonly issues: readonly QualityIssue[];
  /** 0 to 100. */
  readonly score: number;
  /** How easily the people could be found again, when asked for. */
  readonly risk?: ReidentificationRisk & {
    readonly quasiIdentifiers: readonly string[];
    readonly advice: GeneralisationAdvice | null;
  };
}

/** What is asked beside the checks. */
export interface QualityOptions {
  readonly signal?: AbortSignal | undefined;
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
  const issues: QualityIssue[] = [];
  const images: { readonly severity: Severity }[][] = [];
  for await (const file of openSource(paths, options)) {
    const found = await issuesOf(file.name, () => file.read(), people);
    issues.push(...found);
    images.push(found);
  }
  const report = { files: images.length, issues, score: scoreOf(images) };
  if (options.risk === undefined || people === undefined) return report;
  const records = people.records();
  const risk = reidentificationRisk(records, options.risk);
  const advice = suggestGeneralisation(records, options.risk) ?? null;
  return { ...report, risk: { ...risk, quasiIdentifiers: options.risk.quasiIdentifiers, advice } };
}

const codecs = pixelCodecs();

async function issuesOf(
  path: string,
  read: () => Promise<Uint8Array>,
  people: PeopleOfFiles | undefined,
): Promise<QualityIssue[]> {
  try {
    const file = parseDicom(await read());
    people?.add(file.dataset);
    const findings = checkFile(file, codecs);
    return findings.map(({ check, severity, message, mend }) => ({
      path,
      check,
      severity,
      message: `${message} ${mend}`,
    }));
  } catch (error) {
    const failure = asUnicaError(error);
    if (failure.family === 'bug') throw failure;
    return [{ path, check: failure.code, severity: 'error', message: failure.message }];
  }
}
