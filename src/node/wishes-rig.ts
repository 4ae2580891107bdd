import { SignJWT } from 'jose';
import { openPermitVerifier, type PermitTables, permitMigrations } from '#access';
import { type AuditTables, auditMigrations, openJournal } from '#audit';
import { SeededRandom, UnicaError } from '#base';
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
import { trainRound } from '#learning';
import { openQuestionLedger, type QuestionTables, questionMigrations, SearchDesk } from '#search';
import { type Database, migrate, openDatabase } from '#store';
import { CONSENT_PURPOSES, type ConsentPurpose, exampleJob } from '#wire';
import { Archive } from './archive.ts';
import { CurrentData, WHOLE_ARCHIVE } from './current-data.ts';
import { madeFilm } from './made-film.ts';
import { nodeSearchSource } from './search-source.ts';
import { type NodeTables, nodeMigrations } from './tables.ts';

type Tables = NodeTables & AuditTables & ConsentTables & PermitTables & QuestionTables;

const PEOPLE = Array.from({ length: 24 }, (_, number) => `person-${String(number).padStart(2, '0')}`);
const HOUR_MS = 3_600_000;
const PERMIT_HOURS = 200;
const JOB = exampleJob({
  dataset: WHOLE_ARCHIVE,
  model: { architecture: 'resnet8', inputSize: 28, channels: 1, outputs: 1, widths: [4, 4, 4], stemStride: 1 },
});
const STEPS = [
  ...['import', 'import', 'opt-out', 'come-back', 'consent', 'consent', 'withdraw', 'hours-pass', 'basis', 'permit'],
  ...['revoke', 'query', 'serve', 'export', 'export', 'job', 'job', 'job-with-decision'],
] as const;

/** What was played, and what of it should not have been. */
export interface PlayedWishes {
  readonly steps: number;
  /** People looked at in counts, exports and jobs. */
  readonly looked: number;
  /** Rounds that were let out. */
  readonly rounds: number;
  /** What happened to whom that must not; empty where the promises hold. */
  readonly faults: readonly string[];
}

/**
 * Plays consents, opt-outs, permits, revocations, imports, counts, exports and jobs in a random order over the parts of a
 * node, and compares each answer with a plain record of who decided what. Time is the game's own.
 * @param game.seed equal seeds give equal games
 */
export async function playWishes(game: { readonly seed: string; readonly steps: number }): Promise<PlayedWishes> {
  const random = new SeededRandom(game.seed);
  const database = await openDatabase<Tables>({ engine: 'sqlite', path: ':memory:' });
  try {
    return await new Game(random, await openWorld(database)).play(game.steps);
  } finally {
    await database.close();
  }
}

async function openWorld(database: Database<Tables>) {
  await migrate(database, [
    ...auditMigrations,
    ...consentMigrations,
    ...permitMigrations,
    ...questionMigrations,
    ...nodeMigrations,
  ]);
  const time = { nowMs: 1_700_000_000_000 };
  const clock = () => time.nowMs;
  const hub = generateKeys();
  const journal = openJournal(database, { keys: generateKeys(), clock });
  const optOuts = await openOptOuts(database, { journal, clock });
  const consents = await openConsents(database, { journal, clock });
  const bases = await openDatasetBases(database, { journal, clock });
  const standing = openStanding({ optOuts, consents, bases, dataset: WHOLE_ARCHIVE });
  const archive = new Archive((database as unknown as Database<NodeTables>).kysely, clock);
  // Counts that tell exactly who is there: what is looked for here is who is counted, not how it is hidden.
  const search = new SearchDesk({
    source: nodeSearchSource(
      archive,
      { revision: async () => '', tablesSha256: async () => undefined } as never,
      standing,
    ),
    ledger: await openQuestionLedger(database, clock),
    secret: new Uint8Array(32).fill(7),
    rule: { threshold: 1, epsilon: Number.POSITIVE_INFINITY, roundTo: 1, studiesOfOne: Number.MAX_SAFE_INTEGER },
    clock,
    questionsOfAll: Number.MAX_SAFE_INTEGER,
  });
  const permits = await openPermitVerifier(database, { hubPublicKey: hub.publicKey, siteId: 'lisbon', clock });
  return {
    time,
    clock,
    hub,
    optOuts,
    consents,
    bases,
    standing,
    archive,
    search,
    permits,
    data: new CurrentData(archive, standing),
  };
}

