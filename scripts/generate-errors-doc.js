// Writes docs/operators/errors.md from src/base/error-table.ts.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ERRORS_PAGE, errorsPage } from './errors-page.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
writeFileSync(join(root, ERRORS_PAGE), await errorsPage(root));
