import { UnicaError } from '#base';
import { type DataSet, type DicomFile, decodeFrame, decodeSamples, type Frame, type PixelCodecs, TAGS } from '#dicom';
import { isPictureClass, tagOf } from '#vocab';
import { checkHeader } from './check-header.ts';
import { checkPixels } from './check-pixels.ts';
import type { CheckName, QualityFinding } from './finding.ts';

/**
 * Everything noticed about an image: minimum metadata, and the grey values where a decoded frame is given.
 * Messages hold no values of the header.
 */
export function checkImage(dataset: DataSet, frame?: Frame): readonly QualityFinding[] {
  const header = checkHeader(dataset);
  return frame === undefined ? header : [...header, ...checkPixels(frame, dataset.text(tagOf('Modality')))];
}

/** As {@link checkImage}, decoding the first frame itself; an undecodable picture is a finding, not an error. What is no picture is looked at by its header. */
export function checkFile(file: DicomFile, codecs: PixelCodecs = {}): readonly QualityFinding[] {
  if (!isPictureClass(file.dataset.text(TAGS.sopClassUid) ?? '')) {
    return checkHeader(file.dataset).filter(({ check }) => OF_EVERY_OBJECT.has(check));
  }
  try {
    // Of colours only that they can be decoded is looked at.
    if (file.dataset.number(TAGS.samplesPerPixel) === 3 && decodeSamples(file, 0, codecs))
      return checkImage(file.dataset);
    return checkImage(file.dataset, decodeFrame(file, 0, codecs));
  } catch (error) {
    if (!(error instanceof UnicaError)) throw error;
    return [...checkImage(file.dataset), undecodable(error)];
  }
}

/** What a report or a key object has to say of itself too. */
const OF_EVERY_OBJECT: ReadonlySet<CheckName> = new Set<CheckName>(['modality', 'acquisition-date', 'sex', 'age']);

function undecodable(error: UnicaError): QualityFinding {
  const known = error.code === 'dicom.codec-absent';
  return {
    check: 'decodable',
    // A picture in a compression this version cannot read may be perfectly good.
    severity: known ? 'warning' : 'error',
    message: known ? 'It is compressed in a way this version cannot read.' : 'Its pixels cannot be decoded.',
    mend: known ? 'Export it uncompressed, or convert it with dcmdjpeg.' : 'Send it again from the archive.',
  };
}
