import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSoughtFound, taskByName } from './tasks.ts';

const rows = [
  ['chest-nodule', ['Nodule'], true],
  ['chest-nodule', ['Effusion', ' mass '], true],
  ['chest-nodule', ['No finding'], false],
  ['chest-nodule', ['Effusion'], false],
  ['chest-nodule', [], false],
  ['breast-risk', ['Breast cancer'], true],
  ['breast-risk', ['Nodule'], false],
  ['chest-opacity', ['Pneumonia'], true],
] as const;

for (const [task, findings, found] of rows)
  test(`what a model of ${task} looks for is ${found ? '' : 'not '}found with: ${findings.join(', ')}`, () =>
    assert.equal(isSoughtFound(findings, taskByName(task)), found));
