import { availableParallelism, totalmem } from 'node:os';
import { codeDigest } from '#models';
import type { Readiness } from '#wire';
import type { NodeConfig } from './config.ts';

/** What this node tells the hub of its readiness to learn: nothing of its data, nothing of its name in the hospital. */
export async function readinessOf({ trainingWorkers, approval }: NodeConfig): Promise<Readiness> {
  return {
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    trainingWorkers,
    approval,
    codeSha256: await codeDigest(),
  };
}
