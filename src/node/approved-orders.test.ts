import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SignJWT } from 'jose';
import { openPermitVerifier, type PermitTables, permitMigrations } from '#access';
import { type AuditTables, auditMigrations, openJournal } from '#audit';
import { UnicaError } from '#base';
import {
  type ConsentTables,
  consentMigrations,
  openConsents,
  openDatasetBases,
  openOptOuts,
  openStanding,
} from '#consent';
import { initialParameters, type WarmTrainer } from '#engine';
import { generateKeys } from '#identity';
import { encodeParameters, specDigest } from '#learning';
import { migrate, openDatabase, openFolderBlobs } from '#store';
import { exampleJob, type JobSpec, jobSpecSchema, type TaskBody } from '#wire';
import { Approvals } from './approvals.ts';
import { ApprovedOrders } from './approved-orders.ts';
import { Archive } from './archive.ts';
import { nodeConfig } from './config.ts';
import { CurrentData, WHOLE_ARCHIVE } from './current-data.ts';
import { DataUses } from './data-uses.ts';
import { madeFilm } from './made-film.ts';
import { PrivacyLedger } from './privacy-ledger.ts';
import { StandingRules } from './standing-rules.ts';
import { StrategyStates } from './strategy-states.ts';
import { type NodeTables, nodeMigrations } from './tables.ts';
import { TrainingMemory } from './training-memory.ts';
import { nodeWork } from './work.ts';
import type { WorkParts } from './work-parts.ts';

// A hub that asks for other things than its node's owner approved.

const SITE = 'lisbon';
const JOB_ID = 'job-0000000000000001';
const SITES = [SITE, 'porto', 'braga'];
const JOB = exampleJob({
  dataset: WHOLE_ARCHIVE,
  sites: SITES,
  rounds: 3,
  model: { architecture: 'resnet8', inputSize: 28, channels: 1, outputs: 1, widths: [4, 4, 4], stemStride: 1 },
});
const EVALUATED = { localOnly: true, crossSite: true, withoutEach: true } as const;

/** Numbers out of numbers: what is asked is looked at here, not what is learned. */
const STILL_TRAINER: Pick<WarmTrainer, 'run'> = {
  async run(request) {
    const result =
      request.kind === 'train'
        ? { parameters: request.parameters, epochs: [{ loss: 0.5 }], samples: 1, steps: 1, seconds: 0 }
        : new Float32Array('count' in request ? Number(request.count) : 1).fill(0.5);
    return result as never;
  },
};

