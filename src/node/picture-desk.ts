import { Worker } from 'node:worker_threads';
import { UnicaError } from '#base';
import { serially } from '#store';
import type { PixelOrder, PixelReply } from './picture-messages.ts';

/** Longest work on one image; a hostile one is given up then, and its thread with it. */
const LIMIT_MS = 30_000;
/** Memory of the thread beyond the image's own bytes. */
const HEAP_MB = 1024;

/** Decodes and draws in a thread of its own, one image after the other. Closed by the house. */
export class PictureDesk {
  readonly #inTurn = serially();
  #worker: Worker | undefined;
  #closed = false;

  /** @throws UnicaError as the decoder's, and `dicomweb.too-slow`. */
  async do(order: PixelOrder): Promise<Uint8Array> {
    const reply = await this.#inTurn(() => this.#ask(order));
    if (reply.kind === 'failed') throw new UnicaError(reply.code, reply.facts);
    return reply.bytes;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }

  async #ask(order: PixelOrder): Promise<PixelReply> {
    if (this.#closed) throw new UnicaError('dicomweb.too-slow', { limitMs: LIMIT_MS });
    const worker = this.#worker ?? this.#start();
    try {
      return await answerOf(worker, order);
    } catch (error) {
      this.#worker = undefined;
      await worker.terminate();
      throw error;
    }
  }

  #start(): Worker {
    const worker = new Worker(new URL('./picture-thread.js', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    // Between two orders nobody listens; a thread that dies then is missed at the next one.
    worker.on('error', () => {});
    worker.unref();
    this.#worker = worker;
    return worker;
  }
}

function answerOf(worker: Worker, order: PixelOrder): Promise<PixelReply> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      worker.off('message', answered).off('error', failed).off('exit', failed);
      finish();
    };
    const answered = (reply: PixelReply) => settle(() => resolve(reply));
    const failed = (cause?: unknown) => {
      settle(() => reject(new UnicaError('dicomweb.too-slow', { limitMs: LIMIT_MS }, { cause })));
    };
    const timer = setTimeout(failed, LIMIT_MS);
    worker.once('message', answered).once('error', failed).once('exit', failed);
    worker.postMessage(order);
  });
}
