import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ModelScores } from '#wire';
import { scoresProblem } from './check-report.ts';

const FAIR: ModelScores = { loss: 0.7, samples: 40, histogram: { negative: [20], positive: [20] } };

describe('scores that could not be summed up with those of other sites', () => {
  for (const [what, scores, says] of [
    ['fair ones', FAIR, undefined],
    ['a loss beyond all measure', { ...FAIR, loss: -1e308 }, 'its loss is beyond all measure'],
    ['more films than there are', { ...FAIR, samples: 2 ** 26 }, 'it claims more films than can be added up'],
    [
      'more counts of scores than there are films',
      { ...FAIR, histogram: { negative: [2 ** 52], positive: [1] } },
      'it claims more films than can be added up',
    ],
  ] as const)
    it(what, () => {
      const none = { common: null, personal: null, localOnly: null };
      for (const model of ['common', 'personal', 'localOnly'])
        assert.equal(scoresProblem({ ...none, [model]: scores }, 3), says);
    });
});
