import { asUnicaError, ERROR_TABLE } from '#base';
import type { NodeConfig } from './config.ts';
import type { DicomAddress } from './dicom-address.ts';
import { countStudies, dicomEcho } from './pull-studies.ts';

/** A system to try, and the days whose studies are counted. */
export interface PacsQuestion extends DicomAddress {
  /** As DICOM writes a range of dates, such as `20260101-20260131`. */
  readonly studyDate: string;
}

/** What one of the questions came to. */
export type PacsStep =
  | { readonly kind: 'answered'; readonly milliseconds: number; readonly studies?: number; readonly isCut?: boolean }
  | { readonly kind: 'failed'; readonly code: string; readonly sentence: string; readonly mend: string };

/** What a system answered. */
export interface PacsCheck {
  /** What we call ourselves. */
  readonly calledAs: string;
  /** C-ECHO. */
  readonly echo: PacsStep;
  /** C-FIND; null where the system did not answer at all. */
  readonly find: PacsStep | null;
}

/** Each question is given up then. */
const LIMIT_MS = 15_000;
/** Studies are counted up to so many: the test is whether it answers. */
const MOST_STUDIES = 1000;

/** Asks a system whether it answers us, and how many studies it has; tells nothing of them but their number. */
export async function checkPacs(config: NodeConfig, { studyDate, ...to }: PacsQuestion): Promise<PacsCheck> {
  const calledAs = config.dicomAeTitle;
  const echo = await step(async (signal) => {
    await dicomEcho(config, to, signal);
    return {};
  });
  if (echo.kind === 'failed') return { calledAs, echo, find: null };
  const find = await step(async (signal) => {
    const studies = await countStudies(config, to, { studyDate, most: MOST_STUDIES, signal });
    return { studies, isCut: studies >= MOST_STUDIES };
  });
  return { calledAs, echo, find };
}

async function step(
  work: (signal: AbortSignal) => Promise<{ readonly studies?: number; readonly isCut?: boolean }>,
): Promise<PacsStep> {
  const beganMs = performance.now();
  try {
    const found = await work(AbortSignal.timeout(LIMIT_MS));
    return { kind: 'answered', milliseconds: Math.round(performance.now() - beganMs), ...found };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') {
      const sentence = `There was no answer within ${LIMIT_MS / 1000} seconds.`;
      const { mend } = ERROR_TABLE['dimse.unreachable'];
      return { kind: 'failed', code: 'dimse.timeout', sentence, mend };
    }
    const { code, sentence, mend } = asUnicaError(error);
    return { kind: 'failed', code, sentence, mend };
  }
}
