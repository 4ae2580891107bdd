// Entry of a cleaning thread; owned by `CleaningThreads`.
import { parentPort, workerData } from 'node:worker_threads';
import type { CleaningSetup, CleaningTask } from './deidentify-messages.ts';
import { FileCleaner } from './file-cleaner.ts';

const cleaner = new FileCleaner(workerData as CleaningSetup, { leavesLarge: false });

parentPort?.on('message', async (tasks: readonly CleaningTask[]) => {
  parentPort?.postMessage(await cleaner.cleaned(tasks));
});