async function openRig(context: TestContext, spec: JobSpec = JOB) {
  type Tables = NodeTables & AuditTables & ConsentTables & PermitTables;
  const database = await openDatabase<Tables>({ engine: 'sqlite', path: ':memory:' });
  const folder = await mkdtemp(join(tmpdir(), 'unica-orders-'));
  context.after(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });
  await migrate(database, [...auditMigrations, ...consentMigrations, ...permitMigrations, ...nodeMigrations]);
  const clock = () => 1_700_000_000_000;
  const hub = generateKeys();
  const keys = generateKeys();
  const db = database.kysely;
  const journal = openJournal(database, { keys, clock });
  const optOuts = await openOptOuts(database, { journal, clock });
  const consents = await openConsents(database, { journal, clock });
  const bases = await openDatasetBases(database, { journal, clock });
  const archive = new Archive(db, clock);
  const standing = openStanding({ optOuts, consents, bases, dataset: WHOLE_ARCHIVE });
  for (let number = 0; number < 160; number += 1) await bringIn(archive, number);
  const blobs = await openFolderBlobs(folder);
  const sent: string[] = [];
  const approvals = new Approvals(db, clock);
  const parts = {
    db,
    config: nodeConfig({ home: folder }),
    card: { siteId: SITE },
    secret: new Uint8Array(32).fill(7),
    clock,
    data: new CurrentData(archive, standing),
    uses: new DataUses(db, clock),
    films: { film: async ({ person }: { readonly person: string }) => filmOf(person) },
    states: new StrategyStates(db, blobs),
    memory: new TrainingMemory(db, blobs, clock),
    trainer: STILL_TRAINER,
    blobs,
    approvals,
    orders: new ApprovedOrders(db),
    rules: new StandingRules(db, clock, (prefix) => `${prefix}-0000000000000001`),
    privacy: new PrivacyLedger(db, clock, { epsilon: 10, delta: 1e-5 }),
    permits: await openPermitVerifier(database, { hubPublicKey: hub.publicKey, siteId: SITE, clock }),
    endUnder: () => {},
    hub: {
      getBlob: async (sha256: string) => await blobs.get(sha256),
      holds: async () => false,
      putBlob: async (sha256: string) => {
        sent.push(sha256);
      },
    },
    journal,
    // What is sent is not kept; the same update may be asked for again here.
    masking: { keys, blobs: { ...bound(blobs), remove: async () => {} } },
  };
  const work = nodeWork(parts as unknown as WorkParts);
  const permit = async (change: object = {}) => await permitOf(hub, change);
  const order = { jobId: JOB_ID, spec, specSha256: specDigest(spec), permit: await permit() };
  const ask = async (body: TaskBody) => await work(body, new AbortController().signal);
  const approve = async () => {
    assert.equal(await ask({ kind: 'decide-job', ...order }), undefined, 'it waits for the owner');
    await approvals.decide(JOB_ID, { decision: 'approved', by: 'the owner of the node', because: 'sound' });
  };
  const model = async (seed: number) =>
    (await blobs.put(encodeParameters(spec.model, initialParameters(spec.model, seed)))).sha256;
  const round = async (number: number, weightsSha256: string, more: object = {}) =>
    await ask({ kind: 'train-round', ...order, round: number, weightsSha256, deadlineMs: clock() + 1000, ...more });
  return { ask, approve, approvals, order, permit, model, round, rules: parts.rules, sent, deadlineMs: clock() + 1000 };
}

/** All methods of a store, which are those of its class. */
function bound(blobs: Awaited<ReturnType<typeof openFolderBlobs>>) {
  return {
    put: blobs.put.bind(blobs),
    get: blobs.get.bind(blobs),
    has: blobs.has.bind(blobs),
    close: async () => {},
  };
}

function filmOf(person: string) {
  const number = Number(person.slice(-3));
  return { image: new Float32Array(28 * 28), label: (number % 2) as 0 | 1 };
}

async function bringIn(archive: Archive, number: number): Promise<void> {
  const person = `person-${String(number).padStart(3, '0')}`;
  const sex = number % 4 === 0 ? 'F' : 'M';
  await archive.add(madeFilm(`${number + 1}`, { person, sex, import_id: 'import-orders' }));
  await archive.putFindings([{ subject: `3.${number + 1}`, person, findings: [] }], 'import-orders');
}

async function permitOf(hub: ReturnType<typeof generateKeys>, change: object): Promise<string> {
  const claims = {
    iss: 'hub',
    sub: 'person-1',
    aud: SITE,
    jti: 'permit-00000001',
    iat: 1_699_999_000,
    nbf: 1_699_999_000,
    exp: 1_700_009_000,
    dataset: WHOLE_ARCHIVE,
    operations: ['train', 'evaluate'],
    purpose: 'To learn opacities.',
    requestId: 'request-00000001',
    cohort: { is: 'sex', in: ['F', 'M'] },
    ...change,
  };
  return await new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', typ: 'unica-permit+jwt' }).sign(hub.privateKey);
}

const refusedAs =
  (code: string, because = /./) =>
  (error: unknown) =>
    error instanceof UnicaError && error.code === code && because.test(error.message);
const beyond = (because: RegExp) => refusedAs('node.order-exceeds-approval', because);

