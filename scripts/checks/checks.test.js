import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBoundaries } from './boundaries.js';
import { checkDeadCode } from './dead-code.js';
import { checkEnvironment } from './environment.js';
import { checkErrorCodes } from './error-codes.js';
import { checkExports } from './exports.js';
import { checkFormat } from './format.js';
import { checkLinks } from './links.js';
import { checkPackaging } from './packaging.js';
import { withPlantedTree } from './planted-tree.js';
import { checkPurity } from './purity.js';
import { checkSettings } from './settings.js';
import { checkTypes } from './types.js';

const PORTAL = {
  'web/tsconfig.json': JSON.stringify({
    compilerOptions: {
      module: 'preserve',
      moduleResolution: 'bundler',
      paths: { '#wire': ['../src/wire/index.ts'], '#store': ['../src/store/index.ts'] },
      allowImportingTsExtensions: true,
      noEmit: true,
      strict: true,
      types: [],
    },
    include: ['src'],
  }),
};

/** [check, what is planted, the files that plant it, what the check must say] */
const PLANTED = [
  [checkTypes, 'a wrong type', { 'src/store/wrong.ts': "export const count: number = 'many';\n" }, /wrong\.ts.*TS2322/],
  [
    checkTypes,
    "Node's types in a pure room",
    { 'src/wire/day.ts': 'export const dayOf = () => process.pid;\n' },
    /tsconfig\.pure\.json: .*day\.ts.*process/,
  ],
  [
    checkTypes,
    'a pure room that nobody listed',
    {
      'tsconfig.pure.json': JSON.stringify({
        extends: './tsconfig.json',
        compilerOptions: { types: [], noEmit: true, incremental: false },
        include: ['src/base/**/*.ts'],
      }),
    },
    /must list the pure rooms/,
  ],
  [
    checkFormat,
    'a wide indent',
    { 'src/store/fill.ts': 'export function fill(): number {\n        return 1;\n}\n' },
    /fill\.ts:1 .*format/,
  ],
  [
    checkFormat,
    'an any',
    { 'src/store/fill.ts': 'export const fill = (given: any): unknown => given;\n' },
    /noExplicitAny/,
  ],
  [
    checkFormat,
    'a mere warning',
    { 'src/store/fill.ts': 'const idle = 1;\nexport const fill = 2;\n' },
    /noUnusedVariables/,
  ],
  [
    checkBoundaries,
    'an import that the table does not allow',
    { 'src/store/fill.ts': "export { dayOf as fill } from '#wire';\n" },
    /src\/store\/fill\.ts:1 imports #wire, which rooms\.json does not allow to store/,
  ],
  [
    checkBoundaries,
    'such an import of a type only',
    {
      'src/store/fill.ts':
        "import type { dayOf } from '#wire';\n\nexport type Fill = typeof dayOf;\nexport const fill = 1;\n",
    },
    /fill\.ts:1 imports #wire/,
  ],
  [
    checkBoundaries,
    'such an import, awaited',
    { 'src/store/fill.ts': "export const fill = async () => (await import('#wire')).dayOf(1);\n" },
    /fill\.ts:1 imports #wire/,
  ],
  [
    checkBoundaries,
    "another room's file behind its door",
    { 'src/store/fill.ts': "export { UnicaError as fill } from '../base/errors.ts';\n" },
    /fill\.ts:1 imports \.\.\/base\/errors\.ts, a file of another room/,
  ],
  [
    checkBoundaries,
    "a room's own door by its name",
    { 'src/store/size.ts': "export { fill as size } from '#store';\n" },
    /size\.ts:1 imports its own door #store/,
  ],
  [
    checkBoundaries,
    "a room's own door by its file",
    { 'src/store/size.ts': "export { fill as size } from './index.ts';\n" },
    /size\.ts:1 imports its own door/,
  ],
  [
    checkBoundaries,
    'a hub that loads pictures by a long way',
    {
      'rooms.json': JSON.stringify(
        Object.fromEntries(
          Object.entries({ base: [], dicom: [], wire: ['base', 'dicom'], store: ['base'], hub: ['wire'] }).map(
            ([name, mayImport]) => [name, { wing: 'ground', pure: false, public: true, mayImport, says: '' }],
          ),
        ),
      ),
      'src/dicom/index.ts': 'export const pixels = 1;\n',
      'src/wire/index.ts': "export { pixels } from '#dicom';\n",
      'src/hub/index.ts': "export { pixels } from '#wire';\n",
      'package.json': JSON.stringify({
        name: 'planted',
        type: 'module',
        imports: Object.fromEntries(
          ['base', 'dicom', 'wire', 'store', 'hub'].map((name) => [
            `#${name}`,
            { 'unica-source': `./src/${name}/index.ts` },
          ]),
        ),
      }),
    },
    /^src\/hub: loads dicom, by src\/hub\/index\.ts → src\/wire\/index\.ts → src\/dicom\/index\.ts$/,
  ],
  [
    checkBoundaries,
    'a ring of files',
    {
      'src/store/a.ts': "import { b } from './b.ts';\n\nexport const a = () => b;\n",
      'src/store/b.ts': "import { a } from './a.ts';\n\nexport const b = () => a;\n",
    },
    /in a ring/,
  ],
  [
    checkBoundaries,
    'a folder that is no room',
    { 'src/cellar/wine.ts': 'export const wine = 1;\n' },
    /src\/cellar: not a room/,
  ],
  [
    checkBoundaries,
    'a table that points forward',
    {
      'rooms.json': JSON.stringify({
        base: { wing: 'ground', pure: true, public: true, mayImport: ['wire'], says: '' },
        wire: { wing: 'ground', pure: true, public: true, mayImport: ['base'], says: '' },
        store: { wing: 'ground', pure: false, public: true, mayImport: ['base'], says: '' },
      }),
    },
    /base may not import wire, which does not come before it/,
  ],
  [
    checkBoundaries,
    'a room without a name in package.json',
    { 'package.json': JSON.stringify({ name: 'planted', type: 'module', imports: {} }) },
    /"imports" has no #wire/,
  ],
  [
    checkBoundaries,
    'a package that nobody installs',
    { 'src/store/fill.ts': "export { z as fill } from 'zod';\n" },
    /fill\.ts:1 imports zod, which package\.json does not name/,
  ],
  [
    checkBoundaries,
    'a portal that enters a house',
    { ...PORTAL, 'web/src/main.ts': "export { fill } from '#store';\n" },
    /web\/src\/main\.ts:1 imports #store; the portal may enter #base, #vocab, #wire, #dicom, #films, #quality, #academy only/,
  ],
  [
    checkBoundaries,
    'a portal that goes round a door',
    { ...PORTAL, 'web/src/main.ts': "export { fill } from '../../src/store/fill.ts';\n" },
    /web\/src\/main\.ts:1 imports \.\.\/\.\.\/src\/store\/fill\.ts, outside the portal/,
  ],
  ...[
    ['the clock', 'Date.now()'],
    ['the clock by a bare date', 'new Date()'],
    ['chance', 'Math.random()'],
    ['chance from crypto', 'crypto.randomUUID()'],
    ['the network', "fetch('http://127.0.0.1')"],
    ['the process', 'process.pid'],
    ['a buffer', "Buffer.from('a')"],
    ['a timer', 'setTimeout(() => {}, 1)'],
    ['a way round: globalThis', 'globalThis.Date'],
    ['an awaited node module', "import('node:fs')"],
  ].map(([name, expression]) => [
    checkPurity,
    `${name} in a pure room`,
    { 'src/wire/day.ts': `export const dayOf = () => ${expression};\n` },
    /src\/wire\/day\.ts:1 uses .* in the pure room wire/,
  ]),
  [
    checkPurity,
    'a node module in a pure room',
    { 'src/wire/day.ts': "import { readFileSync } from 'node:fs';\n\nexport const dayOf = () => readFileSync;\n" },
    /day\.ts:1 uses node:fs/,
  ],
  [
    checkExports,
    'an export of everything',
    { 'src/wire/index.ts': "export * from './day.ts';\n" },
    /src\/wire\/index\.ts:1 exports \*/,
  ],
  [
    checkExports,
    'an export of everything under a name',
    { 'src/wire/index.ts': "export * as day from './day.ts';\n" },
    /exports \*/,
  ],
  [
    checkExports,
    'a default export',
    { 'src/wire/day.ts': 'export default function dayOf() {}\n' },
    /src\/wire\/day\.ts:1 has a default export/,
  ],
  [
    checkExports,
    'a default export by assignment',
    { 'src/wire/day.ts': 'const day = 1;\nexport default day;\n' },
    /day\.ts:2 has a default export/,
  ],
  [
    checkExports,
    'a default export by renaming',
    { 'src/wire/day.ts': 'const day = 1;\nexport { day as default };\n' },
    /day\.ts:2 has a default export/,
  ],
  [
    checkEnvironment,
    'a second reader of the environment',
    { 'src/store/a.ts': "export const a = process.env['A'];\n", 'src/store/b.ts': 'export const b = process.env;\n' },
    /src\/store\/b\.ts:1 reads process\.env/,
  ],
  [
    checkErrorCodes,
    'a code that the table does not know',
    {
      'src/store/more.ts': "import { UnicaError } from '#base';\n\nexport const more = new UnicaError('store.lost');\n",
    },
    /src\/store\/more\.ts:3 throws store\.lost/,
  ],
  [
    checkErrorCodes,
    'a code that nobody throws',
    { 'src/store/fill.ts': 'export const fill = 1;\n' },
    /error-table\.ts:2 store\.full is used nowhere/,
  ],
  [
    checkDeadCode,
    'a file that nothing uses',
    { 'src/store/attic.ts': 'export const attic = 1;\n' },
    /src\/store\/attic\.ts is used by nothing/,
  ],
  [
    checkDeadCode,
    'an export that nothing imports',
    {
      'src/store/fill.ts':
        "import { freemem } from 'node:os';\nimport { UnicaError } from '#base';\n\nexport const spare = 1;\nexport const fill = () => [freemem(), new UnicaError('store.full')];\n",
    },
    /src\/store\/fill\.ts:4 spare is exported but imported nowhere/,
  ],
  [
    checkLinks,
    'a link to a page that is not there',
    { 'docs/operators/errors.md': 'See [settings](configuration.md) and [this](gone.md#why).\n' },
    /docs\/operators\/errors\.md:1 leads to gone\.md/,
  ],
  [
    checkSettings,
    'a setting that the reference forgets',
    { 'src/node/config.ts': 'export const shape = { smallPort: z.number() };\n' },
    /does not tell of UNICA_SMALL_PORT/,
  ],
  [
    checkSettings,
    'a setting that only the reference knows',
    { 'docs/operators/configuration.md': '| `UNICA_GHOST` | |\n' },
    /tells of UNICA_GHOST/,
  ],
  [
    checkPackaging,
    'a setting that a unit gives and no house knows',
    { 'packaging/node.service': 'Environment=UNICA_GHOST=1\n' },
    /packaging\/node\.service: gives UNICA_GHOST/,
  ],
  [
    checkPackaging,
    'a part of the package that the image lacks',
    {
      'package.json': JSON.stringify({ name: 'planted', files: ['bench', 'dist', 'models'] }),
      Containerfile: 'COPY --from=build /opt/unica/dist dist\n',
    },
    /the image lacks models/,
  ],
];

for (const [check, what, faults, says] of PLANTED) {
  test(`${check.name} finds ${what}`, async () => {
    const { problems } = await withPlantedTree(faults, check);
    assert.match(problems.join('\n'), says);
  });
}

for (const check of [
  checkTypes,
  checkFormat,
  checkBoundaries,
  checkPurity,
  checkExports,
  checkEnvironment,
  checkErrorCodes,
  checkDeadCode,
  checkSettings,
  checkLinks,
]) {
  test(`${check.name} has nothing to say about a sound tree`, async () => {
    assert.deepEqual((await withPlantedTree({}, check)).problems, []);
  });
}

test('purity allows what only looks like the surroundings: a property, a parameter, a dated date', async () => {
  const day = `export function dayOf(given: { readonly process: string }, fetchMs: number): string {
  return given.process + new Date(fetchMs).toISOString() + JSON.stringify({ fetch: 1 });
}
`;
  assert.deepEqual((await withPlantedTree({ 'src/wire/day.ts': day }, checkPurity)).problems, []);
});
