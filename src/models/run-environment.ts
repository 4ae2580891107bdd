import { readFileSync } from 'node:fs';
import { z } from 'zod';

const manifest = z
  .object({ dependencies: z.object({ 'onnxruntime-node': z.string() }) })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));

/** What a round runs on, beside our own code: the runtime, the system, and the pinned engine of the arithmetic. */
export function runEnvironment(): string {
  return `node ${process.version} ${process.platform}-${process.arch} onnxruntime-node ${manifest.dependencies['onnxruntime-node']}`;
}
