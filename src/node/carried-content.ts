import { contentDigest, type OpenBlob } from '#store';
import { contentOfReceipt, type Receipt, WIRE_LIMITS } from '#wire';
import type { OutgoingKind } from './outgoing-ledger.ts';

/** What content that is sent is listed as. */
export type UploadKind = Extract<OutgoingKind, 'update' | 'masked-update' | 'local-model'>;

/** What waits altogether: a node does a few tasks at a time. */
const MOST_CARRIED = 16;

/** Small content that waits for the receipt that names it. */
export interface Carried {
  readonly sha256: string;
  readonly bytes: Uint8Array;
  readonly kind: UploadKind;
  readonly jobId: string;
  readonly signal: AbortSignal;
  /** Called once the hub has it. */
  readonly whenTaken: () => Promise<void>;
}

/** Small content that leaves with the receipt that names it: one request less, and the hub has both or neither. */
export class CarriedContent {
  readonly #waiting = new Map<string, Carried>();

  /** → false for what has to be sent by itself: too large, too much of it, or not what it should be. */
  async add(
    sha256: string,
    content: Pick<Carried, 'jobId' | 'signal' | 'whenTaken'> & {
      readonly open: () => Promise<OpenBlob>;
      readonly kind?: UploadKind;
    },
  ): Promise<boolean> {
    if (this.#waiting.size >= MOST_CARRIED || content.signal.aborted) return false;
    const bytes = await smallBytes(content.open);
    if (bytes === undefined || contentDigest(bytes) !== sha256) return false;
    const { jobId, signal, whenTaken, kind = 'update' } = content;
    const carried = { sha256, bytes, kind, jobId, signal, whenTaken };
    this.#waiting.set(sha256, carried);
    // A task that is taken back has no receipt.
    signal.addEventListener('abort', () => this.drop(carried), { once: true });
    return true;
  }

  /** What a receipt names and carries. */
  of(receipt: Receipt): Carried | undefined {
    return this.#waiting.get(contentOfReceipt(receipt) ?? '');
  }

  /** The hub has it now. */
  async taken(carried: Carried): Promise<void> {
    this.drop(carried);
    await carried.whenTaken();
  }

  /** The hub will not have it, or has it. The same content of another task goes on waiting. */
  drop(carried: Carried): void {
    if (this.#waiting.get(carried.sha256) === carried) this.#waiting.delete(carried.sha256);
  }
}

/** Undefined for what is larger, and for what is not here any more: the hub is asked whether it has that. */
async function smallBytes(open: () => Promise<OpenBlob>): Promise<Uint8Array | undefined> {
  const content = await open().catch(() => undefined);
  try {
    if (content === undefined || content.sizeBytes > WIRE_LIMITS.contentOfTaskBytes) return undefined;
    return await content.read(0, content.sizeBytes);
  } finally {
    await content?.close();
  }
}
