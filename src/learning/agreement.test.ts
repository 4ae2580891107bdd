import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Agreement } from './agreement.ts';

it('the cosine of each change to the step of the model, however it is cut into blocks', () => {
  const before = Float32Array.from([1, 1, 1, 1]);
  const after = Float32Array.from([2, 1, 1, 2]);
  const changes = {
    with: [1, 0, 0, 1],
    against: [-2, 0, 0, -2],
    across: [0, 3, 0, 0],
    half: [1, 1, 0, 0],
    nothing: [0, 0, 0, 0],
  };
  for (const blocks of [[4], [1, 3], [2, 2]]) {
    const agreement = new Agreement();
    let begin = 0;
    for (const length of blocks) {
      const part = (numbers: Float32Array) => numbers.subarray(begin, begin + length);
      agreement.addModel(part(before), part(after));
      for (const [siteId, change] of Object.entries(changes))
        agreement.addChange(siteId, part(Float32Array.from(change)));
      begin += length;
    }
    const { half, ...rest } = agreement.cosines();
    assert.deepEqual(rest, { with: 1, against: -1, across: 0 });
    assert.ok(Math.abs((half ?? Number.NaN) - 0.5) <= 1e-12);
  }
});
