import { UnicaError } from '#base';
import { type DataSet, type DicomFile, parseDicom, TAGS } from '#dicom';
import { tagOf } from '#vocab';

const gate = Symbol('only this room makes a Deidentified');

/**
 * An image from which this room removed what identifies a person. A seal: rooms that must never see an original take
 * this type, and only this room can make one.
 */
export class Deidentified {
  readonly #file: DicomFile;
  readonly #bytes: Uint8Array;

  private constructor(key: symbol, file: DicomFile, bytes: Uint8Array) {
    if (key !== gate) throw new UnicaError('deid.not-deidentified');
    this.#file = file;
    this.#bytes = bytes;
  }

  /** @internal For `deidentify` and `reopen` of this room. */
  static seal(key: symbol, file: DicomFile, bytes: Uint8Array): Deidentified {
    return new Deidentified(key, file, bytes);
  }

  get file(): DicomFile {
    return this.#file;
  }

  get dataset(): DataSet {
    return this.#file.dataset;
  }

  /** The whole file. */
  get bytes(): Uint8Array {
    return this.#bytes;
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
  const { dataset } = file;
  const marked =
    dataset.text(tagOf('PatientIdentityRemoved')) === 'YES' &&
    dataset.items(tagOf('DeidentificationMethodCodeSequence')).length > 0 &&
    /^UNICA-[0-9a-f]{32}$/.test(dataset.text(tagOf('PatientID')) ?? '');
  if (!marked) throw new UnicaError('deid.not-deidentified');
  return Deidentified.seal(gate, file, bytes);
}
