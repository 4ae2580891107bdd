import { ERROR_TABLE, type ErrorCode, UnicaError } from '#base';
import { DataSet, isPixelTag, newElement, TAGS } from '#dicom';
import { isPictureClass, sopClassName, tagOf } from '#vocab';
import type { PixelsSeen } from './clean-pixels.ts';
import { jpegComments } from './jpeg-comments.ts';
import { bytesRepeatKnown } from './known-bytes.ts';
import { type KnownIdentifiers, knownIdentifiers, repeatsKnown } from './known-identifiers.ts';
import type { DeidOptions } from './options.ts';
import type { PixelMask } from './pixel-mask.ts';

/** Why a file is set aside instead of being cleaned. */
export interface Refusal {
  readonly kind: 'quarantined';
  readonly because: ErrorCode;
  readonly sentence: string;
  readonly mend: string;
  /** Rectangles of the picture that a person should look at, where writing was the reason. */
  readonly suspects?: readonly PixelMask[];
}

/** A refusal in the words of the error table. */
export function refusal(failure: UnicaError): Refusal {
  const { mend } = ERROR_TABLE[failure.code];
  return { kind: 'quarantined', because: failure.code, sentence: failure.message.replace(mend, '').trim(), mend };
}

/** Modalities whose devices do not write patient data into the pixels unless they say so. */
const CLEAN_PIXELS: ReadonlySet<string> = new Set(['CR', 'DX', 'MG', 'CT', 'MR', 'PT', 'NM', 'RG', 'IO', 'PX']);

/** Objects that are trees of coded content: reports, computer-aided detection, dose, key objects, contours. */
const STRUCTURED = / SR |SR$|Key Object Selection|RT Structure Set/;

const SECONDARY_CAPTURE = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.7(\.|$)/;

/** Modalities that write names into their pictures as a habit, whatever the header says. */
const LETTERED: ReadonlySet<string> = new Set(['US', 'IVUS']);

/** Volumes from which a face can be rendered. */
const VOLUMES: ReadonlySet<string> = new Set(['CT', 'MR', 'PT']);
const HEAD = /HEAD|BRAIN|SKULL|FACE|ORBIT|SINUS|JAW|MAXILLA|MANDIBLE|NOSE|WHOLEBODY/;

/** Without these an object cannot be kept apart from others. */
const REQUIRED = ['SOPInstanceUID', 'SeriesInstanceUID', 'StudyInstanceUID'] as const;

/** What stands in the element of the pixels. */
export interface PixelBytes {
  /** Of compressed pixels, without their offset table. */
  readonly fragments: Iterable<Uint8Array>;
  /** Where compressed frames begin, as the file says. */
  readonly offsetTable: Uint8Array;
  /** Of pixels that are not compressed. */
  readonly nativeBytes: number;
  /** A part of them. */
  readonly readNative: (start: number, length: number) => Uint8Array;
}

/** The reason why this subset of the profile cannot vouch for a file, if there is one. */
export function refusalOf(dataset: DataSet, options: DeidOptions, pixels: PixelBytes): Refusal | undefined {
  const says = (keyword: string) => dataset.text(tagOf(keyword))?.toUpperCase();
  if (says('PatientID') === undefined) return refusal(new UnicaError('deid.no-patient-id'));
  const sopClassUid = dataset.text(TAGS.sopClassUid) ?? '';
  const sopClass = sopClassName(sopClassUid);
  if (sopClass === undefined) return refusal(new UnicaError('deid.unknown-object', { what: 'SOPClassUID' }));
  const structured = STRUCTURED.test(sopClass);
  const taken = isPictureClass(sopClassUid) || (structured && options.has('structured'));
  if (!taken) return refusal(new UnicaError('deid.text-object'));
  const absent = REQUIRED.find((keyword) => says(keyword) === undefined);
  if (absent !== undefined) return refusal(new UnicaError('deid.unknown-object', { what: absent }));
  if (structured) return undefined;
  return face(dataset) ?? hidden(dataset, options, pixels);
}

/**
 * The reason why nobody can vouch for the pixels, if there is one: by what the header says, and by what was seen in them.
 * @param seen undefined when nobody looked, or the pixels cannot be read here
 */
export function writingRefusal(dataset: DataSet, seen: PixelsSeen | undefined): Refusal | undefined {
  const said = dataset.text(tagOf('BurnedInAnnotation'))?.toUpperCase();
  const modality = dataset.text(tagOf('Modality'))?.toUpperCase() ?? '';
  const suspects = [...(seen?.doubts ?? []), ...(seen?.masks ?? [])].slice(0, MOST_SUSPECTS);
  const unknown = (): Refusal => ({
    ...refusal(new UnicaError('deid.burned-in-unknown', { modality: MODALITY.test(modality) ? modality : 'unknown' })),
    suspects,
  });
  const found = seen !== undefined && seen.masks.length > 0;
  // What the file confesses and nobody finds is there all the same.
  if (seen?.page === true || (said === 'YES' && !found)) {
    return { ...refusal(new UnicaError('deid.burned-in-text')), suspects };
  }
  // Their devices write names somewhere; nobody vouches for them who does not know where.
  if (LETTERED.has(modality) && !(seen?.known === true && seen.doubts.length === 0)) return unknown();
  if (said === 'NO' || isTrusted(dataset, modality)) return undefined;
  return seen === undefined || seen.doubts.length > 0 ? unknown() : undefined;
}