/** Another value for each field of a job: what a hub could put in the place of what was approved. */
const CHANGES: { readonly [Field in keyof Required<JobSpec>]: JobSpec[Field] } = {
  title: 'Something else',
  task: 'pneumonia',
  purpose: 'To sell it.',
  sites: [SITE, 'porto'],
  dataset: 'mammograms',
  cohort: { is: 'sex', in: ['F'] },
  model: { ...JOB.model, widths: [8, 8, 8] } as JobSpec['model'],
  strategy: { kind: 'fedprox', mu: 0.1 },
  rounds: 1000,
  localEpochs: 100,
  localSteps: 100_000,
  batchSize: 1,
  learningRate: 10,
  schedule: { kind: 'cosine', warmUpRounds: 0, end: 0 },
  optimiser: { kind: 'adam' },
  seed: 2,
  sitesPerRound: 1,
  longestChange: 1e6,
  privacy: { noiseMultiplier: 0.1, clipNorm: 1, delta: 0.01, epsilon: 1000 },
  warmStart: { modelId: 'model-0000000000000001', weightsSha256: 'a'.repeat(64) },
  aggregation: { updates: 'open', mostFilms: 100 },
  compression: { kind: 'int8' },
  evaluation: EVALUATED,
  engine: 'flower',
  quorum: 0.1,
  roundDeadlineMs: 86_400_000,
};

test('no field of a job can be another one than its owner approved, with the old digest or with a new one', async (context) => {
  const { round, approve, model, sent } = await openRig(context);
  await approve();
  const weights = await model(1);
  assert.deepEqual(Object.keys(CHANGES).sort(), Object.keys(jobSpecSchema.shape).sort(), 'each field is tried');
  for (const [field, value] of Object.entries(CHANGES)) {
    const spec = { ...JOB, [field]: value };
    await assert.rejects(round(1, weights, { spec }), refusedAs('node.job-altered'), field);
    const altered = { spec, specSha256: specDigest(spec as JobSpec) };
    // Another dataset is not even in the permit.
    const code = field === 'dataset' ? 'access.permit-refused' : 'node.job-not-approved';
    await assert.rejects(round(1, weights, altered), refusedAs(code), field);
  }
  assert.deepEqual(sent, [], 'nothing has left');
  assert.equal((await round(1, weights))?.kind, 'trained', 'the job as it was approved');
});

test('rounds beyond the approved number are refused, by their numbers and by how many there were', async (context) => {
  const { round, approve, model, sent } = await openRig(context);
  await approve();
  const [first, second, third, other] = [await model(1), await model(2), await model(3), await model(4)];
  await assert.rejects(round(4, first), beyond(/round 4 of 3/));
  assert.equal((await round(1, first))?.kind, 'trained');
  assert.equal((await round(2, second))?.kind, 'trained');
  assert.equal((await round(1, first))?.kind, 'trained', 'asked again it is the same round');
  assert.equal((await round(2, third))?.kind, 'trained', 'a hub that was set back may go on from another model');
  const left = sent.length;
  await assert.rejects(round(3, third), beyond(/more than the 3 rounds/), 'and has then had its rounds');
  await assert.rejects(round(1, other), beyond(/more than the 3 rounds/));
  assert.equal(sent.length, left, 'nothing of them has left');
});

test('what an order says beside the job is held against it', async (context) => {
  const { round, ask, approve, model, order, permit, deadlineMs } = await openRig(context);
  await approve();
  const weights = await model(1);
  await assert.rejects(round(2, weights, { stateSha256: weights }), beyond(/fedavg has no state/));
  await assert.rejects(round(2, weights, { countedRound: 2 }), beyond(/go on from round 2/));
  const wider = await permit({ jti: 'permit-00000002', cohort: undefined });
  await assert.rejects(round(1, weights, { permit: wider }), beyond(/asked for under the permit permit-00000001/));
  const evaluate = { kind: 'evaluate-model', ...order, weightsSha256: weights, deadlineMs } as const;
  await assert.rejects(ask(evaluate), beyond(/asks for an evaluation/));
  const models = [{ kind: 'without-site' as const, siteId: 'porto', weightsSha256: weights }];
  await assert.rejects(ask({ kind: 'compare-models', ...order, models, deadlineMs }), beyond(/to be compared/));
  const sum = { kind: 'secure-sum', jobId: order.jobId, round: 1, specSha256: order.specSha256 } as const;
  const step = { step: 'deal-shares', adverts: [] } as never;
  await assert.rejects(ask({ ...sum, permit: wider, step }), beyond(/asked for under the permit/));
});

