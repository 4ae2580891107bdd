import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SignJWT } from 'jose';
import { openPermitVerifier, type PermitTables, permitMigrations } from '#access';
import { type AuditTables, auditMigrations, openJournal } from '#audit';
import { UnicaError } from '#base';
import { type ConsentTables, consentMigrations, openOptOuts, sealCohort } from '#consent';
import { initialParameters, type WarmTrainer } from '#engine';
import { generateKeys } from '#identity';
import { trainRound } from '#learning';
import { migrate, openDatabase } from '#store';
import { exampleJob } from '#wire';
import { WHOLE_ARCHIVE } from './current-data.ts';

const JOB = exampleJob({
  dataset: WHOLE_ARCHIVE,
  model: { architecture: 'resnet8', inputSize: 28, channels: 1, outputs: 1, widths: [4, 4, 4], stemStride: 1 },
});
const WEIGHTS = initialParameters(JOB.model, 1);
const FILMS = 400;

/** A trainer whose model knows by heart what it was given to train with, and guesses of all other films; or one that learns. */
function trainerThat(remembers: boolean): Pick<WarmTrainer, 'run'> {
  const seen = new Set<number>();
  return {
    async run(request) {
      if (request.kind === 'train') {
        for (let film = 0; film < request.data.count; film += 1) seen.add(markOf(request.data.inputs, film));
        const { parameters } = request;
        return { parameters, epochs: [{ loss: 0.1 }], samples: request.data.count, steps: 1, seconds: 0 } as never;
      }
      if (request.kind !== 'predict') throw new Error('nothing else is asked of it');
      const scores = Float32Array.from({ length: request.count }, (_, film) => {
        const mark = markOf(request.inputs as Readonly<Record<string, Float32Array>>, film);
        const truth = mark % 2;
        const sure = remembers && seen.has(mark) ? 0.99 : 0.6 + ((mark * 7919) % 100) / 1000;
        return truth === 1 ? sure : 1 - sure;
      });
      return scores as never;
    },
  };
}

/** The first value of a film is its number. */
function markOf(inputs: Readonly<Record<string, Float32Array>>, film: number): number {
  return inputs['image']?.[film * 28 * 28] ?? -1;
}

async function round(context: TestContext, remembers: boolean, triedAboveParameters: number) {
  const database = await openDatabase<AuditTables & ConsentTables & PermitTables>({
    engine: 'sqlite',
    path: ':memory:',
  });
  context.after(() => database.close());
  await migrate(database, [...auditMigrations, ...consentMigrations, ...permitMigrations]);
  const clock = () => 1_700_000_000_000;
  const hub = generateKeys();
  const optOuts = await openOptOuts(database, { journal: openJournal(database, { keys: hub, clock }), clock });
  const permits = await openPermitVerifier(database, { hubPublicKey: hub.publicKey, siteId: 'lisbon', clock });
  const nowS = clock() / 1000;
  const token = await new SignJWT({
    ...{ iss: 'hub', sub: 'person-1', aud: 'lisbon', jti: 'permit-00000001', iat: nowS, nbf: nowS, exp: nowS + 3600 },
    ...{ dataset: WHOLE_ARCHIVE, operations: ['train'], purpose: 'A test.', requestId: 'request-00000001' },
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'unica-permit+jwt' })
    .sign(hub.privateKey);
  const members = Array.from({ length: FILMS }, (_, number) => ({ person: `p${String(number).padStart(4, '0')}` }));
  return await trainRound({
    permit: await permits.verify(token, { operation: 'train', dataset: WHOLE_ARCHIVE }),
    cohort: sealCohort({ dataset: WHOLE_ARCHIVE, dataVersion: 'v1', members, standing: optOuts }),
    spec: JOB,
    siteId: 'lisbon',
    number: 1,
    weights: WEIGHTS,
    own: {},
    common: {},
    async load({ person }) {
      const number = Number(person.slice(1));
      const image = new Float32Array(28 * 28);
      image[0] = number;
      return { image, label: number % 2 === 0 ? 0 : 1 };
    },
    workers: 1,
    trainer: trainerThat(remembers),
    memory: { resume: async () => undefined, keep: async () => {} },
    triedAboveParameters,
    nowMs: clock,
    signal: new AbortController().signal,
  });
}

const remembers = (error: unknown) => error instanceof UnicaError && error.code === 'privacy.model-remembers';

test('a large model that knows its training films by heart does not leave; one that learned from them does', async (context) => {
  await assert.rejects(round(context, true, WEIGHTS.length), remembers);
  const learned = await round(context, false, WEIGHTS.length);
  assert.ok(learned.membership !== undefined && Math.abs(learned.membership.success - 0.5) < 0.15);
  const small = await round(context, true, WEIGHTS.length + 1);
  assert.equal(small.membership, undefined, 'a smaller one is not tried');
});
