import { asUnicaError } from '#base';
import { pixelCodecs } from '#codecs';
import { parseDicom } from '#dicom';
import { checkFile, type Severity, scoreOf } from '#quality';
import { openSource } from './open-source.ts';

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
}

/** Checks every image of files, folders and zips. @throws UnicaError `intake.missing` */
export async function qualityOfPath(
  paths: string | readonly string[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<QualityReport> {
  const issues: QualityIssue[] = [];
  const images: { readonly severity: Severity }[][] = [];
  for await (const file of openSource(paths, options)) {
    const found = await issuesOf(file.name, () => file.read());
    issues.push(...found);
    images.push(found);
  }
  return { files: images.length, issues, score: scoreOf(images) };
}

const codecs = pixelCodecs();

async function issuesOf(path: string, read: () => Promise<Uint8Array>): Promise<QualityIssue[]> {
  try {
    const findings = checkFile(parseDicom(await read()), codecs);
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
