import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { canonicalJson, fromUtf8, sha256Hex, UnicaError } from '#base';
import { initialParameters, type ModelSpec } from '#engine';
import { readModelFolder, writeModelFolder } from '../model-folder.ts';
import { type RunRecord, runBytes } from './run-record.ts';
import { altai, annexIv, futureAi } from './scorecards.ts';
import { dossierRuns, verifyDossier } from './verify-dossier.ts';
import { dossierOf, weightsDigest, writeDossier } from './write-dossier.ts';

const SPEC: ModelSpec = {
  architecture: 'resnet8',
  inputSize: 8,
  channels: 1,
  outputs: 1,
  widths: [4, 4, 4],
  stemStride: 1,
};

const codeIs = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

/** A record with a figure, two groups of which one is withheld, and a table. */
function runOf(weightsSha256: string): RunRecord {
  const auc = { id: 'auc', label: 'AUC', form: 'number', digits: 3, value: 0.8124, low: 0.7012, high: 0.8899 } as const;
  return {
    format: 'unica-run/1',
    kind: 'evaluation',
    title: 'Films held out',
    weightsSha256,
    command: 'unica evaluate --model own --cohort films',
    environment: 'node',
    codeSha256: null,
    isSynthetic: true,
    data: [
      {
        part: 'test',
        what: 'films of a test',
        sha256: null,
        seed: 'test',
        examples: 120,
        people: 97,
        sites: ['porto', 'lviv'],
      },
    ],
    settings: { split: 'test' },
    figures: [
      auc,
      {
        id: 'accuracy',
        label: 'accuracy',
        form: 'percent',
        digits: 1,
        value: 0.7417,
        goal: 'more than chance',
        isReached: true,
      },
    ],
    groups: [
      { by: 'sex', group: 'F', examples: 80, people: 64, figures: [{ ...auc, value: 0.8333 }] },
      { by: 'sex', group: 'O', examples: null, people: null, figures: null },
    ],
    tables: [
      {
        title: 'Thresholds',
        columns: [
          { head: 'at', form: 'percent', digits: 1 },
          { head: 'kept', form: 'count', digits: 0 },
        ],
        rows: [[0.125, 31]],
      },
    ],
    notes: ['Nothing else was measured.'],
  };
}

async function written(context: TestContext): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'unica-dossier-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  const folder = join(home, 'model');
  await writeModelFolder(folder, {
    spec: SPEC,
    parameters: initialParameters(SPEC, 1),
    parts: { 'gates.json': new TextEncoder().encode('[]\n') },
  });
  await writeDossier(folder, new Map([['held-out', runOf(await weightsDigest(folder))]]));
  return folder;
}

async function change(path: string, how: (text: string) => string): Promise<void> {
  const before = await readFile(path, 'latin1');
  const after = how(before);
  assert.notEqual(after, before, `${path} is changed`);
  await writeFile(path, after, 'latin1');
}

/** What somebody does who knows how the dossier is bound, and sets all digests anew. */
async function sealAnew(folder: string): Promise<void> {
  const path = join(folder, 'dossier', 'manifest.json');
  const { seal: _, ...manifest } = JSON.parse(await readFile(path, 'utf8'));
  for (const name of Object.keys(manifest.files))
    manifest.files[name] = sha256Hex(await readFile(join(folder, 'dossier', name)));
  for (const name of Object.keys(manifest.runs))
    manifest.runs[name] = sha256Hex(await readFile(join(folder, 'dossier', 'runs', `${name}.json`)));
  for (const name of Object.keys(manifest.model)) manifest.model[name] = sha256Hex(await readFile(join(folder, name)));
  await writeFile(path, `${JSON.stringify({ ...manifest, seal: sha256Hex(canonicalJson(manifest)) }, null, 2)}\n`);
}

test('a dossier matches the model and the runs it is written from, and is the same bytes when it is written again', async (context) => {
  const folder = await written(context);
  assert.deepEqual(await verifyDossier(folder), []);
  const before = await readFile(join(folder, 'dossier', 'manifest.json'), 'utf8');
  await writeDossier(folder, await dossierRuns(folder));
  assert.equal(await readFile(join(folder, 'dossier', 'manifest.json'), 'utf8'), before);
  // The model itself is read as before.
  assert.equal((await readModelFolder(folder)).parameters.length, initialParameters(SPEC, 1).length);
});

