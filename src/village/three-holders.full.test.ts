import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { UnicaError } from '#base';
import { createHubToken } from '#hub';
import {
  acceptedSchema,
  accessRequestSchema,
  localRuleSchema,
  permitPolicySchema,
  permitViewSchema,
  publicRegisterSchema,
  searchViewSchema,
} from '#wire';
import { openConsentRig, until } from './consent-rig.ts';
import { HouseClient } from './house-client.ts';
import { TINY_JOB } from './tiny-job.ts';

const SITES = ['lisbon', 'athens', 'jena'] as const;
const DATASET = TINY_JOB.dataset;

/** What a house said when it refused. */
const refusedAs = (sentence: RegExp) => (error: unknown) => error instanceof UnicaError && sentence.test(error.message);

test('three holders: one grants, one asks back, one refuses; counts and training where granted only; a revocation ends the job', async (context) => {
  const rig = await openConsentRig(context, { siteIds: SITES, approval: 'automatic' });
  const member = async (siteId: string) => {
    const post = { role: 'committee' as const, siteId };
    const token = await createHubToken(rig.hub, { name: `member of ${siteId}`, roles: [], posts: [post], days: 1 });
    return new HouseClient({ house: 'hub', url: rig.hubUrl, token });
  };
  const [lisbon, athens, jena] = await Promise.all(SITES.map(member));
  assert.ok(lisbon !== undefined && athens !== undefined && jena !== undefined);

  const form = {
    title: 'Opacities of three hospitals',
    purpose: '=2+3 <b>To learn opacities.</b>',
    operations: ['count-exact', 'train'],
    datasets: SITES.map((siteId) => ({ siteId, name: DATASET })),
    days: 30,
    use: {
      research: 'health',
      diseases: [],
      commercial: false,
      notForProfit: true,
      country: 'PT',
      publishes: true,
      returnsResults: false,
      collaborates: false,
    },
  };
  const { requestId } = await rig.researcher.post('/api/access-requests', form, accessRequestSchema);
  const at = (siteId: string, step: string) => `/api/access-requests/${requestId}/holders/${siteId}/${step}`;
  await lisbon.post(at('lisbon', 'votes'), { vote: 'grant', version: 1, because: 'sound' }, accessRequestSchema);
  await athens.post(at('athens', 'question'), { text: 'For how long?' }, accessRequestSchema);
  const refusal = { vote: 'refuse', version: 1, because: 'Too much.', reason: 'disproportionate' };
  await jena.post(at('jena', 'votes'), refusal, accessRequestSchema);
  await assert.rejects(
    lisbon.post(at('athens', 'votes'), refusal, accessRequestSchema),
    refusedAs(/Your role does not include this/),
  );
  const request = await rig.researcher.get(`/api/access-requests/${requestId}`, accessRequestSchema);
  assert.deepEqual(
    request.holders.map(({ siteId, state, turn }) => [siteId, state, turn]),
    [
      ['lisbon', 'granted', 'nobody'],
      ['athens', 'question-asked', 'requester'],
      ['jena', 'refused', 'nobody'],
    ],
  );

  // Exactly at the holder that granted, and nowhere else.
  const asked = await rig.researcher.post('/api/searches', { query: { all: [] }, requestId }, searchViewSchema);
  const counted = await until(async () => {
    const view = await rig.researcher.get(`/api/searches/${asked.id}`, searchViewSchema);
    return view.pending.length === 0 ? view : undefined;
  });
  assert.deepEqual(
    counted.nodes.map(({ site, exact, persons }) => [site, exact, persons]),
    [['lisbon', true, { count: 40 }]],
  );
  const spec = { ...TINY_JOB, sites: ['lisbon'], rounds: 200 };
  await assert.rejects(
    rig.researcher.post('/api/jobs', { spec: { ...spec, sites: ['lisbon', 'jena'] }, requestId } as never, z.unknown()),
    refusedAs(/There is no current permit/),
  );

  // A revocation ends the job that runs under the permit.
  const { jobId } = await rig.researcher.post(
    '/api/jobs',
    { spec, requestId } as never,
    z.object({ jobId: z.string() }),
  );
  await rig.jobUntil(jobId, ({ rounds }) => rounds.length >= 2);
  const [permit] = await rig.researcher
    .get('/api/permits', z.object({ permits: z.array(permitViewSchema) }))
    .then(({ permits }) => permits.filter((one) => one.requestId === requestId));
  assert.ok(permit !== undefined);
  const policy = await rig.researcher.get(`/api/permits/${permit.permitId}/policy`, permitPolicySchema);
  assert.match(policy.cedar, /forbid \(principal, action, resource\)/);
  const beganMs = Date.now();
  await lisbon.post(
    `/api/permits/${permit.permitId}/revocation`,
    { because: 'We have changed our mind.' },
    acceptedSchema,
  );
  const ended = await rig.jobUntil(jobId, ({ state }) => state !== 'running');
  assert.notEqual(ended.state, 'finished');
  context.diagnostic(`the job ended ${Date.now() - beganMs} ms after its permit was revoked`);
  await assert.rejects(
    rig.researcher.post('/api/jobs', { spec, requestId } as never, z.unknown()),
    refusedAs(/There is no current permit/),
  );

  // The register tells it, names nobody, and its table runs no formula.
  const everybody = await fetch(`${rig.hubUrl}/api/register`);
  const register = publicRegisterSchema.parse(await everybody.json());
  const project = register.projects.find((one) => one.requestId === requestId);
  assert.deepEqual(
    project?.holders.map(({ siteId, outcome, permits }) => [siteId, outcome, permits.map(({ state }) => state)]),
    [
      ['lisbon', 'granted', ['revoked']],
      ['athens', 'open', []],
      ['jena', 'refused', []],
    ],
  );
  assert.deepEqual(register.refusals, [{ reason: 'disproportionate', count: 1 }]);
  assert.doesNotMatch(JSON.stringify(register), /token-|person-/);
  const table = await (await fetch(`${rig.hubUrl}/api/register.csv`)).text();
  assert.match(table, /,'=2\+3 <b>/);
});

test('a rule of the node forbids what a permit allows, and the hub is told which clause', async (context) => {
  const rig = await openConsentRig(context, { siteIds: ['lisbon'], approval: 'automatic' });
  const rule = await rig.owner.post(
    '/api/local-rules',
    { operations: ['train'], datasets: [], commercialOnly: false, projectId: null, because: 'not in summer' },
    localRuleSchema,
  );
  const jobId = await rig.submit();
  const view = await rig.jobUntil(jobId, ({ sites }) => sites.every(({ decision }) => decision === 'denied'));
  assert.match(view.sites[0]?.because ?? '', /a rule of this node forbids it \(not in summer\)/);
  await rig.owner.post(`/api/local-rules/${rule.ruleId}/withdrawal`, {}, acceptedSchema);
  const again = await rig.submit();
  await rig.jobUntil(again, ({ sites }) => sites.every(({ decision }) => decision === 'approved'));
});
