import { type DicomFile, TAGS, TRANSFER_SYNTAX } from '#dicom';
import { tagOf } from '#vocab';
import { findingOf, type QualityFinding } from './finding.ts';

const RAW: ReadonlySet<string> = new Set([
  TRANSFER_SYNTAX.implicitLittle,
  TRANSFER_SYNTAX.explicitLittle,
  TRANSFER_SYNTAX.explicitBig,
  TRANSFER_SYNTAX.deflatedLittle,
]);

/** Transfer syntaxes that always lose something: JPEG baseline and extended. Others may be either. */
const ALWAYS_LOSSY: ReadonlySet<string> = new Set(['1.2.840.10008.1.2.4.50', '1.2.840.10008.1.2.4.51']);

/** Holds what a file says about its pixels against itself and against the pixels that are there; decodes nothing. */
export function checkDescription({ dataset, transferSyntaxUid }: DicomFile): readonly QualityFinding[] {
  const pixels = dataset.element(TAGS.pixelData);
  if (pixels === undefined) return [];
  const findings: QualityFinding[] = [];
  const problem = problemOf(dataset.number.bind(dataset));
  if (problem !== undefined) findings.push(findingOf('pixel-description', { problem }));
  if (ALWAYS_LOSSY.has(transferSyntaxUid) && dataset.text(tagOf('LossyImageCompression')) !== '01')
    findings.push(findingOf('lossy-untold'));
  const frames = Math.max(1, dataset.number(TAGS.numberOfFrames) ?? 1);
  if (pixels.fragments !== undefined) {
    // The first fragment is the offset table.
    const found = pixels.fragments.length - 1;
    if (found < frames) findings.push(findingOf('frames-missing', { wanted: frames, found: Math.max(0, found) }));
    return findings;
  }
  if (problem !== undefined || !RAW.has(transferSyntaxUid)) return findings;
  const bits = ['rows', 'columns', 'bitsAllocated'] as const;
  const samples = dataset.number(TAGS.samplesPerPixel) ?? 1;
  // Every second pixel has one pair of colours (PS3.3 C.7.6.3.1.2).
  const halved = dataset.text(TAGS.photometricInterpretation) === 'YBR_FULL_422' ? 2 / 3 : 1;
  const wanted = Math.ceil(
    (bits.reduce((product, name) => product * (dataset.number(TAGS[name]) ?? 0), 1) * samples * frames * halved) / 8,
  );
  const found = pixels.value.length;
  if (found < wanted) findings.push(findingOf('pixel-length', { found, wanted }));
  // One byte fills up to an even length.
  else if (found > wanted + 1) findings.push(findingOf('pixel-surplus', { found, wanted }));
  return findings;
}

function problemOf(number: (tag: number) => number | undefined): string | undefined {
  const [rows, columns] = [number(TAGS.rows), number(TAGS.columns)];
  const [allocated, stored] = [number(TAGS.bitsAllocated), number(TAGS.bitsStored)];
  const [high, sign] = [number(tagOf('HighBit')), number(TAGS.pixelRepresentation)];
  if (!rows || !columns) return 'Rows or Columns is missing or 0';
  if (!allocated) return 'BitsAllocated is missing or 0';
  if (stored !== undefined && (stored > allocated || stored === 0)) return 'BitsStored does not fit into BitsAllocated';
  if (high !== undefined && stored !== undefined && (high < stored - 1 || high >= allocated))
    return 'HighBit does not go with BitsStored and BitsAllocated';
  if (sign !== undefined && sign !== 0 && sign !== 1) return 'PixelRepresentation is neither 0 nor 1';
  return undefined;
}