const digit = (text: string) => text.replace('0.812', '0.822');
const FAULTS: readonly [name: string, file: string, spoil: (folder: string) => Promise<void>][] = [
  ['one byte of the weights', 'weights.safetensors', (folder) => flip(join(folder, 'weights.safetensors'))],
  ['one byte of the graph', 'model.onnx', (folder) => flip(join(folder, 'model.onnx'))],
  ['one byte of a part', 'gates.json', (folder) => flip(join(folder, 'gates.json'))],
  ['one byte of what describes the model', 'model.json', (folder) => flip(join(folder, 'model.json'))],
  ['a missing graph', 'model.onnx', (folder) => rm(join(folder, 'model.onnx'))],
  ['a missing record', 'dossier/runs/held-out.json', (folder) => rm(join(folder, 'dossier/runs/held-out.json'))],
  [
    'another value in a record',
    'dossier/runs/held-out.json',
    (folder) => change(join(folder, 'dossier/runs/held-out.json'), (text) => text.replace('0.8124', '0.9124')),
  ],
  [
    'a record that is no JSON',
    'dossier/runs/held-out.json',
    (folder) => writeFile(join(folder, 'dossier/runs/held-out.json'), '{'),
  ],
  [
    'a record of other weights',
    'dossier/runs/held-out.json',
    (folder) =>
      change(join(folder, 'dossier/runs/held-out.json'), (text) =>
        text.replace(/"weightsSha256": "[0-9a-f]{4}/, '"weightsSha256": "0000'),
      ),
  ],
  ['one digit in the card', 'dossier/README.md', (folder) => change(join(folder, 'dossier/README.md'), digit)],
  ['one digit in the page', 'dossier/index.html', (folder) => change(join(folder, 'dossier/index.html'), digit)],
  ['one digit on paper', 'dossier/dossier.pdf', (folder) => change(join(folder, 'dossier/dossier.pdf'), digit)],
  [
    'one digit in the applied model card',
    'dossier/applied-model-card.xml',
    (folder) => change(join(folder, 'dossier/applied-model-card.xml'), digit),
  ],
  [
    'one digit in the metadata of the bundle',
    'dossier/configs/metadata.json',
    (folder) => change(join(folder, 'dossier/configs/metadata.json'), (text) => text.replace('0.8124', '0.8224')),
  ],
  [
    'a practice that is said to be done',
    'dossier/future-ai.md',
    (folder) => change(join(folder, 'dossier/future-ai.md'), (text) => text.replace('not done', 'done')),
  ],
  [
    'one word of the source',
    'dossier/dossier.json',
    (folder) =>
      change(join(folder, 'dossier/dossier.json'), (text) => text.replace('Research use only', 'Clinical use only')),
  ],
  [
    'one byte of the manifest',
    'dossier/manifest.json',
    (folder) => change(join(folder, 'dossier/manifest.json'), (text) => text.replace('  "format"', '   "format"')),
  ],
  [
    'a file that nobody speaks for',
    'dossier/praise.md',
    (folder) => writeFile(join(folder, 'dossier/praise.md'), 'AUC 0.99'),
  ],
  ['a missing page', 'dossier/index.html', (folder) => rm(join(folder, 'dossier/index.html'))],
];
for (const [name, file, spoil] of FAULTS)
  test(`found: ${name}`, async (context) => {
    const folder = await written(context);
    await spoil(folder);
    const problems = await verifyDossier(folder);
    assert.equal(problems[0]?.file, file, JSON.stringify(problems));
  });

/** Faults with every digest set anew, so that only what the runs say can tell. */
const FORGERIES: readonly [name: string, file: string, spoil: (folder: string) => Promise<void>, says: RegExp][] = [
  [
    'one digit in the card',
    'dossier/README.md',
    (folder) => change(join(folder, 'dossier/README.md'), digit),
    /0\.822.* it is ".*0\.812/,
  ],
  [
    'one digit in the page',
    'dossier/index.html',
    (folder) => change(join(folder, 'dossier/index.html'), digit),
    /0\.822/,
  ],
  [
    'one digit on paper',
    'dossier/dossier.pdf',
    (folder) => change(join(folder, 'dossier/dossier.pdf'), digit),
    /what the runs say/,
  ],
  [
    'one digit in the applied model card',
    'dossier/applied-model-card.xml',
    (folder) => change(join(folder, 'dossier/applied-model-card.xml'), digit),
    /0\.822/,
  ],
  [
    'one digit in the metadata of the bundle',
    'dossier/configs/metadata.json',
    (folder) => change(join(folder, 'dossier/configs/metadata.json'), (text) => text.replace('0.8124', '0.8224')),
    /8224/,
  ],
  [
    'another value in the record',
    'dossier/README.md',
    (folder) => change(join(folder, 'dossier/runs/held-out.json'), (text) => text.replace('0.8124', '0.9124')),
    /0\.8124.* it is ".*0\.912/,
  ],
  [
    'a figure that is written, not referred to',
    'dossier/dossier.json',
    (folder) => change(join(folder, 'dossier/dossier.json'), (text) => text.replace('Known biases', 'AUC 0.999')),
    /0\.999, which no run stands behind/,
  ],
  [
    'a reference to what is not there',
    'dossier/dossier.json',
    (folder) =>
      change(join(folder, 'dossier/dossier.json'), (text) => text.replaceAll('/figures/0/value', '/figures/7/value')),
    /figures\/7\/value/,
  ],
  [
    'a page of praise that the manifest names',
    'dossier/praise.md',
    async (folder) => {
      await writeFile(join(folder, 'dossier/praise.md'), 'AUC 0.99');
      await change(join(folder, 'dossier/manifest.json'), (text) =>
        text.replace('"files": {', `"files": { "praise.md": "${'0'.repeat(64)}",`),
      );
    },
    /no run stands behind/,
  ],
  [
    'a scorecard that is gone from the manifest too',
    'dossier/future-ai.md',
    async (folder) => {
      await rm(join(folder, 'dossier/future-ai.md'));
      await change(join(folder, 'dossier/manifest.json'), (text) => text.replace(/"future-ai\.md": "[0-9a-f]+",/, ''));
    },
    /does not name it/,
  ],
  ['the graph of another model', 'model.json', (folder) => flip(join(folder, 'model.onnx')), /model\.onnx/],
];
for (const [name, file, spoil, says] of FORGERIES)
  test(`found with all digests set anew: ${name}`, async (context) => {
    const folder = await written(context);
    await spoil(folder);
    await sealAnew(folder);
    const problems = await verifyDossier(folder);
    const found = problems.find((one) => one.file === file);
    assert.match(found?.problem ?? '', says, JSON.stringify(problems));
  });

test('a digit anywhere in the card is bound: changed, it is found though all digests are set anew', async (context) => {
  const folder = await written(context);
  const path = join(folder, 'dossier', 'README.md');
  const card = await readFile(path, 'utf8');
  // Every eighth, so that all kinds of places are among them.
  const places = [...card.matchAll(/\d/g)].map(({ index }) => index).filter((_, nth) => nth % 8 === 0);
  assert.ok(places.length > 10, `${places.length} digits`);
  for (const at of places) {
    const other = card[at] === '9' ? '8' : '9';
    await writeFile(path, `${card.slice(0, at)}${other}${card.slice(at + 1)}`);
    await sealAnew(folder);
    assert.equal((await verifyDossier(folder))[0]?.file, 'dossier/README.md', `digit ${at}`);
  }
});

test('another rendering is another number in the manifest, or dossiers written before would be called false', async (context) => {
  const folder = await written(context);
  const manifest = JSON.parse(await readFile(join(folder, 'dossier', 'manifest.json'), 'utf8'));
  // New words change both digests. Where the source is the same and the views are not, raise RENDERING in write-dossier.ts.
  const views = ['README.md', 'index.html', 'dossier.pdf', 'applied-model-card.xml', 'configs/metadata.json'];
  const source = manifest.files['dossier.json'];
  assert.deepEqual(
    { rendering: manifest.rendering, views: sha256Hex(views.map((name) => manifest.files[name]).join()), source },
    {
      rendering: 1,
      views: '804b15241d9f7a309c66f2cf4278aee987f22f6887c00aef7c012e1549c9562f',
      source: 'c9a49fd3be5cd6fe414e10dabb5bb6c42b673ddeda0832d69d7f52c4f8f96d6c',
    },
  );
  manifest.rendering = 99;
  const { seal: _, ...unsealed } = manifest;
  await writeFile(
    join(folder, 'dossier', 'manifest.json'),
    `${JSON.stringify({ ...unsealed, seal: sha256Hex(canonicalJson(unsealed)) }, null, 2)}\n`,
  );
  const [problem] = await verifyDossier(folder);
  assert.match(problem?.problem ?? '', /another version of the program/);
});

test('a withheld group is told by its name alone, and the views hold the figures of the rest', async (context) => {
  const folder = await written(context);
  const card = await readFile(join(folder, 'dossier', 'README.md'), 'utf8');
  assert.match(card, /\| sex \| O \| withheld \| {2}\| {2}\|/);
  assert.match(card, /\| sex \| F \| 64 \| 80 \| 0\.833 \(0\.701 to 0\.890\) \|/);
  const pdf = await readFile(join(folder, 'dossier', 'dossier.pdf'), 'latin1');
  assert.ok(pdf.includes('(0.833 \\(0.701 to 0.890\\))'));
  assert.match(card, /^---\nlicense: eupl-1\.2\n/);
});

test('a PDF whose table of places leads to its objects, and whose page count is right', async (context) => {
  const pdf = await readFile(join(await written(context), 'dossier', 'dossier.pdf'), 'latin1');
  const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(pdf)?.[1]);
  assert.ok(pdf.startsWith('%PDF-1.7\n') && pdf.slice(start).startsWith('xref\n'));
  const rows = [...pdf.slice(start).matchAll(/^(\d{10}) 00000 n $/gm)];
  assert.ok(rows.length > 10);
  for (const [index, [, place]] of rows.entries())
    assert.ok(pdf.slice(Number(place)).startsWith(`${index + 1} 0 obj\n`), `object ${index + 1}`);
  const pages = [...pdf.matchAll(/\/Type \/Page /g)].length;
  assert.equal(Number(/\/Type \/Pages \/Count (\d+)/.exec(pdf)?.[1]), pages);
});