/** What is played is who is learned from, not how: what comes out of it is what went in. */
const STILL_TRAINER: Pick<WarmTrainer, 'run'> = {
  async run(request) {
    const result =
      request.kind === 'train'
        ? { parameters: request.parameters, epochs: [], samples: 1, steps: 1, seconds: 0 }
        : new Float32Array('count' in request ? Number(request.count) : 1).fill(0.5);
    return result as never;
  },
};

class Game {
  readonly #random: SeededRandom;
  readonly #world: Awaited<ReturnType<typeof openWorld>>;
  /** The plain record that answers are compared with. */
  readonly #optedOut = new Set<string>();
  readonly #consents = new Map<string, { readonly purposes: readonly ConsentPurpose[]; readonly untilMs: number }>();
  readonly #arrived = new Set<string>();
  #purpose: ConsentPurpose | undefined;
  #permit: { readonly id: string; readonly token: string; readonly untilMs: number } | undefined;
  readonly #revoked = new Set<string>();
  readonly #faults: string[] = [];
  readonly #weights = initialParameters(JOB.model, 1);
  #looked = 0;
  #asked = 0;
  #rounds = 0;
  #permits = 0;

  constructor(random: SeededRandom, world: Awaited<ReturnType<typeof openWorld>>) {
    this.#random = random;
    this.#world = world;
  }

