import { parentPort, workerData } from 'node:worker_threads';
import { packError } from '#base';
import { type LookOrder, lookAtTable } from './mapping-look.ts';

const port = parentPort;
if (port === null) throw new Error('mapping-thread runs as a worker thread');
port.postMessage(
  await lookAtTable(workerData as LookOrder).catch((error: unknown) => ({ kind: 'failed', error: packError(error) })),
);
