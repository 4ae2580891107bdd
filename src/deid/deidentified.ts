import { UnicaError } from '#base';
import {
  type ByteSource,
  type DataSet,
  type DicomFile,
  type DicomOutline,
  outlineDicom,
  type PixelPlace,
  parseDicom,
  pixelPlaceOf,
  TAGS,
} from '#dicom';
import { tagOf } from '#vocab';

const gate = Symbol('only this room makes a Deidentified');

/**
 * An image from which this room removed what identifies a person. A seal: rooms that must never see an original take
 * this type, and only this room can make one.
 */
export class Deidentified {
  readonly #file: DicomFile;
  readonly #content: Uint8Array | DicomOutline;

  private constructor(key: symbol, file: DicomFile, content: Uint8Array | DicomOutline) {
    if (key !== gate) throw new UnicaError('deid.not-deidentified');
    this.#file = file;
    this.#content = content;
  }

  /** @internal For `deidentify`, `reopen` and `reopenInParts` of this room. */
  static seal(key: symbol, file: DicomFile, content: Uint8Array | DicomOutline): Deidentified {
    return new Deidentified(key, file, content);
  }

  /** Without the values of its pixels where the image was opened in parts. */
  get file(): DicomFile {
    return this.#file;
  }

  /** An image whose first frame can be decoded, also of one that was opened in parts. */
  get firstFrame(): DicomFile {
    const content = this.#content;
    return content instanceof Uint8Array || content.place === undefined ? this.#file : content.oneFrame(0);
  }

  /** Where its pixels lie; undefined where it has none or its body is deflated. */
  get pixelPlace(): PixelPlace | undefined {
    const content = this.#content;
    return content instanceof Uint8Array ? pixelPlaceOf(this.#file, content) : content.place;
  }

  get dataset(): DataSet {
    return this.#file.dataset;
  }

  /** The whole file. @throws UnicaError `deid.opened-in-parts` for one that is not held. */
  get bytes(): Uint8Array {
    if (!(this.#content instanceof Uint8Array)) throw new UnicaError('deid.opened-in-parts');
    return this.#content;
  }

  /** What was applied: code values of PS3.16 CID 7050, as the file itself declares them. */
  get profile(): readonly string[] {
    return this.#file.dataset
      .items(tagOf('DeidentificationMethodCodeSequence'))
      .flatMap((item) => item.text(tagOf('CodeValue')) ?? []);
  }

  /** The person's pseudonym. */
  get person(): string {
    return this.#text(tagOf('PatientID'));
  }

  get sopInstanceUid(): string {
    return this.#text(TAGS.sopInstanceUid);
  }

  get seriesInstanceUid(): string {
    return this.#text(tagOf('SeriesInstanceUID'));
  }

  get studyInstanceUid(): string {
    return this.#text(tagOf('StudyInstanceUID'));
  }

  #text(tag: number): string {
    return this.#file.dataset.text(tag) ?? '';
  }
}

/** Seals a file this room has just cleaned. */
export function sealed(bytes: Uint8Array): Deidentified {
  return Deidentified.seal(gate, parseDicom(bytes), bytes);
}

/**
 * Opens a file that this room cleaned earlier and a node kept in its own store. The marks of de-identification that this
 * room writes must be there; a store that others can write to would have to be checked by digest as well.
 * @throws UnicaError `deid.not-deidentified`.
 */
export function reopen(bytes: Uint8Array): Deidentified {
  const file = parseDicom(bytes);
  mustBeMarked(file);
  return Deidentified.seal(gate, file, bytes);
}

/** As {@link reopen}, for a file of which only parts are read. The source has to stay open. */
export function reopenInParts(source: ByteSource): Deidentified {
  const outline = outlineDicom(source);
  // A deflated body can only be read as a whole.
  if (outline === undefined) return reopen(source.read(0, source.sizeBytes));
  mustBeMarked(outline.file);
  return Deidentified.seal(gate, outline.file, outline);
}

function mustBeMarked({ dataset }: DicomFile): void {
  const marked =
    dataset.text(tagOf('PatientIdentityRemoved')) === 'YES' &&
    dataset.items(tagOf('DeidentificationMethodCodeSequence')).length > 0 &&
    /^UNICA-[0-9a-f]{32}$/.test(dataset.text(tagOf('PatientID')) ?? '');
  if (!marked) throw new UnicaError('deid.not-deidentified');
}
