import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { SeededRandom, silentLog } from '#base';
import { createHubToken, hubConfig, startHub } from '#hub';
import { createNodeToken, initNode, nodeConfig, openNode, startNode } from '#node';
import { clinicModelsSchema, clinicWatchesSchema, type ModelWatch, modelWatchSchema } from '#wire';

const SITE = { siteId: 'lisbon', displayName: 'Lisbon', country: 'PT' };
const MONTHS = [Date.UTC(2026, 1, 10), Date.UTC(2026, 2, 10)] as const;

type Ask = <Reply>(method: string, path: string, reply: z.ZodType<Reply>, body?: unknown) => Promise<Reply>;

function asking(url: string, bearer: string): Ask {
  return async (method, path, reply, body) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    assert.equal(answer.ok, true, `${method} ${path}: ${answer.status} ${text}`);
    return reply.parse(JSON.parse(text));
  };
}

async function until<Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const value = await look();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not come about`);
}

/** Results of two months; in the second one scores are higher. Readers find half of what the model promises. */
async function plantResults(home: string, model: { readonly version: string; readonly digest: string }): Promise<void> {
  const node = await openNode(nodeConfig({ home }), silentLog);
  const db = node.database.kysely;
  const random = new SeededRandom('clinic-watch');
  for (const [month, atMs] of MONTHS.entries())
    for (let place = 0; place < 120; place += 1) {
      const score = 1 / (1 + Math.exp(-(0.8 * random.normal() - 0.6 + 1.4 * month)));
      const accession = `digest-${month}-${place}`;
      await db
        .insertInto('clinic_results')
        .values({
          result_id: `result-${month}-${place}`,
          study: `2.25.${month}${1000 + place}`,
          person: `UNICA-${month}-${place}`,
          model: 'chest-nodule',
          ...model,
          inputs: `${month}-${place}`,
          given: null,
          task: 'chest-nodule',
          mode: 'shown',
          outcome: 'scored',
          score,
          reason: null,
          result: JSON.stringify({
            outcome: { kind: 'scored', score: { value: score }, risks: [], density: null, remarks: [] },
            images: [],
          }),
          replaces: null,
          scored_at_ms: atMs + place * 60_000,
          processor_ms: 1,
          accession,
          correction: null,
        })
        .execute();
      await db
        .insertInto('clinic_reads')
        .values({ task: 'chest-nodule', subject: accession, found: random.uniform() < score / 2 ? 1 : 0, at_ms: atMs })
        .execute();
    }
  await node.optOuts.record('UNICA-0-3', 'opt-out', 'test');
  await node.close();
}

async function network(context: TestContext) {
  const home = await mkdtemp(join(tmpdir(), 'unica-watch-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  const hubSettings = hubConfig({ home: join(home, 'hub'), port: '0', demonstration: 'true', logLevel: 'silent' });
  let hub = await startHub(hubSettings, silentLog);
  context.after(async () => await hub.close());
  const people = async (role: 'coordinator' | 'researcher') => {
    const bearer = await createHubToken(hubSettings, { name: role, roles: [role], days: 1 });
    const ask: Ask = async (...call) => await asking(hub.url, bearer)(...call);
    return ask;
  };
  const port = new URL(hub.url).port;
  /** Ends the hub, does something while it is away, and starts another process of it at the same address. */
  const restartHub = async (meanwhile: () => Promise<unknown> = async () => {}) => {
    await hub.close();
    await meanwhile();
    hub = await startHub({ ...hubSettings, port: Number(port) }, silentLog);
  };
  const coordinator = await people('coordinator');
  const { code } = await coordinator('POST', '/api/enrolment-codes', z.object({ code: z.string() }), SITE);
  const nodeHome = join(home, 'node');
  const settings = nodeConfig({ home: nodeHome, port: '0', approval: 'ask', logLevel: 'silent' });
  await initNode(settings, { ...SITE, hubUrl: hub.url, code });
  let node = await startNode(settings, silentLog);
  context.after(async () => await node.close());
  const token = await createNodeToken(settings, { name: 'owner', roles: ['operator'], days: 1 });
  const owner: Ask = async (...call) => await asking(node.url, token)(...call);
  const { items } = await owner('GET', '/api/clinic/models', clinicModelsSchema);
  const present = items.find(({ name }) => name === 'chest-nodule')?.present;
  assert.ok(present);
  await owner('PUT', '/api/clinic/models/chest-nodule', z.unknown(), { mode: 'shown', ...present, alarmFrom: 0.5 });
  await node.close();
  await plantResults(nodeHome, present);
  node = await startNode(settings, silentLog);
  return { researcher: await people('researcher'), owner, restartHub };
}

test('a network asks how a model does in a clinic; its owner sees what would leave, lets it, and accepts what would mend it', async (context) => {
  const { researcher, owner } = await network(context);
  const ask = async () =>
    await researcher('POST', '/api/model-watches', modelWatchSchema, {
      model: 'chest-nodule',
      sites: ['lisbon'],
      because: 'Yearly look at the model in use',
    });
  const seen = async (watchId: string) => await researcher('GET', `/api/model-watches/${watchId}`, modelWatchSchema);
  const asked = await ask();
  assert.equal(asked.sites[0]?.state, 'waiting');

  const question = await until('the question', async () => {
    const { questions } = await owner('GET', '/api/clinic/watches', clinicWatchesSchema);
    return questions.find(({ watchId }) => watchId === asked.watchId);
  });
  assert.equal(question.state, 'waiting');
  assert.deepEqual(
    question.answer?.periods.map(({ from, to, people }) => [from, to, people]),
    [
      ['2026-02', '2026-02', 119],
      ['2026-03', '2026-03', 120],
    ],
    'without the one who objected',
  );
  assert.ok(question.answer?.outcomes.every(({ bins }) => bins.every(({ people }) => people >= 10)));
  assert.equal(JSON.stringify(question).includes('UNICA-'), false);
  assert.equal((await seen(asked.watchId)).sites[0]?.state, 'waiting', 'nothing leaves before the owner agrees');

  const approve = async (watchId: string) =>
    await owner('POST', `/api/clinic/watches/${watchId}/decision`, z.unknown(), { decision: 'approved' });
  await approve(asked.watchId);
  const answered = async (watchId: string) =>
    await until('the answer', async (): Promise<ModelWatch | undefined> => {
      const watch = await seen(watchId);
      return watch.sites[0]?.state === 'answered' ? watch : undefined;
    });
  const figures = (await answered(asked.watchId)).sites[0]?.figures;
  assert.equal(figures?.periods[1]?.shift?.verdict, 'moved');
  assert.equal(figures?.people, 239);
  const ratio = figures?.calibration.reader?.ratio;
  assert.ok(ratio && ratio.low > 1 && ratio.value > 1.4 && ratio.value < 2.8, JSON.stringify(ratio));
  assert.ok(figures?.suggestion && figures.suggestion.intercept < 0);

  const suggested = await until('the suggestion', async () => {
    const { corrections } = await owner('GET', '/api/clinic/watches', clinicWatchesSchema);
    return corrections[0];
  });
  assert.equal(suggested.state, 'suggested');
  assert.ok(suggested.before !== null && suggested.before > 1.4);
  assert.ok(suggested.after !== null && Math.abs(suggested.after - 1) < 0.05, String(suggested.after));
  await owner('POST', `/api/clinic/corrections/${asked.watchId}/decision`, z.unknown(), { decision: 'accepted' });

  // Asked again, the same months and outcomes are told, as they were, and nothing more is suggested.
  const again = await ask();
  await until('the second question', async () => {
    const { questions } = await owner('GET', '/api/clinic/watches', clinicWatchesSchema);
    return questions.find(({ watchId }) => watchId === again.watchId);
  });
  await approve(again.watchId);
  const later = (await answered(again.watchId)).sites[0]?.figures;
  assert.equal(later?.people, 239);
  assert.deepEqual(later?.correction, suggested.correction);
  assert.equal(later?.suggestion, null);
  assert.deepEqual(later?.calibration.reader?.bins, figures?.calibration.reader?.bins);
});

test('a hub that falls after it was asked, before it is answered and after it was, loses neither question nor answer nor what would mend it', async (context) => {
  const { researcher, owner, restartHub } = await network(context);
  const watches = async () => await owner('GET', '/api/clinic/watches', clinicWatchesSchema);
  const { watchId } = await researcher('POST', '/api/model-watches', modelWatchSchema, {
    ...{ model: 'chest-nodule', sites: ['lisbon'], because: 'Yearly look at the model in use' },
  });
  await restartHub();
  await until('the question', async () => (await watches()).questions.find((one) => one.watchId === watchId));

  // The owner agrees while the hub is away.
  const decide = `/api/clinic/watches/${watchId}/decision`;
  await restartHub(async () => await owner('POST', decide, z.unknown(), { decision: 'approved' }));
  const answered = async () => {
    const [site] = (await researcher('GET', `/api/model-watches/${watchId}`, modelWatchSchema)).sites;
    return site?.state === 'answered' ? site : undefined;
  };
  const before = await until('the answer', answered);
  assert.ok(before.figures?.suggestion);

  await restartHub();
  const suggested = await until('the suggestion', async () => (await watches()).corrections[0]);
  assert.equal(suggested.state, 'suggested');
  assert.deepEqual(await answered(), before, 'the same figures after the restart, intervals too');
  await restartHub();
  assert.equal((await watches()).questions.length, 1, 'asked once');
  assert.equal((await watches()).corrections.length, 1, 'suggested once');
});

test('an owner who says no is told as such, and a model that is not in use has no answer', async (context) => {
  const { researcher, owner } = await network(context);
  const ask = async (model: string) =>
    await researcher('POST', '/api/model-watches', modelWatchSchema, {
      model,
      sites: ['lisbon'],
      because: 'Yearly look at the model in use',
    });
  const [denied, unused] = [await ask('chest-nodule'), await ask('breast-risk')];
  await until('the question', async () => {
    const { questions } = await owner('GET', '/api/clinic/watches', clinicWatchesSchema);
    return questions.find(({ watchId }) => watchId === denied.watchId);
  });
  await owner('POST', `/api/clinic/watches/${denied.watchId}/decision`, z.unknown(), { decision: 'denied' });
  for (const { watchId } of [denied, unused]) {
    const refused = await until('the refusal', async () => {
      const [site] = (await researcher('GET', `/api/model-watches/${watchId}`, modelWatchSchema)).sites;
      return site?.state === 'refused' ? site : undefined;
    });
    assert.equal(refused.figures, null);
    assert.match(refused.because ?? '', watchId === denied.watchId ? /answers no/ : /not in use/);
  }
});
