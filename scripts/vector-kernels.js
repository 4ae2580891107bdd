import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import openWabt from 'wabt';

const TEXT = 'src/engine/vector-kernels.wat';
export const VECTOR_KERNELS_PAGE = 'src/engine/vector-kernels-binary.ts';

/** The engine's WebAssembly as a module of TypeScript, assembled from its text. */
export async function vectorKernelsPage(root) {
  const wabt = await openWabt();
  const module = wabt.parseWat(TEXT, readFileSync(join(root, TEXT), 'utf8'), { threads: true, simd: true });
  const { buffer } = module.toBinary({});
  module.destroy();
  const lines =
    Buffer.from(buffer)
      .toString('base64')
      .match(/.{1,110}/g) ?? [];
  return `// Made by scripts/generate-kernels.js from ${TEXT}; do not edit.

/** The assembled kernels, base64. */
export const VECTOR_KERNELS: string =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
}