test('a run of other weights is no evidence for this model', async (context) => {
  const folder = await written(context);
  await assert.rejects(writeDossier(folder, new Map([['other', runOf('0'.repeat(64))]])), codeIs('models.run-foreign'));
  assert.deepEqual(await verifyDossier(folder), []);
});

test('a group of too few people has no figures in a record, and a withheld one no counts', () => {
  const whole = runOf('a'.repeat(64));
  const [told, withheld] = whole.groups;
  assert.ok(told !== undefined && withheld !== undefined);
  for (const group of [
    { ...told, people: 19 },
    { ...withheld, people: 7 },
    { ...withheld, examples: 9 },
  ])
    assert.throws(() => runBytes('small', { ...whole, groups: [group] }), codeIs('models.run-unreadable'));
  assert.ok(runBytes('enough', { ...whole, groups: [{ ...told, people: 20 }, withheld] }).length > 0);
});

test('no model and no dossier are told apart', async (context) => {
  const folder = await written(context);
  await rm(join(folder, 'dossier'), { recursive: true });
  await assert.rejects(verifyDossier(folder), codeIs('models.dossier-missing'));
  await assert.rejects(verifyDossier(join(folder, 'none')), codeIs('models.folder-missing'));
});

test('the scorecards have the items of their frameworks', () => {
  const weightsSha256 = 'a'.repeat(64);
  const { source } = dossierOf({ spec: SPEC, weightsSha256, runs: new Map([['held-out', runOf(weightsSha256)]]) });
  const practices = futureAi(source).blocks.flatMap((block) =>
    block.kind === 'table' ? block.rows.map(([code]) => String(code?.[0])) : [],
  );
  const count = (letters: string) => practices.filter((code) => code.replace(/\d+$/, '') === letters).length;
  assert.deepEqual(['F', 'Un', 'T', 'Us', 'R', 'E', 'G'].map(count), [3, 4, 6, 5, 3, 2, 7]);
  assert.equal(new Set(practices).size, 30);
  const headings = (document: ReturnType<typeof altai>) =>
    document.blocks.filter((block) => block.kind === 'heading' && block.level === 2).length;
  assert.equal(headings(altai(source)), 7);
  assert.equal(headings(annexIv(source)), 9);
});

