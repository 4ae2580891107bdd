import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type MappingShares, proposedRight } from './bench-mapping.ts';

const CONFORMANCE = fileURLToPath(new URL('../../conformance/', import.meta.url));

/**
 * What the issue asks of columns and values that are proposed for the first time. The tables were labelled before they were measured; what
 * they missed led to rules, so that this holds what was reached and says nothing of tables that nobody has seen: docs/benchmarks.md has those.
 */
const ASKED = { columns: 0.8, values: 0.7 } as const;

test('thirteen labelled tables, in ten languages: columns and values are proposed as labelled', async (context) => {
  const folders = (await readdir(CONFORMANCE)).filter((name) => /^mapping-|^cdm-fixture$/.test(name)).sort();
  assert.deepEqual(folders, ['cdm-fixture', 'mapping-habits', 'mapping-held-out', 'mapping-held-out-2']);
  const all: MappingShares[] = [];
  for (const folder of folders) {
    await context.test(folder, async () => {
      const shares = await proposedRight(`${CONFORMANCE}${folder}`);
      all.push(shares);
      for (const part of ['columns', 'values'] as const) {
        const { right, all: labelled } = shares[part];
        assert.ok(labelled >= 40, `${folder} has ${labelled} labelled ${part}`);
        assert.ok(right / labelled >= ASKED[part], `${right} of ${labelled} ${part} in ${folder}`);
      }
    });
  }
  assert.equal(
    all.reduce((sum, { tables }) => sum + tables, 0),
    13,
  );
});

test('a label that is wrong is counted as missed', async () => {
  const labels = JSON.stringify({
    'sein.csv': { columns: { 'N° dossier': 'sex' }, values: {} },
  });
  const { columns } = await proposedRight(`${CONFORMANCE}mapping-held-out-2`, labels);
  assert.deepEqual(columns, { right: 0, all: 1 });
});
