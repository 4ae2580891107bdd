import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outgoingSchema } from '#wire';
import { openConsentRig } from './consent-rig.ts';

// Two hospitals, one with too few people for its figures to be told: the finished model, the sites' own and one trained alone.

test('a finished model is evaluated where the people are', async (t) => {
  const siteIds = ['large', 'small'];
  const rig = await openConsentRig(t, { siteIds, approval: 'automatic', films: { large: 260 } });
  const strategy = { kind: 'ditto', lambda: 0.1 } as const;
  const ended = async (jobId: string) =>
    await rig.jobUntil(jobId, ({ state }) => state === 'finished' || state === 'failed');
  const view = await ended(await rig.submit({ strategy, learningRate: 0.05, evaluation: { localOnly: true } }));
  assert.equal(view.state, 'finished', view.because ?? '');
  const [large, small] = view.evaluation?.sites ?? [];
  assert.ok(large?.common != null && large.personal !== null && large.localOnly !== null);

  await t.test('where there are people enough, all three models are told of', () => {
    assert.deepEqual([large.siteId, large.state], ['large', 'received']);
    for (const figures of [large.common, large.personal, large.localOnly]) {
      assert.equal(figures?.films, large.common?.films);
      assert.ok(figures !== null && figures.auc !== null && figures.auc >= 0 && figures.auc <= 1);
    }
    assert.notDeepEqual(large.personal, large.common);
    assert.notDeepEqual(large.localOnly, large.common);
  });

  await t.test('where there are not, nothing is told, and the whole is that of the others', () => {
    assert.deepEqual([small?.state, small?.common, small?.personal, small?.localOnly], ['received', null, null, null]);
    assert.deepEqual(view.evaluation?.merged, large.common);
  });

  await t.test('the figures are those a further round finds for the same model', async () => {
    assert.ok(view.modelId !== null);
    const { weightsSha256 } = await rig.model(view.modelId);
    const warmStart = { modelId: view.modelId, weightsSha256 };
    const more = await ended(await rig.submit({ warmStart, rounds: 1 }));
    const validation = more.rounds[0]?.sites.find(({ siteId }) => siteId === 'large')?.metrics?.validation;
    assert.equal(validation?.samples, large.common?.films);
    assert.equal(validation?.loss, large.common?.loss);
    assert.equal(more.rounds[0]?.auc, large.common?.auc);

    const again = await ended(await rig.submit({ warmStart, rounds: 0, evaluation: { localOnly: false } }));
    assert.deepEqual([again.state, again.modelId, again.rounds], ['finished', view.modelId, []]);
    assert.deepEqual(again.evaluation?.merged, large.common);
    const left = await rig.owner.get(`/api/outgoing?limit=5000&jobId=${again.jobId}`, outgoingSchema);
    const kinds = new Set(left.items.map(({ kind }) => kind));
    assert.ok(kinds.has('receipt-evaluation') && !kinds.has('update') && !kinds.has('masked-update'));
  });

  await t.test('what cannot be evaluated is refused before anybody is asked', async () => {
    await assert.rejects(rig.submit({ rounds: 0 }), /no rounds evaluates a registered model/);
    await assert.rejects(
      rig.submit({
        privacy: { noiseMultiplier: 1, clipNorm: 1, delta: 1e-5, epsilon: 10 },
        evaluation: { localOnly: true },
      }),
      /would have to be paid for again/,
    );
  });
});