test('one finished model, one trained alone and one of each site are evaluated, and no others', async (context) => {
  const rig = await openRig(context, { ...JOB, evaluation: EVALUATED });
  const { ask, approve, model, order, deadlineMs } = rig;
  await approve();
  const [final, other] = [await model(1), await model(2)];
  const evaluate = async (weightsSha256: string, more: object = {}) =>
    await ask({ kind: 'evaluate-model', ...order, weightsSha256, firstWeightsSha256: final, deadlineMs, ...more });
  await assert.rejects(evaluate(final, { countedRound: 4 }), beyond(/round 4 of 3/));
  assert.equal((await evaluate(final))?.kind, 'evaluated');
  assert.equal((await evaluate(final))?.kind, 'evaluated', 'asked again it is the same');
  await assert.rejects(evaluate(other), beyond(/second finished model/));
  await assert.rejects(evaluate(final, { firstWeightsSha256: other }), beyond(/second finished model/));
  const compare = async (siteId: string, weightsSha256: string) => {
    const models = [{ kind: 'local-only' as const, siteId, weightsSha256 }];
    return await ask({ kind: 'compare-models', ...order, models, deadlineMs });
  };
  for (const siteId of SITES) assert.equal((await compare(siteId, other))?.kind, 'compared');
  await assert.rejects(compare('porto', final), beyond(/second model to be compared for porto/));
  await assert.rejects(compare('faro', final), beyond(/faro, which has no part/));
});

test('a job that goes on from a registered model begins with that one', async (context) => {
  const warm = { modelId: 'model-0000000000000001', weightsSha256: '' };
  const weightsSha256 = await (await openRig(context)).model(9);
  const { round, approve, model } = await openRig(context, { ...JOB, warmStart: { ...warm, weightsSha256 } });
  await approve();
  await assert.rejects(round(1, await model(1)), beyond(/another model than the registered one/));
  assert.equal(await model(9), weightsSha256);
  assert.equal((await round(1, weightsSha256))?.kind, 'trained');
});

test('a yes is to the job that was asked about, not to another one under its number', async (context) => {
  const { ask, approvals, order, permit, rules } = await openRig(context);
  const large = { ...JOB, rounds: 1000 };
  const asked = { ...order, spec: large, specSha256: specDigest(large) };
  const scope = { kind: 'train', projectId: 'request-00000001', rounds: 5, epsilon: null } as const;
  await rules.create({ scope, because: 'a known group', days: 10 }, 'owner');
  assert.equal(await ask({ kind: 'decide-job', ...asked }), undefined, 'more than the rule covers: a person is asked');
  await assert.rejects(ask({ kind: 'decide-job', ...order }), beyond(/another job was asked for/));
  const other = await permit({ jti: 'permit-00000002' });
  await assert.rejects(ask({ kind: 'decide-job', ...asked, permit: other }), beyond(/asked for under the permit/));
  assert.equal((await approvals.find(JOB_ID))?.decision, null, 'nobody has said yes to a thousand rounds');
  const unfit = { ...JOB, strategy: { kind: 'krum', badSites: 3, keep: 1 } } as const;
  const refused = { ...order, jobId: 'job-0000000000000002', spec: unfit, specSha256: specDigest(unfit) };
  await assert.rejects(ask({ kind: 'decide-job', ...refused }), refusedAs('learning.strategy-refused'));
});
