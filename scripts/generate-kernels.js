// Writes src/engine/vector-kernels-binary.ts from src/engine/vector-kernels.wat.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VECTOR_KERNELS_PAGE, vectorKernelsPage } from './vector-kernels.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
writeFileSync(join(root, VECTOR_KERNELS_PAGE), await vectorKernelsPage(root));
