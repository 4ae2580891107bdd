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

test('models of one site, and without one, are tried at every site where both classes may be told of', async (t) => {
  const rig = await openConsentRig(t, {
    siteIds: ['east', 'small', 'west'],
    approval: 'automatic',
    films: { east: 260, west: 260 },
  });
  const job = {
    learningRate: 0.05,
    rounds: 2,
    evaluation: { localOnly: true, crossSite: true, withoutEach: true },
    aggregation: { updates: 'open', mostFilms: 1024 },
  } as const;
  const jobId = await rig.submit(job);
  const view = await rig.jobUntil(jobId, ({ state }) => state === 'finished' || state === 'failed');
  assert.equal(view.state, 'finished', view.because ?? '');
  const comparison = view.evaluation?.comparison ?? assert.fail('no comparison');
  const at = (kind: string, of: string, siteId: string) =>
    comparison.models
      .find((model) => model.kind === kind && model.siteId === of)
      ?.sites.find((site) => site.siteId === siteId)?.figures;

  await t.test('a model at its own site has the figures it had before it left', () => {
    for (const siteId of ['east', 'west']) {
      const {
        roc: _,
        calibration: __,
        ...before
      } = view.evaluation?.sites.find((site) => site.siteId === siteId)?.localOnly ?? assert.fail();
      assert.deepEqual(at('local-only', siteId, siteId), before);
    }
  });

  await t.test('it is tried at the other, and so is that of a site that may not be told of', () => {
    assert.notDeepEqual(at('local-only', 'east', 'west') ?? assert.fail(), at('local-only', 'west', 'west'));
    assert.ok(at('local-only', 'small', 'east') != null);
    assert.deepEqual(
      comparison.sites.map(({ siteId, state }) => [siteId, state]),
      [
        ['east', 'received'],
        ['west', 'received'],
      ],
    );
  });

  await t.test('what each site contributed is told of the films of both', () => {
    const films = ['east', 'west'].map(
      (siteId) => view.evaluation?.sites.find((site) => site.siteId === siteId)?.common?.films ?? 0,
    );
    for (const { siteId, everywhere, elsewhere } of comparison.contributions) {
      assert.equal(everywhere?.films, (films[0] ?? 0) + (films[1] ?? 0));
      assert.equal(elsewhere?.films, siteId === 'small' ? everywhere?.films : films[siteId === 'east' ? 1 : 0]);
      assert.equal(everywhere?.auc, view.evaluation?.merged?.auc);
    }
    assert.deepEqual(
      comparison.contributions.map(({ siteId }) => siteId),
      ['east', 'small', 'west'],
    );
  });

  await t.test('the ledger of what left says that the model of this site alone did', async () => {
    const left = await rig.owner.get(`/api/outgoing?limit=5000&jobId=${jobId}`, outgoingSchema);
    assert.ok(left.items.some(({ kind }) => kind === 'local-model'));
  });

  await t.test('under masked updates it is refused, and why', async () => {
    await assert.rejects(
      rig.submit({ ...job, aggregation: { updates: 'masked', mostFilms: 1024 } }),
      /nobody sees those of one/,
    );
  });
});
