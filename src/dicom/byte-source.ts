/** The bytes of a file of which only parts are read, one after the other. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** Bytes from `start`; fewer than asked for only at the end. They stay as they are after the next reading. */
  read(start: number, length: number): Uint8Array;
}
