import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createHubToken } from '#hub';
import { modelReportSchema, modelViewSchema } from '#wire';
import { openConsentRig } from './consent-rig.ts';

const run = promisify(execFile);
const unica = fileURLToPath(new URL('../cli/main.js', import.meta.url));

test('a model is told from its parents to its bits, made again alike from its report, registered and retired', async (context) => {
  const { hub, hubUrl, home, coordinator, researcher, requestId, submit, jobUntil } = await openConsentRig(context, {
    siteIds: ['lisbon', 'porto'],
    approval: 'automatic',
  });
  const modelOf = async (jobId: string) => {
    const { modelId } = await jobUntil(jobId, ({ state }) => state === 'finished' || state === 'failed');
    assert.ok(modelId !== null);
    return await researcher.get(`/api/models/${modelId}`, modelViewSchema);
  };
  const first = await modelOf(await submit());
  assert.deepEqual([first.state, first.version, first.parentId], ['candidate', 1, null]);

  const tokenFile = join(home, 'token.txt');
  await writeFile(tokenFile, await createHubToken(hub, { name: 'researcher', roles: ['researcher'], days: 1 }));
  const at = ['--hub', hubUrl, '--token-file', tokenFile, '--json'];
  const out = join(home, 'report');
  await run(process.execPath, [unica, 'learn', 'report', first.jobId, '--out', out, ...at]);
  const report = modelReportSchema.parse(JSON.parse(await readFile(join(out, 'report.json'), 'utf8')));
  assert.deepEqual([report.parents, report.reruns], [[], []]);
  assert.equal(report.job.spec.seed, 1);
  for (const site of report.sites) {
    assert.deepEqual([site.decision, site.rounds, site.published?.version], ['approved', 2, 1]);
    assert.deepEqual(site.dataSha256, [site.published?.contentSha256], 'trained on what was published');
    assert.deepEqual(site.codeSha256, [report.hub.codeSha256], 'the same program');
    assert.match(site.environments[0] ?? '', /^unica\/\S+ node v\d+\S+ \S+ onnxruntime-node \d/);
  }
  assert.equal(report.rounds.length, 2);
  const page = await readFile(join(out, 'report.md'), 'utf8');
  for (const text of [first.weightsSha256, first.specSha256, 'Research use only', 'lisbon', '"seed": 1']) {
    assert.ok(page.includes(text), text);
  }
  assert.match(await readFile(join(out, 'report.html'), 'utf8'), /^<!doctype html>[\s\S]*<h2>Rounds<\/h2>/);

  const again = await run(process.execPath, [
    unica,
    'learn',
    'submit',
    join(out, 'job.yaml'),
    '--request',
    requestId,
    ...at,
  ]);
  const submitted = JSON.parse(again.stdout) as { jobId: string; specSha256: string };
  assert.equal(submitted.specSha256, first.specSha256, 'the file leads to the very same specification');
  const twin = await modelOf(submitted.jobId);
  assert.equal(twin.weightsSha256, first.weightsSha256, 'the same bits');
  const known = await researcher.get(`/api/models/${first.modelId}/report`, modelReportSchema);
  assert.deepEqual(
    known.reruns.map(({ modelId, isIdentical }) => [modelId, isIdentical]),
    [[twin.modelId, true]],
  );

  const child = await modelOf(
    await submit({ rounds: 1, warmStart: { modelId: first.modelId, weightsSha256: first.weightsSha256 } }),
  );
  assert.deepEqual([child.version, child.parentId], [2, first.modelId]);
  const { parents } = await researcher.get(`/api/models/${child.modelId}/report`, modelReportSchema);
  assert.deepEqual(parents, [{ modelId: first.modelId, jobId: first.jobId, weightsSha256: first.weightsSha256 }]);

  const token = (await readFile(tokenFile, 'utf8')).trim();
  const viewOf = async (name: string, authorization = `Bearer ${token}`) => {
    const address = `${hubUrl}/api/models/${child.modelId}/dossier/${name}`;
    const answer = await fetch(address, authorization === '' ? {} : { headers: { authorization } });
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  };
  const [card, transcript, pdf] = await Promise.all(
    ['README.md', 'training-transcript.md', 'dossier.pdf'].map((name) => viewOf(name)),
  );
  assert.ok(card?.text.includes(child.weightsSha256), 'the card is of these weights');
  assert.doesNotMatch(card?.text ?? '', /made data alone/, 'a model of sites is not said to be of made data');
  for (const text of [
    first.modelId,
    ...report.sites.flatMap(({ dataSha256, cohortSha256 }) => [...dataSha256, ...cohortSha256]),
  ])
    assert.ok(transcript?.text.includes(text), text);
  assert.ok(pdf?.type === 'application/pdf' && pdf.text.startsWith('%PDF-1.7'));
  assert.equal((await viewOf('index.html', '')).status, 401, 'for those who are signed in');
  assert.equal((await viewOf('model.json')).status, 400, 'only views of the dossier');

  const move = async (who: typeof coordinator, state: string, because: string) =>
    await who.post(`/api/models/${first.modelId}/state`, { state, because }, modelViewSchema);
  await assert.rejects(move(researcher, 'registered', 'mine'), { code: 'village.house-refused' });
  await assert.rejects(move(coordinator, 'registered', ' '), { code: 'village.house-refused' });
  await move(coordinator, 'registered', 'AUC above the bar on three sites');
  const retired = await move(coordinator, 'retired', 'a better one is there');
  assert.deepEqual(
    retired.history.map(({ state, because }) => [state, because.replace(/job-\w+/, 'JOB')]),
    [
      ['candidate', 'came out of JOB'],
      ['registered', 'AUC above the bar on three sites'],
      ['retired', 'a better one is there'],
    ],
  );
  await assert.rejects(move(coordinator, 'registered', 'second thoughts'), /retired cannot become registered/);
  await assert.rejects(
    submit({ warmStart: { modelId: first.modelId, weightsSha256: first.weightsSha256 } }),
    /is retired/,
  );
});
