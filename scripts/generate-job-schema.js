// Writes docs/schemas/job.schema.json from the schema that reads job files. Needs a build.
import { mkdirSync, writeFileSync } from 'node:fs';
import { jobFileJsonSchema } from '../dist/learning/index.js';

const folder = new URL('../docs/schemas/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('job.schema.json', folder), `${JSON.stringify(jobFileJsonSchema(), null, 2)}\n`);
