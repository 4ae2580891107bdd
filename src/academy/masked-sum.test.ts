import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LESSON_ANSWERS, LESSONS, RIGHT_ANSWERS, TRACKS } from './lessons.ts';
import { maskedSum } from './masked-sum.ts';

const ROWS = [
  ['two hospitals', [3, 4], 7],
  ['three, with large masks', [120, 0, 45], 165],
  ['a sum over the end of the numbers begins anew', [2 ** 31, 2 ** 31, 5], 5],
] as const;

for (const [says, values, sum] of ROWS) {
  test(`masks cancel in the sum: ${says}`, () => {
    const masked = maskedSum(values, (first, second) => (4_000_000_007 * (first + 1) + 97 * second) % 2 ** 32);
    assert.equal(masked.sum, sum);
    for (const [at, sent] of masked.sent.entries()) assert.notEqual(sent, values[at]);
  });
}

test('the masks of each pair are added by its first and taken off by its second', () => {
  assert.deepEqual(
    maskedSum([10, 20], () => 7),
    { sent: [17, 13], sum: 30 },
  );
  assert.deepEqual(
    maskedSum([1, 2], () => 5),
    { sent: [6, 2 ** 32 - 3], sum: 3 },
  );
});

test('every lesson has a right answer, and every track is of lessons', () => {
  for (const lesson of LESSONS) assert.ok(LESSON_ANSWERS.includes(RIGHT_ANSWERS[lesson]));
  for (const [track, lessons] of Object.entries(TRACKS)) {
    assert.equal(new Set(lessons).size, lessons.length, track);
    assert.ok(lessons.every((lesson) => LESSONS.includes(lesson)));
  }
});