  async play(steps: number): Promise<PlayedWishes> {
    for (const person of PEOPLE.slice(0, 20)) await this.#bringIn(person);
    await this.#issue();
    for (let step = 0; step < steps; step += 1) await this.#step(this.#one(STEPS));
    return { steps, looked: this.#looked, rounds: this.#rounds, faults: this.#faults };
  }

  async #step(kind: (typeof STEPS)[number] | string): Promise<void> {
    const person = this.#one(PEOPLE);
    switch (kind) {
      case 'import':
        return await this.#bringIn(person);
      case 'hours-pass':
        this.#world.time.nowMs += (1 + this.#random.below(40)) * HOUR_MS;
        return;
      case 'basis':
        return await this.#setBasis();
      case 'permit':
        return await this.#issue();
      case 'revoke':
        return await this.#revoke();
      case 'query':
        return await this.#count();
      case 'serve':
        // As pictures are served: each looked at by itself, at any moment.
        return this.#compare(
          'served',
          new Set([...this.#arrived].filter((one) => !this.#world.standing.isLeftOut(one))),
        );
      case 'export':
        return this.#compare('exported', await this.#exported());
      case 'job':
        return await this.#job(undefined);
      case 'job-with-decision':
        return await this.#job(async () => await this.#decide(this.#one(['opt-out', 'withdraw', 'consent']), person));
      default:
        return await this.#decide(kind, person);
    }
  }

  /** Whoever may be used now, by the plain record. */
  #allowed(person: string): boolean {
    if (!this.#arrived.has(person) || this.#optedOut.has(person)) return false;
    if (this.#purpose === undefined) return true;
    const given = this.#consents.get(person);
    return given?.purposes.includes(this.#purpose) === true && given.untilMs > this.#world.time.nowMs;
  }

  #compare(what: string, people: ReadonlySet<string>): void {
    for (const person of PEOPLE) {
      this.#looked += 1;
      if (people.has(person) && !this.#allowed(person)) this.#faults.push(`${person} was ${what}`);
      if (!people.has(person) && this.#allowed(person)) this.#faults.push(`${person} was not ${what}`);
    }
  }

  async #decide(kind: string, person: string): Promise<void> {
    const { optOuts, consents, time } = this.#world;
    if (kind === 'opt-out') {
      await optOuts.record(person, 'opt-out', 'game');
      this.#optedOut.add(person);
    } else if (kind === 'come-back') {
      await optOuts.record(person, 'withdraw-opt-out', 'game');
      this.#optedOut.delete(person);
    } else {
      const purposes = kind === 'withdraw' ? [] : CONSENT_PURPOSES.filter(() => this.#random.uniform() < 0.7);
      const untilMs = time.nowMs + (1 + this.#random.below(60)) * HOUR_MS;
      const byProxy = this.#random.uniform() < 0.4;
      await consents.record(
        {
          person,
          purposes,
          givenBy: byProxy ? { kind: 'parent', untilMs } : { kind: 'self' },
          textVersion: 1,
          language: 'en',
          channel: 'portal',
        },
        'game',
      );
      this.#consents.set(person, { purposes, untilMs: byProxy ? untilMs : Number.POSITIVE_INFINITY });
    }
  }

  async #setBasis(): Promise<void> {
    this.#purpose = this.#random.uniform() < 0.7 ? undefined : this.#one(CONSENT_PURPOSES);
    const basis =
      this.#purpose === undefined
        ? ({ kind: 'law', reference: 'ehds-art-51' } as const)
        : ({ kind: 'consent', purpose: this.#purpose, reference: 'dga-art-25' } as const);
    await this.#world.bases.set(WHOLE_ARCHIVE, basis, 'game');
  }

  async #bringIn(person: string): Promise<void> {
    // As the importer does.
    if (this.#optedOut.has(person) || this.#arrived.has(person)) return;
    this.#arrived.add(person);
    await this.#world.archive.add(madeFilm(person, { person, sex: 'F', import_id: 'import-game' }));
    await this.#world.archive.putFindings(
      [{ subject: `3.${person}`, person, findings: [`finding-${person}`] }],
      'import-game',
    );
  }

  async #issue(): Promise<void> {
    const { hub, time } = this.#world;
    this.#permits += 1;
    const id = `permit-${String(this.#permits).padStart(8, '0')}`;
    const nowS = Math.floor(time.nowMs / 1000);
    const untilS = nowS + PERMIT_HOURS * 3600;
    const claims = {
      iss: 'hub',
      sub: 'person-1',
      aud: 'lisbon',
      jti: id,
      iat: nowS,
      nbf: nowS,
      exp: untilS,
      dataset: WHOLE_ARCHIVE,
      operations: ['train'],
      purpose: 'A game.',
      requestId: 'request-00000001',
    };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', typ: 'unica-permit+jwt' })
      .sign(hub.privateKey);
    this.#permit = { id, token, untilMs: untilS * 1000 };
  }

  async #revoke(): Promise<void> {
    if (this.#permit === undefined) return;
    await this.#world.permits.revoke(this.#permit.id);
    this.#revoked.add(this.#permit.id);
  }

  async #count(): Promise<void> {
    const counted = new Set<string>();
    for (const person of PEOPLE) {
      this.#asked += 1;
      const answer = await this.#world.search.answerExactly(
        { query: { is: 'finding', in: [`finding-${person}`] }, requester: 'game' },
        { permitId: `permit-${this.#asked}`, holder: `holder-${this.#asked}`, projectId: `project-${this.#asked}` },
      );
      if ('count' in answer.persons && answer.persons.count > 0) counted.add(person);
    }
    this.#compare('counted', counted);
  }

  async #exported(): Promise<ReadonlySet<string>> {
    return new Set((await this.#world.data.cohort()).members.map(({ person }) => person));
  }

  /** A round; `meanwhile` is somebody's decision while films are read. */
  async #job(meanwhile: (() => Promise<void>) | undefined): Promise<void> {
    const { permits, data, clock } = this.#world;
    const permit = this.#permit;
    if (permit === undefined) return;
    const read = new Set<string>();
    const mayWork = !this.#revoked.has(permit.id) && permit.untilMs > clock();
    const before = new Set(PEOPLE.filter((person) => this.#allowed(person)));
    const decisions = await this.#decisions();
    const done = async () => {
      const cohort = await data.cohort();
      return await trainRound({
        permit: await permits.verify(permit.token, { operation: 'train', dataset: WHOLE_ARCHIVE }),
        cohort,
        spec: JOB,
        siteId: 'lisbon',
        number: 1,
        weights: this.#weights,
        own: {},
        common: {},
        load: async ({ person }) => {
          read.add(person);
          if (read.size === 1) await meanwhile?.();
          return { image: new Float32Array(28 * 28), label: read.size % 2 === 0 ? 0 : 1 };
        },
        workers: 1,
        trainer: STILL_TRAINER,
        memory: { resume: async () => undefined, keep: async () => {} },
        nowMs: clock,
        signal: new AbortController().signal,
      });
    };
    const ended = await done().then(
      () => 'finished',
      (error: unknown) => {
        if (error instanceof UnicaError) return error.code;
        throw error;
      },
    );
    if (ended === 'finished') this.#rounds += 1;
    for (const person of read) {
      this.#looked += 1;
      if (!before.has(person)) this.#faults.push(`${person} was trained on`);
    }
    if (!mayWork && (read.size > 0 || ended === 'finished')) this.#faults.push('a job ran without a permit in force');
    if (ended === 'finished' && (await this.#decisions()) !== decisions) {
      this.#faults.push('a round was let out though somebody had decided otherwise meanwhile');
    }
  }

  async #decisions(): Promise<number> {
    const { standing } = this.#world;
    // Consents that have lapsed by now are no decision of this moment.
    await standing.refresh();
    return standing.version();
  }

  #one<Value>(values: readonly Value[]): Value {
    const value = values[this.#random.below(values.length)];
    if (value === undefined) throw new RangeError('nothing to choose from');
    return value;
  }
}