/** Refusals that a person who looks at the pixels can lift. */
export const WRITING_REFUSALS: ReadonlySet<string> = new Set<ErrorCode>([
  'deid.burned-in-text',
  'deid.burned-in-unknown',
]);

/** Devices whose slices are numbers, not pictures of a screen: a shape like a letter is anatomy there. */
const SLICES: ReadonlySet<string> = new Set(['CT', 'MR', 'NM', 'PT']);

/** Whether writing has to be looked for in the pixels of a picture. */
export function mayHoldWriting(dataset: DataSet): boolean {
  const modality = dataset.text(tagOf('Modality'))?.toUpperCase() ?? '';
  const said = dataset.text(tagOf('BurnedInAnnotation'))?.toUpperCase();
  return said === 'YES' || !(SLICES.has(modality) && isTrusted(dataset, modality));
}

/** Whether the device is one that writes nothing into its pixels unless it says so. */
function isTrusted(dataset: DataSet, modality: string): boolean {
  const screen = /SCREEN/i.test(dataset.strings(tagOf('ImageType')).join(' '));
  return CLEAN_PIXELS.has(modality) && !SECONDARY_CAPTURE.test(dataset.text(TAGS.sopClassUid) ?? '') && !screen;
}

/** A refusal says so many at most: a film has few, a page of text is seen as a whole. */
const MOST_SUSPECTS = 64;

/** A code string; anything else is not repeated in a message. */
const MODALITY = /^[A-Z]{2,8}$/;

function face(dataset: DataSet): Refusal | undefined {
  const recognisable = dataset.text(tagOf('RecognizableVisualFeatures'))?.toUpperCase();
  if (recognisable === 'YES') return refusal(new UnicaError('deid.recognisable-face'));
  const volume = VOLUMES.has(dataset.text(tagOf('Modality'))?.toUpperCase() ?? '');
  const head = HEAD.test(dataset.text(tagOf('BodyPartExamined'))?.toUpperCase() ?? '');
  return volume && head && recognisable !== 'NO' ? refusal(new UnicaError('deid.face-unknown')) : undefined;
}

/** Text that travels inside the pixel data, where no row of the table reaches. */
function hidden(dataset: DataSet, options: DeidOptions, pixels: PixelBytes): Refusal | undefined {
  const because = (where: string) => refusal(new UnicaError('deid.hidden-text', { where }));
  // Readers show one of them; which, and what the others hold, nobody can say.
  if (dataset.elements.filter(({ tag }) => isPixelTag(tag)).length > 1) return because('pixels that it holds twice');
  if (dataset.elements.some(({ tag }) => isEmbeddedOverlay(dataset, tag))) {
    return because('an overlay in unused bits of the pixels');
  }
  let known: KnownIdentifiers | undefined;
  const identifies = (bytes: Uint8Array) => {
    if (bytes.length < SHORTEST_COMMENT) return false;
    known ??= knownIdentifiers(dataset, options);
    return commentIdentifies(bytes, known, dataset);
  };
  if (identifies(surplusOf(dataset, pixels))) return because('bytes behind the pixels');
  if (identifies(pixels.offsetTable)) return because('the table of its frames');
  for (const comment of jpegComments(pixels.fragments)) {
    if (identifies(comment)) return because('a comment in the JPEG stream');
  }
  return undefined;
}

/** Bytes after the last frame that the header describes; padding to an even length is among them. */
function surplusOf(dataset: DataSet, { nativeBytes, readNative }: PixelBytes): Uint8Array {
  const number = (keyword: string, absent: number) => dataset.number(tagOf(keyword)) ?? absent;
  const bits = number('Rows', 0) * number('Columns', 0) * number('SamplesPerPixel', 1) * number('BitsAllocated', 8);
  const described = Math.ceil((bits * Math.max(1, number('NumberOfFrames', 1))) / 8);
  return described < nativeBytes
    ? readNative(described, Math.min(nativeBytes - described, MOST_SURPLUS_BYTES))
    : new Uint8Array(0);
}

/** More than this behind the pixels are further frames. */
const MOST_SURPLUS_BYTES = 1_048_576;

/** Whether bytes beside the pixels speak of the person, in the file's own character set or in one of the usual ones. */
function commentIdentifies(bytes: Uint8Array, known: KnownIdentifiers, dataset: DataSet): boolean {
  if (bytesRepeatKnown(known, bytes)) return true;
  const { encoding, characterSet } = dataset;
  const comment = newElement(0x00204000, 'LT', bytes.subarray(0, LONGEST_COMMENT), encoding);
  return [characterSet, ['ISO_IR 192'], ['ISO_IR 100']].some((set) =>
    repeatsKnown(known, new DataSet([comment], encoding, set).text(0x00204000) ?? ''),
  );
}

/** Fewer bytes name nobody. */
const SHORTEST_COMMENT = 4;

/** Comments are read as a whole up to this length, a limit of the representation that stands for them. */
const LONGEST_COMMENT = 65_534;

/** An overlay of group 60xx without data of its own lies in the bits of the pixels (PS3.3 section C.9.2, retired). */
function isEmbeddedOverlay(dataset: DataSet, tag: number): boolean {
  const group = tag & 0xffff0000;
  const bitPosition = tag >>> 24 === 0x60 && (tag & 0xffff) === 0x0102;
  return bitPosition && (dataset.number(tag) ?? 0) > 0 && !dataset.has((group | 0x3000) >>> 0);
}
