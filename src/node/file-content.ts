/** A large file, which stays on the disk. */
export interface FileContent {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}
