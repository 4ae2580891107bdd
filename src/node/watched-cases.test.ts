import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { silentLog } from '#base';
import type { EnabledModel } from './clinic-models.ts';
import { nodeConfig } from './config.ts';
import { type OpenNode, openNode } from './open-node.ts';
import { enrolledHome } from './receiver-rig.ts';
import { WatchedCases } from './watched-cases.ts';

const DIGEST = 'a'.repeat(64);
const MODEL = {
  ...{ name: 'breast-risk', version: '1', digest: DIGEST, task: 'breast-risk', mode: 'shown' },
  ...{ correction: null, alarmFrom: 0.03 },
} as unknown as EnabledModel;
const NOW_MS = Date.UTC(2026, 10, 30, 12);

let home: string;
let node: OpenNode;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'unica-watched-'));
  await enrolledHome(home);
  node = await openNode(nodeConfig({ home, port: '0' }), silentLog);
});

after(async () => {
  await node.close();
  await rm(home, { recursive: true, force: true });
});

const cases = async (bounds?: ConstructorParameters<typeof WatchedCases>[0]['bounds']) =>
  await new WatchedCases({
    db: node.database.kysely,
    standing: node.standing,
    ...(bounds === undefined ? {} : { bounds }),
  }).of(MODEL, NOW_MS);

const RESULT = JSON.stringify({
  outcome: { kind: 'scored', score: { value: 0.02 }, risks: [], density: null, remarks: [] },
  images: [],
});

async function scored(
  study: string,
  scoredAtMs: number,
  changes: { readonly score?: number; readonly replaces?: string; readonly person?: string } = {},
): Promise<void> {
  const { score = 0.02, replaces = null, person = `person-${study}` } = changes;
  await node.database.kysely
    .insertInto('clinic_results')
    .values({
      ...{ result_id: `result-${study}-${score}`, study, person, model: MODEL.name, version: '1', digest: DIGEST },
      ...{ inputs: `${study}/${score}`, given: null, task: 'breast-risk', mode: 'shown', outcome: 'scored', score },
      ...{ reason: null, result: RESULT, replaces, scored_at_ms: scoredAtMs, processor_ms: 1 },
      ...{ accession: null, correction: null },
    })
    .execute();
}

async function image(study: string, at: number, facts: { age: number | null; maker: string | null }): Promise<void> {
  await node.database.kysely
    .insertInto('instances')
    .values({
      ...{ sop_instance_uid: `${study}.${at}`, series_instance_uid: `${study}.0`, study_instance_uid: study },
      ...{ person: `person-${study}`, blob_sha256: DIGEST, size_bytes: 1, source_sha256: `${study}.${at}` },
      ...{ pixel_sha256: null, modality: 'MG', body_part: 'BREAST', manufacturer: facts.maker, sex: 'F' },
      ...{ age_years: facts.age, study_year: 2026, quality: '[]', import_id: 'import-1', imported_at_ms: 0 },
    })
    .execute();
}

test('the age and the maker of a study are those of whichever film has them, and unknown where none has', async () => {
  for (const [study, ages] of [
    ['1.1', [null, 49, null]],
    ['1.2', [50, null]],
    ['1.3', [null, null]],
  ] as const) {
    await scored(study, NOW_MS - 1000);
    for (const [at, age] of ages.entries()) await image(study, at, { age, maker: age === null ? null : 'HOLOGIC' });
  }
  const groups = new Map((await cases()).map((one) => [one.study, one.groups]));
  assert.deepEqual(
    ['1.1', '1.2', '1.3'].map((study) => [groups.get(study)?.age, groups.get(study)?.manufacturer]),
    [
      ['40-49', 'hologic'],
      ['50-59', 'hologic'],
      ['unknown', 'unknown'],
    ],
  );
});

test('results are read a few at a time, all of them and each once, also where many are of one moment', async () => {
  for (let at = 0; at < 7; at += 1) await scored(`2.${at}`, NOW_MS - 2000, { score: at < 4 ? 0.01 : 0.05 });
  await scored('2.0', NOW_MS - 500, { score: 0.04, replaces: 'result-2.0-0.01' });
  const whole = await cases();
  for (const page of [1, 2, 3])
    assert.deepEqual(await cases({ months: 60, results: 1000, page }), whole, `${page} at a time`);
  assert.equal(whole.filter(({ study }) => study.startsWith('2.')).length, 7);
  assert.equal(whole.find(({ study }) => study === '2.0')?.score, 0.04);
});

test('only so many months and results are looked at, and never a part of a month', async () => {
  const day = (month: number, of: number) => Date.UTC(2026, month - 1, of);
  for (const [study, atMs] of [
    ['3.1', day(7, 1)],
    ['3.2', day(8, 1)],
    ['3.3', day(8, 20)],
    ['3.4', day(9, 5)],
    ['3.5', day(9, 25)],
  ] as const)
    await scored(study, atMs);
  const seen = async (months: number, results: number) =>
    (await cases({ months, results, page: 2 })).map(({ study }) => study).filter((study) => study.startsWith('3.'));
  const newer = (await cases()).length - 5;
  assert.deepEqual(await seen(60, 1000), ['3.1', '3.2', '3.3', '3.4', '3.5']);
  assert.deepEqual(await seen(3, 1000), ['3.2', '3.3', '3.4', '3.5']);
  // One result of August is too many: so is all of August. The one that was replaced is read, too.
  assert.deepEqual(await seen(60, newer + 1 + 3), ['3.4', '3.5']);
});
