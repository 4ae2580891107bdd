import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AccessTables,
  accessMigrations,
  networkMember,
  openAccessOffice,
  openPermitVerifier,
  type PermitTables,
  permitMigrations,
} from '#access';
import { type AuditTables, auditMigrations, type Journal, openJournal } from '#audit';
import {
  brokenConsent,
  type ConsentTables,
  consentMigrations,
  openConsents,
  openDatasetBases,
  openOptOuts,
  openStanding,
  sealCohort,
} from '#consent';
import { generateKeys } from '#identity';
import { canonicalQuery, SearchIndex } from '#search';
import { type Database, migrate, openDatabase } from '#store';
import type { LocalRule } from '#wire';
import { DATASET, manySamples, SAMPLES_OF_ONE } from './many-samples.ts';
import { besidePromise, type Measurement, median, percentile, rounded } from './measurement.ts';

type Tables = AccessTables & PermitTables & AuditTables & ConsentTables;

/** What the product promises. */
const PROMISED = { appends: 5000, verified: 100_000, permitMs: 1, effectMs: 1000 } as const;
/** Requests of a busy house that write to its journal at the same time. */
const WRITERS = 64;
const PATIENTS = 100_000;
const OPT_OUTS = 300;
const PERMIT_CHECKS = 2000;
const CONSENTS_AT_ONCE = 500;

/**
 * What governance costs, over SQLite on disk with full synchronisation: entries a second into the journal and through its
 * verification, a permit's check, and how long after a person's opt-out no count and no cohort has her any more.
 * @param options.entries of the journal. @param options.patients of the index and the cohort
 */
export async function* benchGovernance(options: {
  readonly entries: number;
  readonly patients?: number;
  readonly tell: (text: string) => void;
}): AsyncGenerator<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-bench-governance-'));
  const database = await openDatabase<Tables>({ engine: 'sqlite', path: join(folder, 'house.sqlite') });
  try {
    await migrate(database, [...auditMigrations, ...consentMigrations, ...accessMigrations, ...permitMigrations]);
    const keys = generateKeys();
    const journal = openJournal(database, { keys, clock: Date.now });
    options.tell(`a journal of ${options.entries} entries`);
    yield* await journalSpeeds(journal, options.entries);
    yield await askedOfActions(database, journal, options.entries);
    yield await permitCheck(database, { keys, journal });
    const patients = options.patients ?? PATIENTS;
    options.tell(`opt-outs of ${patients} patients`);
    yield* await optOutEffect(database, journal, patients);
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function journalSpeeds(journal: Journal, entries: number): Promise<readonly Measurement[]> {
  let next = 0;
  const writer = async () => {
    for (let number = next++; number < entries; number = next++) {
      await journal.append({
        actor: 'site:lisbon',
        action: 'query.answered',
        subject: `query-${number}`,
        because: 'rule:automatic',
        facts: { dataset: DATASET, number, persons: 10 * number },
      });
    }
  };
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: WRITERS }, writer));
  const appendS = (performance.now() - beganMs) / 1000;
  const verifyBeganMs = performance.now();
  const found = await journal.verify();
  const verifyS = (performance.now() - verifyBeganMs) / 1000;
  if (!found.intact || found.entries !== entries) throw new RangeError('the journal of the benchmark is not whole');
  return [
    atLeast(`audit, entries appended durably, ${WRITERS} writers`, entries / appendS, PROMISED.appends),
    atLeast('audit, entries verified', entries / verifyS, PROMISED.verified),
  ];
}

/**
 * What the pages of the protection officer and of data altruism ask of a journal: whether every consent is the one it was told of,
 * and how many were given and withdrawn in three years; beside one pass over all entries.
 */
async function askedOfActions(database: Database<Tables>, journal: Journal, entries: number): Promise<Measurement> {
  const timed = async (work: () => Promise<unknown>) => {
    const beganMs = performance.now();
    await work();
    return performance.now() - beganMs;
  };
  const thisYear = new Date().getUTCFullYear();
  const asked: number[] = [];
  const passes: number[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    asked.push(
      await timed(async () => {
        await brokenConsent(database, journal);
        for (const year of [thisYear, thisYear - 1, thisYear - 2]) {
          for (const action of ['consent.given', 'consent.withdrawn']) {
            await journal.tally(action, Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1));
          }
        }
      }),
    );
    passes.push(
      await timed(async () => {
        let read = 0;
        for await (const _ of journal.links()) read += 1;
        return read;
      }),
    );
  }
  return {
    name: `what the pages of protection and altruism ask of a journal of ${entries} entries`,
    value: rounded(median(asked)),
    unit: 'ms',
    reference: 'one pass over it',
    reference_value: rounded(median(passes)),
    ratio: rounded(median(asked) / median(passes)),
  };
}

/** Conditions of a dataset, two of which only people can judge. */
const CONDITIONS = ['DUO_0000042', 'DUO_0000046', 'DUO_0000022', 'DUO_0000019'];
const RULE: LocalRule = {
  ruleId: 'rule-00000001',
  operations: ['train'],
  datasets: [],
  commercialOnly: false,
  projectId: null,
  because: 'bench',
  createdBy: 'person-000000000003',
  createdAtMs: 0,
};

