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
