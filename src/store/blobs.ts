/** Content kept under its SHA-256 digest; the same content is kept once. */
export interface BlobStore {
  put(
    content: Uint8Array | AsyncIterable<Uint8Array>,
  ): Promise<{ readonly sha256: string; readonly sizeBytes: number }>;
  /** @throws UnicaError `store.blob-missing`, `store.blob-damaged`. */
  get(sha256: string): Promise<Uint8Array>;
  has(sha256: string): Promise<boolean>;
  remove(sha256: string): Promise<void>;
  close(): Promise<void>;
}

/** Content that lies in files of this machine, for what is too large to be held as a whole. */
export interface LocalBlobs {
  /** Begins the paths of files that another thread writes; what is left of them when this process has ended is swept. */
  readonly draftPrefix: string;
  /** Takes a whole file over as content of its digest. The caller vouches for both; the file is gone then. */
  adopt(path: string, sha256: string): Promise<void>;
  /** Where content lies, to be read only. @throws UnicaError `store.blob-missing` for what is no digest. */
  pathOf(sha256: string): string;
}

/** Content that is read in parts, for those who hand it on. */
export interface BlobReader {
  /** The content as it is read; ends with `store.blob-damaged` where it is not what it was. */
  stream(sha256: string): AsyncIterable<Uint8Array>;
  /**
   * Opens content to read parts of it, which are not checked against the digest. To be closed by who opened it.
   * @throws UnicaError `store.blob-missing`.
   */
  open(sha256: string): Promise<OpenBlob>;
}

/** Content that is on its way: whose it is, its digest and its size. */
export interface Draft {
  /** Lower-case letters, digits and dashes. */
  readonly owner: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** How far a draft has come. */
export interface Arrived {
  /** From the beginning, without a gap. */
  readonly arrivedBytes: number;
  readonly whole: boolean;
}

/** Content that arrives in pieces over connections that break: what has arrived stays until the whole is there. */
export interface BlobDrafts {
  /** Bytes of a draft that are here; none where nothing has come. */
  arrived(draft: Omit<Draft, 'sizeBytes'>): Promise<Arrived>;
  /**
   * Adds a piece; one that came before changes nothing. With the last, content is checked and kept under its digest.
   * @throws UnicaError `store.piece-out-of-place`, `store.draft-corrupt` (it begins anew then), `store.disk-full`.
   */
  addPiece(draft: Draft, start: number, piece: Uint8Array): Promise<Arrived>;
  /**
   * Takes the whole in one stream. Where it breaks off, what has come stays, and the rest comes in pieces; a stream of the same
   * draft that is still open here, because nobody told that its line is dead, ends. Content that is here already is not read.
   * @throws UnicaError `store.piece-out-of-place` (another number of bytes), `store.draft-corrupt`, `store.disk-full`; what the stream throws.
   */
  receive(draft: Draft, content: AsyncIterable<Uint8Array>): Promise<Arrived>;
}

/** Content of which parts are read. */
export interface OpenBlob {
  readonly sizeBytes: number;
  /**
   * Bytes from `start`; fewer than asked for only at the end.
   * @param into at least `length` bytes that they are put into; absent: fresh memory
   */
  read(start: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}
