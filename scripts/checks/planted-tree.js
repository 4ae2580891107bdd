// For the tests of the checks: a small tree of rooms that passes, in a temporary folder, and ways to plant a fault in it.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const room = (wing, pure, mayImport) => ({ wing, pure, public: true, mayImport, says: 'a planted room' });
const door = (name) => ({ 'unica-source': `./src/${name}/index.ts`, default: `./dist/${name}/index.js` });

const SOUND = {
  // The tree's JSON is written in one line each; the formatter is to look at the sources.
  '.gitignore': 'node_modules/\n*.json\n',
  'rooms.json': JSON.stringify({
    base: room('ground', true, []),
    wire: room('ground', true, ['base']),
    store: room('ground', false, ['base']),
  }),
  'package.json': JSON.stringify({
    name: 'planted',
    private: true,
    type: 'module',
    imports: { '#base': door('base'), '#wire': door('wire'), '#store': door('store') },
  }),
  'tsconfig.pure.json': JSON.stringify({
    extends: './tsconfig.json',
    compilerOptions: { types: [], noEmit: true, incremental: false },
    include: ['src/base/**/*.ts', 'src/wire/**/*.ts'],
    exclude: ['**/*.test.ts'],
  }),
  'knip.json': JSON.stringify({ entry: ['src/{base,wire,store}/index.ts'], project: ['src/**/*.ts'] }),
  'src/base/index.ts': "export { ERROR_TABLE } from './error-table.ts';\nexport { UnicaError } from './errors.ts';\n",
  'src/base/error-table.ts': `export const ERROR_TABLE = {
  'store.full': { family: 'user', status: 507, sentence: 'The disk is full.', mend: 'Make room.' },
} as const;
`,
  'src/base/errors.ts': `export class UnicaError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}
`,
  'src/wire/index.ts': "export { dayOf } from './day.ts';\n",
  'src/wire/day.ts': `export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
`,
  'docs/operators/configuration.md': '# Settings\n',
  'src/store/index.ts': "export { fill } from './fill.ts';\n",
  'src/store/fill.ts': `import { freemem } from 'node:os';
import { UnicaError } from '#base';

export function fill(sizeBytes: number): void {
  if (sizeBytes > freemem()) throw new UnicaError('store.full');
}
`,
};

/**
 * Makes the sound tree with `faults` over it (path to text) and calls `use` with its folder; takes it away afterwards.
 * @template T
 * @param {Record<string, string>} faults
 * @param {(root: string) => T | Promise<T>} use
 */
export async function withPlantedTree(faults, use) {
  const root = mkdtempSync(join(tmpdir(), 'unica-planted-'));
  try {
    for (const path of ['tsconfig.json', 'biome.json']) cpSync(join(repository, path), join(root, path));
    symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
    for (const [path, text] of Object.entries({ ...SOUND, ...faults })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return await use(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}
