import { Worker } from 'node:worker_threads';
import type { Journal } from '#audit';
import { UnicaError } from '#base';
import type { RegionRule, SiteSecret, SiteWords } from '#deid';
import { serially } from '#store';
import type { DeidentificationSample } from '#wire';
import type { SampleOrder, SampleReply } from './sample-messages.ts';

/** Largest file that is looked at. */
export const SAMPLE_LIMIT_BYTES = 2 ** 26;

/** Longest work on one file. */
const LIMIT_MS = 60_000;
/** Memory of a thread beyond the file's own bytes. */
const HEAP_MB = 1024;

/** What a desk works with. */
export interface SampleDeskParts {
  readonly site: SiteSecret;
  readonly siteWords: SiteWords;
  readonly regionRules: readonly RegionRule[];
  readonly journal: Journal;
}

/**
 * Shows what de-identification would make of a file, by the settings of this node. Each file is looked at in a thread of its
 * own, which ends with the answer: nothing of it stays, on the disk or in memory.
 */
export class SampleDesk {
  readonly #parts: SampleDeskParts;
  readonly #inTurn = serially();
  readonly #closing = new AbortController();

  constructor(parts: SampleDeskParts) {
    this.#parts = parts;
  }

  /**
   * @param wish a file and the frame to show, from 0; without a file a synthetic one is made
   * @throws UnicaError as `parseDicom`, and `node.sample-too-slow`
   */
  async look({ bytes, frame }: Pick<SampleOrder, 'bytes' | 'frame'>, actor: string): Promise<DeidentificationSample> {
    const { site, siteWords, regionRules, journal } = this.#parts;
    const reply = await this.#inTurn(() =>
      answerTo({ bytes, frame, site, siteWords, regionRules }, this.#closing.signal),
    );
    if (reply.kind === 'failed') throw new UnicaError(reply.code, reply.facts);
    const { sample } = reply;
    await journal.append({
      actor,
      action: 'deidentification.looked-at',
      subject: sample.isSynthetic ? 'synthetic' : 'file',
      facts: { outcome: sample.setAside === null ? 'clean' : sample.setAside.code, masks: sample.masks.length },
    });
    return sample;
  }

  close(): void {
    this.#closing.abort();
  }
}

async function answerTo(order: SampleOrder, closing: AbortSignal): Promise<SampleReply> {
  const { bytes } = order;
  const worker = new Worker(new URL('./sample-thread.js', import.meta.url), {
    workerData: order,
    // Handed over, so that there is one copy, and it ends with the thread.
    transferList: bytes === undefined ? [] : [bytes.buffer as ArrayBuffer],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  const limit = AbortSignal.any([closing, AbortSignal.timeout(LIMIT_MS)]);
  try {
    return await new Promise<SampleReply>((resolve, reject) => {
      const fail = (cause?: unknown) => reject(new UnicaError('node.sample-too-slow', {}, { cause }));
      limit.addEventListener('abort', fail, { once: true });
      if (limit.aborted) fail();
      worker.once('message', resolve).once('error', fail).once('exit', fail);
    });
  } finally {
    await worker.terminate();
  }
}
