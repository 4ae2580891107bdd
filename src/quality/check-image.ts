import { UnicaError } from '#base';
import { type DataSet, type DicomFile, decodeFrame, decodeSamples, type Frame, type PixelCodecs, TAGS } from '#dicom';
import { isPictureClass, tagOf } from '#vocab';
import { checkConsistency } from './check-consistency.ts';
import { checkDescription } from './check-description.ts';
import { type CheckSetting, checkAnyHeader, checkHeader } from './check-header.ts';
import { checkPixels } from './check-pixels.ts';
import { findingOf, type QualityFinding } from './finding.ts';

/**
 * Everything noticed about an image by itself: minimum metadata, consistency, plausibility, and the grey values where a
 * decoded frame is given. Messages hold no values of the header.
 */
export function checkImage(dataset: DataSet, frame?: Frame, setting: CheckSetting = {}): readonly QualityFinding[] {
  const header = [...checkHeader(dataset, setting), ...checkConsistency(dataset)];
  return frame === undefined ? header : [...header, ...checkPixels(frame, dataset.text(tagOf('Modality')))];
}

/** A file that was looked at. */
export interface LookedAt {
  readonly findings: readonly QualityFinding[];
  /** The first frame, where there is one of greys. */
  readonly frame: Frame | undefined;
}

/**
 * As {@link checkImage}, decoding the first frame itself; an undecodable picture is a finding, not an error. What is no
 * picture is looked at by its header.
 */
export function lookAt(file: DicomFile, codecs: PixelCodecs = {}, setting: CheckSetting = {}): LookedAt {
  const { dataset } = file;
  if (!isPictureClass(dataset.text(TAGS.sopClassUid) ?? ''))
    return { findings: checkAnyHeader(dataset, setting), frame: undefined };
  const described = checkDescription(file);
  try {
    // Of colours only that they can be decoded is looked at.
    if (dataset.number(TAGS.samplesPerPixel) === 3 && decodeSamples(file, 0, codecs))
      return { findings: [...checkImage(dataset, undefined, setting), ...described], frame: undefined };
    const frame = decodeFrame(file, 0, codecs);
    return { findings: [...checkImage(dataset, frame, setting), ...described], frame };
  } catch (error) {
    if (!(error instanceof UnicaError)) throw error;
    const findings = [...checkImage(dataset, undefined, setting), ...described];
    // A picture in a compression this version cannot read may be perfectly good; one that ends early is told already.
    if (error.code === 'dicom.codec-absent') findings.push(findingOf('codec'));
    else if (!described.some(({ severity }) => severity === 'error')) findings.push(findingOf('decodable'));
    return { findings, frame: undefined };
  }
}

/** The findings of {@link lookAt}. */
export function checkFile(
  file: DicomFile,
  codecs: PixelCodecs = {},
  setting: CheckSetting = {},
): readonly QualityFinding[] {
  return lookAt(file, codecs, setting).findings;
}