test('the applied model card has the elements of its schema in their order, the bundle its mandatory keys', async (context) => {
  const folder = await written(context);
  const xml = await readFile(join(folder, 'dossier', 'applied-model-card.xml'), 'utf8');
  const top = [...xml.matchAll(/^ {2}<(\w+)/gm)].map(([, name]) => name);
  // https://mc.chai.org/v0.2/schema.xsd, AppliedModelCard
  assert.deepEqual(top, [
    'BasicInfo',
    'ReleaseInfo',
    'ModelSummary',
    'UsesAndDirections',
    'Warnings',
    'TrustIngredients',
    'KeyMetrics',
    'Resources',
    'Bibliography',
  ]);
  const metadata = JSON.parse(fromUtf8(await readFile(join(folder, 'dossier', 'configs', 'metadata.json'))));
  // MONAI Bundle Specification, metadata.json
  for (const key of [
    'version',
    'monai_version',
    'pytorch_version',
    'numpy_version',
    'optional_packages_version',
    'task',
    'description',
    'authors',
    'copyright',
    'network_data_format',
  ])
    assert.ok(Object.hasOwn(metadata, key), key);
  for (const format of [
    ...Object.values(metadata.network_data_format.inputs),
    ...Object.values(metadata.network_data_format.outputs),
  ])
    for (const key of [
      'type',
      'format',
      'modality',
      'num_channels',
      'spatial_shape',
      'dtype',
      'value_range',
      'is_patch_data',
      'channel_def',
    ])
      assert.ok(Object.hasOwn(format as object, key), key);
});

async function flip(path: string): Promise<void> {
  const bytes = await readFile(path);
  const at = bytes.length - 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
}