async function permitCheck(
  database: Database<Tables>,
  { keys, journal }: { readonly keys: ReturnType<typeof generateKeys>; readonly journal: Journal },
): Promise<Measurement> {
  let ids = 0;
  const newId = (prefix: string) => `${prefix}-${String(++ids).padStart(12, '0')}`;
  const office = openAccessOffice(database, {
    keys,
    journal,
    clock: Date.now,
    newId,
    issuer: 'https://hub.example',
    conditionsOf: async () => ({ conditions: CONDITIONS }),
  });
  const request = await office.submit(
    {
      title: 'Bench',
      purpose: 'What a check costs.',
      operations: ['count-exact'],
      datasets: [{ siteId: 'lisbon', name: DATASET }],
      days: 1,
    },
    'person-000000000001',
  );
  const granted = await office.decide(
    request.requestId,
    { decision: 'granted', because: 'bench' },
    networkMember('person-000000000002'),
  );
  const token = await office.token(granted.permitIds[0] ?? '');
  const verifier = await openPermitVerifier(database, {
    hubPublicKey: keys.publicKey,
    siteId: 'lisbon',
    clock: Date.now,
    // As a node has them: what is read anew before every use.
    sources: {
      async conditionsOf() {
        await database.kysely.selectFrom('permits').select('claims').where('dataset', '=', DATASET).execute();
        return { conditions: CONDITIONS };
      },
      async localRules() {
        await database.kysely.selectFrom('revoked_permits').selectAll().execute();
        return [RULE];
      },
    },
  });
  const times: number[] = [];
  for (let check = 0; check < PERMIT_CHECKS; check += 1) {
    const beganMs = performance.now();
    await verifier.verify(token, { operation: 'count-exact', dataset: DATASET });
    times.push(performance.now() - beganMs);
  }
  return besidePromise(
    'permit checked: signature, own terms, four conditions, a rule of the node, p50',
    median(times),
    'ms',
    PROMISED.permitMs,
  );
}

/**
 * From the moment a person's wish is taken to the moment when neither the index counts her nor a cohort has her, with both
 * ledgers in place: everybody has a consent, and the data may be used by law first and by consent then.
 */
async function optOutEffect(
  database: Database<Tables>,
  journal: Journal,
  patients: number,
): Promise<readonly Measurement[]> {
  const people = Array.from({ length: patients }, (_, number) => ({
    person: `p${String(number * SAMPLES_OF_ONE).padStart(9, '0')}`,
  }));
  await everybodyConsents(database, people);
  const ledger = { journal, clock: Date.now };
  const optOuts = await openOptOuts(database, ledger);
  const consents = await openConsents(database, ledger);
  const bases = await openDatasetBases(database, ledger);
  const standing = openStanding({ optOuts, consents, bases, dataset: DATASET });
  const index = await SearchIndex.build(await manySamples(patients * SAMPLES_OF_ONE, 1, standing).draw());
  const everybody = canonicalQuery({ all: [] });
  let left = patients;
  const timesOf = async (current: SearchIndex, first: number, decide: (person: string) => Promise<unknown>) => {
    const times: number[] = [];
    for (let number = 0; number < OPT_OUTS; number += 1) {
      const leaving = people[first + Math.floor((number * patients) / OPT_OUTS)]?.person ?? '';
      const beganMs = performance.now();
      await decide(leaving);
      await current.refresh();
      const counted = current.count(current.find(everybody)).persons;
      const cohort = sealCohort({ dataset: DATASET, dataVersion: 'v1', members: people, standing });
      times.push(performance.now() - beganMs);
      left -= 1;
      if (
        counted !== left ||
        cohort.members.length !== left ||
        cohort.members.some(({ person }) => person === leaving)
      ) {
        throw new RangeError('a person who decided to leave is still there');
      }
    }
    return times;
  };
  const outTimes = await timesOf(index, 0, async (person) => await optOuts.record(person, 'opt-out', 'bench'));
  await bases.set(DATASET, { kind: 'consent', purpose: 'cancer-research', reference: 'dga-art-25' }, 'bench');
  const rebuilt = await SearchIndex.build(await manySamples(patients * SAMPLES_OF_ONE, 1, standing).draw());
  const withdrawal = {
    purposes: [],
    givenBy: { kind: 'self' },
    textVersion: 0,
    language: 'en',
    channel: 'portal',
  } as const;
  const backTimes = await timesOf(
    rebuilt,
    1,
    async (person) => await consents.record({ person, ...withdrawal }, 'bench'),
  );
  return [
    ...bothOf(`opt-out in effect, index and cohort of ${patients} patients`, outTimes),
    ...bothOf(`consent withdrawn in effect, index and cohort of ${patients} patients`, backTimes),
  ];
}

function bothOf(name: string, times: readonly number[]): readonly Measurement[] {
  return [
    besidePromise(`${name}, p50`, median(times), 'ms', PROMISED.effectMs),
    besidePromise(`${name}, p99`, percentile(times, 99), 'ms', PROMISED.effectMs),
  ];
}

/** As the ledger has them after years; written at once, as only their number matters here. */
async function everybodyConsents(
  database: Database<Tables>,
  people: readonly { readonly person: string }[],
): Promise<void> {
  for (let first = 0; first < people.length; first += CONSENTS_AT_ONCE) {
    const rows = people.slice(first, first + CONSENTS_AT_ONCE).map(({ person }, index) => ({
      version: first + index + 1,
      person,
      purposes: '["cancer-research"]',
      given_by: '{"kind":"self"}',
      text_version: 1,
      language: 'en',
      channel: 'paper' as const,
      at_ms: 1,
      decision_sha256: '',
    }));
    await database.kysely.insertInto('consent_decisions').values(rows).execute();
  }
}

function atLeast(name: string, value: number, promised: number): Measurement {
  return {
    name,
    value: rounded(value),
    unit: 'entries/s',
    reference: 'promised at least',
    reference_value: promised,
    ratio: rounded(value / promised),
  };
}
