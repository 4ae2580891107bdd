import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const data = join(process.env['UNICA_DATA'] ?? join(root, '..', 'shared', 'data'), 'medmnist', 'breastmnist.npz');
const example = join(root, 'examples', 'engine.mjs');

test('the example of the README defines, trains and exports a model through the public door', {
  skip: existsSync(data) ? false : 'no ../shared/data/medmnist (UNICA_DATA)',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unica-example-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { stdout } = await promisify(execFile)(process.execPath, [example, data], { cwd: folder });
  const auc = Number(/AUC on the test part: ([\d.]+)/.exec(stdout)?.[1]);
  assert.ok(auc > 0.6, stdout);
  assert.ok(readFileSync(join(folder, 'model.onnx')).length > 50_000);
});

test('the README shows that example', () => {
  const shown = readFileSync(join(root, 'README.md'), 'utf8');
  const lines = readFileSync(example, 'utf8').trim().split('\n').slice(1);
  assert.ok(shown.includes(lines.join('\n')), 'README.md and examples/engine.mjs differ');
});
