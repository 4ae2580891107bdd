import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreeOnWire, readWireRange, wireRangeText } from './signature.ts';

test('node and hub speak the newest version that both know, or are told which of them is too old', () => {
  const rows: readonly [string, string, number | 'too-old' | 'too-new'][] = [
    ['1-1', '1-1', 1],
    ['1-3', '2-5', 3],
    ['2-5', '1-3', 3],
    ['4-4', '1-9', 4],
    ['1-2', '3-4', 'too-old'],
    ['5-6', '3-4', 'too-new'],
  ];
  for (const [theirs, ours, agreed] of rows) {
    const [left, right] = [readWireRange(theirs), readWireRange(ours)];
    assert.ok(left !== undefined && right !== undefined);
    assert.equal(agreeOnWire(left, right), agreed, `${theirs} with ${ours}`);
    assert.equal(wireRangeText(left), theirs);
  }
});

test('what is no range of versions is none', () => {
  for (const text of ['', '1', '2-1', '1-', '-1', '1-2-3', '01234-5', 'a-b', '1 - 2'])
    assert.equal(readWireRange(text), undefined, text);
});
