import { Worker } from 'node:worker_threads';
import { type TransportedError, UnicaError, unpackError } from '#base';
import type { Look, LookOrder } from './mapping-look.ts';

/** Longest a look may take, on a busy machine with a table of two thousand columns. */
const LIMIT_MS = 600_000;
/** Some thousand rows and columns fit many times over. */
const HEAP_MB = 2048;

/** Looks at a table in a thread of its own, which ends with it. @throws UnicaError what reading the table throws, `mapping.look-failed` */
export async function lookInThread(order: LookOrder, signal: AbortSignal): Promise<Look> {
  const worker = new Worker(new URL('./mapping-thread.js', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  const stop = (): void => void worker.terminate();
  const timer = setTimeout(stop, LIMIT_MS);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const reply = await new Promise<Look | { readonly kind: 'failed'; readonly error: TransportedError }>(
      (resolve, reject) => {
        const failed = (cause?: unknown): void => reject(new UnicaError('mapping.look-failed', {}, { cause }));
        worker.once('message', resolve).once('error', failed).once('exit', failed);
      },
    );
    if (reply.kind === 'failed') throw unpackError(reply.error);
    return reply;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}
