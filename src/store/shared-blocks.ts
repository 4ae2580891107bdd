import type { BlobReader, OpenBlob } from './blobs.ts';

const BLOCK_BYTES = 262_144;
/** Blocks that are held: 16 MiB, whatever is fetched and by how many. */
const MOST_BLOCKS = 64;

/** Content that is handed on as it is read. */
export interface SharedContent {
  readonly sizeBytes: number;
  /** To be read once; blocks are shared with other readers and not to be written to. */
  readonly blocks: AsyncIterable<Uint8Array>;
}

/**
 * Content that many fetch at about the same time, as the model of a round: a block is read once and handed to all who come by
 * while it is held. Blocks are not checked: whoever fetches them holds the whole against its digest.
 */
export class SharedBlocks {
  readonly #blobs: BlobReader;
  readonly #blocks = new Map<string, Promise<Uint8Array>>();
  readonly #sizes = new Map<string, number>();

  constructor(blobs: BlobReader) {
    this.#blobs = blobs;
  }

  /** @throws UnicaError `store.blob-missing` */
  async open(sha256: string): Promise<SharedContent> {
    const known = this.#sizes.get(sha256);
    const first = this.#blocks.get(keyOf(sha256, 0));
    // What is held from its beginning was there a moment ago; what is read of it later opens it.
    const blob = known === undefined || first === undefined ? await this.#blobs.open(sha256) : undefined;
    const sizeBytes = known ?? blob?.sizeBytes ?? 0;
    held(this.#sizes, sha256, sizeBytes);
    return { sizeBytes, blocks: this.#read(sha256, sizeBytes, blob) };
  }

  async *#read(sha256: string, sizeBytes: number, opened: OpenBlob | undefined): AsyncGenerator<Uint8Array> {
    let blob = opened;
    try {
      for (let start = 0; start < sizeBytes; start += BLOCK_BYTES) {
        const key = keyOf(sha256, start);
        let block = this.#blocks.get(key);
        if (block === undefined) {
          blob ??= await this.#blobs.open(sha256);
          block = blob.read(start, BLOCK_BYTES);
          block.catch(() => this.#blocks.delete(key));
        }
        held(this.#blocks, key, block);
        yield await block;
      }
    } finally {
      await blob?.close();
    }
  }
}

function keyOf(sha256: string, start: number): string {
  return `${sha256}/${start}`;
}

/** Puts an entry last, and lets go of the one that was asked for longest ago. */
function held<Value>(entries: Map<string, Value>, key: string, value: Value): void {
  entries.delete(key);
  entries.set(key, value);
  const [oldest] = entries.keys();
  if (entries.size > MOST_BLOCKS && oldest !== undefined) entries.delete(oldest);
}
