import { createServer as createHttpServer } from 'node:http';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { type Journal, verifyExport, writeExport } from '#audit';
import { canonicalJson, type Json, silentLog, UnicaError } from '#base';
import { createServer, identifyBy } from '#http';
import {
  createEmbeddedProvider,
  type IdentityTables,
  identityMigrations,
  openPeople,
  openSignIn,
  signText,
  verifyText,
} from '#identity';
import { createMetrics } from '#observe';
import { SEARCH_COUNTS } from '#privacy';
import { recordAddresses, toTurtle } from '#record';
import { openQuestionLedger, SearchDesk } from '#search';
import { readRdf, validateRecord } from '#shacl';
import { migrate, openDatabase } from '#store';
import {
  type ConformanceCertificate,
  type ConformanceReport,
  type ContractLine,
  conformanceCertificateSchema,
} from '#wire';
import { type BeamContractParts, beamContract } from './beam-contract.ts';
import type { NodeConfig } from './config.ts';
import { expect, notTried, tried } from './contract-line.ts';
import { WHOLE_ARCHIVE } from './current-data.ts';
import { createDial } from './dial.ts';
import { EucaimProvider, eucaimAnswerSchema } from './eucaim-provider.ts';
import type { IdentityCard } from './identity-card.ts';
import { KillSwitch } from './kill-switch.ts';
import { lastRecord } from './last-record.ts';
import { openNode } from './open-node.ts';
import { OutgoingLedger } from './outgoing-ledger.ts';
import type { OwnKeys } from './own-keys.ts';
import { eucaimRoutes } from './routes-eucaim.ts';
import { nodeSearchSource } from './search-source.ts';
import { SOFTWARE } from './software.ts';
import type { NodeTables } from './tables.ts';

/** What of a node its contracts are tried with. */
export interface ContractParts extends Omit<BeamContractParts, 'settings'> {
  readonly config: Pick<NodeConfig, 'beam' | 'signIn' | 'hubProxy'>;
  readonly card: IdentityCard;
  readonly keys: OwnKeys;
  readonly db: Kysely<NodeTables>;
  readonly journal: Journal;
}

/**
 * Tries every contract that a node has with Cancer Image Europe: against stand-ins that come with the program, against the node's own
 * records, and against the real endpoints where they are set; and signs what was found.
 */
export async function examineContracts(parts: ContractParts): Promise<ConformanceCertificate> {
  const { config, card, keys, clock } = parts;
  const lines = [
    ...(await beamContract({ ...parts, settings: config.beam })),
    ...(await mediatorContract(parts)),
    ...(await catalogueContract(parts)),
    ...(await signInContract(parts)),
    ...(await journalContract(parts)),
  ];
  const report: ConformanceReport = { format: 2, siteId: card.siteId, software: SOFTWARE, madeAtMs: clock(), lines };
  return { report, publicKey: keys.publicKey, signature: signText(keys, textOf(report)) };
}

/** The same for a command, beside a running service or without one. @throws UnicaError `node.not-initialised`, `checkup.home-in-use` */
export async function contractsOfNode(config: NodeConfig): Promise<ConformanceCertificate> {
  const node = await openNode(config, silentLog);
  try {
    const { card, keys, database, journal, clock, archive, warehouse, standing, secret } = node;
    const search = new SearchDesk({
      source: nodeSearchSource(archive, warehouse, standing),
      ledger: await openQuestionLedger(database, clock),
      secret,
      rule: { ...SEARCH_COUNTS, threshold: config.minimumCount },
      clock,
      questionsOfAll: config.dailyQuestions,
    });
    const provider = new EucaimProvider({ db: database.kysely, search, card, journal });
    const outgoing = new OutgoingLedger(database, clock);
    const killSwitch = await KillSwitch.open(database.kysely);
    return await examineContracts({
      config,
      card,
      keys,
      db: database.kysely,
      journal,
      clock,
      provider,
      outgoing,
      killSwitch,
    });
  } finally {
    await node.close();
  }
}

/** The newest way to sign. */
const LAST_FORMAT = 2;
const formatSchema = z.object({ report: z.object({ format: z.number().int() }) });

/**
 * Reads a certificate. @param publicKey of the node, known from elsewhere; undefined: the one that it names is believed
 * @throws UnicaError `node.certificate-refused`
 */
export function readConformance(text: string, publicKey?: string): ConformanceReport {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch (cause) {
    throw new UnicaError('node.certificate-refused', { problem: 'it is not JSON' }, { cause });
  }
  const newer = formatSchema.safeParse(said);
  if (newer.success && newer.data.report.format > LAST_FORMAT)
    throw new UnicaError('node.certificate-refused', {
      problem: `it has format ${newer.data.report.format}, and this program reads up to ${LAST_FORMAT}: update it`,
    });
  const certificate = conformanceCertificateSchema.safeParse(said);
  if (!certificate.success) throw new UnicaError('node.certificate-refused', { problem: 'it is no such certificate' });
  const { report, publicKey: named, signature } = certificate.data;
  if (publicKey !== undefined && publicKey !== named)
    throw new UnicaError('node.certificate-refused', { problem: 'it is of another node' });
  if (!verifyText(named, textOf(report), signature))
    throw new UnicaError('node.certificate-refused', { problem: 'it was changed after it was signed' });
  return report;
}

/** What the signature is over: never a text that the key signs for anything else. Of format 1, the report alone. */
function textOf(report: ConformanceReport): string {
  const text = canonicalJson(report as unknown as Json);
  return report.format === 1 ? text : `unica-conformance-v2\n${text}`;
}

/** The endpoint for Focus, asked as Focus asks: the node's own routes and records behind a server that does not listen. */
async function mediatorContract({ provider }: ContractParts): Promise<readonly ContractLine[]> {
  const own = { contract: 'mediator', against: 'own' } as const;
  const database = await openDatabase<IdentityTables>({ engine: 'sqlite', path: ':memory:' });
  await migrate(database, identityMigrations);
  const people = openPeople(database, Date.now);
  const server = await createServer({
    title: 'conformance',
    version: SOFTWARE,
    routes: [...eucaimRoutes(provider as EucaimProvider)],
    identify: identifyBy({ people }),
    log: silentLog,
    metrics: createMetrics('node'),
  });
  try {
    const token = await people.createToken({
      name: 'conformance',
      roles: ['researcher'],
      expiresAtMs: Date.now() + 600_000,
    });
    const ask = async (body: string, authorization?: string) =>
      await server.fastify.inject({
        method: 'POST',
        url: '/eucaim/search',
        headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
        body,
      });
    const everyone = JSON.stringify({ ast: { operand: 'OR', children: [] }, id: 'conformance' });
    return [
      await tried({ ...own, check: 'mediator-token' }, async () => {
        const { statusCode } = await ask(everyone);
        expect(statusCode === 401, `Without a token the answer is ${statusCode}, not 401.`);
        return 'Without a token nothing is told (401).';
      }),
      await tried({ ...own, check: 'mediator-answer' }, async () => {
        const answer = await ask(everyone, `Bearer ${token}`);
        expect(answer.statusCode === 200, `The question for everyone is answered ${answer.statusCode}, not 200.`);
        const { collections } = eucaimAnswerSchema.parse(answer.json());
        return `The question for everyone is answered with ${collections.length} collections, as the explorer lists them.`;
      }),
      await tried({ ...own, check: 'mediator-not-json' }, async () => {
        const { statusCode } = await ask('{"ast":', `Bearer ${token}`);
        expect(statusCode === 400, `What is not JSON is answered ${statusCode}, not 400.`);
        return 'What is not JSON is refused (400).';
      }),
      await tried({ ...own, check: 'mediator-no-query' }, async () => {
        const { statusCode } = await ask('{"ast":{"operand":"XOR","children":7}}', `Bearer ${token}`);
        expect(statusCode === 422, `What is no query is answered ${statusCode}, not 422.`);
        return 'What is no query is refused (422).';
      }),
    ];
  } finally {
    await server.close();
    await database.close();
  }
}

const PROFILES = [
  ['catalogue-eucaim', 'eucaim-v2', 'EUCAIM DCAT-AP 2'],
  ['catalogue-release-8', 'healthdcat-r8', 'HealthDCAT-AP Release 8'],
] as const;

/** A record's own answers may be as long as this. */
const RECORD_LIMIT_BYTES = 8_388_608;

async function catalogueContract({ db, card, config, outgoing, killSwitch }: ContractParts) {
  const record = await lastRecord(db, WHOLE_ARCHIVE);
  const fdp = { contract: 'catalogue', check: 'catalogue-fdp', against: 'real' } as const;
  if (record === undefined) {
    const why = 'No dataset has been published from this node.';
    const lines = PROFILES.map(([check]) => notTried({ contract: 'catalogue', check, against: 'own' }, why));
    return [...lines, notTried(fdp, why)];
  }
  const at = recordAddresses(card.hubUrl, card.siteId, record.name);
  const lines: ContractLine[] = [];
  for (const [check, profile, name] of PROFILES) {
    lines.push(
      await tried({ contract: 'catalogue', check, against: 'own' }, async () => {
        const quads = await readRdf(new TextEncoder().encode(toTurtle(record, at, profile)), 'turtle');
        const { violations } = await validateRecord(quads, profile, { violationsOnly: true });
        const [first] = violations;
        expect(
          violations.length === 0,
          `${violations.length} things are missing for ${name}, the first: ${first?.path} (${first?.fix}).`,
        );
        return `The record that is handed over conforms to ${name}.`;
      }),
    );
  }
  if (killSwitch.stopped) return [...lines, notTried(fdp, 'Somebody stopped everything that leaves.')];
  lines.push(
    await tried(fdp, async (signal) => {
      const url = new URL(at.dataset);
      await outgoing.record({ kind: 'poll', method: 'GET', path: url.pathname, body: new Uint8Array(0), jobId: null });
      const answer = await createDial(config.hubProxy, { answerLimitBytes: RECORD_LIMIT_BYTES })({
        url,
        method: 'GET',
        headers: { accept: 'text/turtle' },
        body: new Uint8Array(0),
        signal: AbortSignal.any([signal, killSwitch.signal]),
      });
      expect(
        answer.status === 200,
        `The FAIR Data Point of the hub answers ${answer.status} for this dataset, not 200.`,
      );
      const type = String(answer.headers['content-type'] ?? '');
      expect(type.startsWith('text/turtle'), `It sends ${type} where text/turtle was asked for.`);
      const quads = await readRdf(answer.bytes, 'turtle');
      expect(
        quads.some(({ subject }) => subject.value === at.dataset),
        'What it sends does not speak of this dataset.',
      );
      return `The FAIR Data Point of the hub serves the record: ${quads.length} statements.`;
    }),
  );
  return lines;
}

/** Sign-in by OpenID Connect as Life Science Login has it, up to the page where a person signs in. */
async function signInContract({ config, clock, killSwitch }: ContractParts): Promise<readonly ContractLine[]> {
  const flow = { contract: 'sign-in', check: 'sign-in-flow', against: 'stand-in' } as const;
  const issuer = { contract: 'sign-in', check: 'sign-in-issuer', against: 'real' } as const;
  const { signIn } = config;
  return [
    await tried(flow, async () => await withStandInIssuer(async (given) => await begun({ ...given, clock }))),
    signIn.kind === 'issuer' && !killSwitch.stopped
      ? await tried(
          issuer,
          async () =>
            await begun({
              issuer: signIn.issuer,
              clientId: signIn.clientId,
              clientSecret: signIn.clientSecret,
              moreScopes: signIn.moreScopes,
              redirectUri: 'https://node.invalid/auth/callback',
              clock,
            }),
        )
      : notTried(
          issuer,
          signIn.kind === 'issuer'
            ? 'Somebody stopped everything that leaves.'
            : 'No issuer is set (UNICA_ISSUER), such as Life Science Login.',
        ),
  ];
}

async function begun(given: Omit<Parameters<typeof openSignIn>[0], 'passports'>): Promise<string> {
  const { url } = await openSignIn(given).begin('/');
  const asked = new URL(url).searchParams;
  for (const [name, wanted] of [
    ['response_type', 'code'],
    ['code_challenge_method', 'S256'],
    ['client_id', given.clientId],
  ] as const)
    expect(asked.get(name) === wanted, `The way to sign in has ${name}=${asked.get(name)}, not ${wanted}.`);
  for (const name of ['state', 'nonce', 'code_challenge'])
    expect((asked.get(name) ?? '').length >= 20, `The way to sign in lacks ${name}.`);
  return `The issuer ${new URL(given.issuer).host} tells its addresses; the way to sign in carries PKCE, state and nonce. The sign-in itself needs a person.`;
}

async function withStandInIssuer<Result>(
  work: (given: {
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly redirectUri: string;
  }) => Promise<Result>,
): Promise<Result> {
  let provider: Awaited<ReturnType<typeof createEmbeddedProvider>> | undefined;
  const server = createHttpServer((request, response) => void provider?.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const publicUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  try {
    provider = await createEmbeddedProvider({ publicUrl, host: '127.0.0.1', demonstration: true, people: [] });
    const { issuer, client } = provider;
    return await work({ issuer, ...client, redirectUri: `${publicUrl}/auth/callback` });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The journal is what a trace log is fed with: whole, in the node's name, and unchanged. */
async function journalContract({ journal, keys, card }: ContractParts): Promise<readonly ContractLine[]> {
  const own = { contract: 'journal', against: 'own' } as const;
  const signed = await journal.checkpoint();
  const whose = { house: card.siteId, publicKey: keys.publicKey, formerKeys: keys.former() };
  return [
    await tried({ ...own, check: 'journal-whole' }, async () => {
      const { intact, entries } = await verifyExport(asBytes(writeExport(journal, whose)), keys.publicKey);
      expect(intact, 'The exported journal does not verify.');
      return `The exported journal verifies from outside: ${entries} entries, linked and signed.`;
    }),
    signed === undefined
      ? notTried({ ...own, check: 'journal-change' }, 'Nothing is in the journal yet that could be changed.')
      : await tried({ ...own, check: 'journal-change' }, async () => {
          const { intact } = await verifyExport(asBytes(changed(writeExport(journal, whose))), keys.publicKey).catch(
            () => ({ intact: false }),
          );
          expect(!intact, 'An entry that was changed in the export is not noticed.');
          return 'An entry that is changed in a copy of the export is noticed.';
        }),
    notTried(
      { contract: 'journal', check: 'journal-trace', against: 'real' },
      'The trace log of Cancer Image Europe has no published interface; the export is handed over as a file (`unica audit export`).',
    ),
  ];
}

async function* asBytes(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const line of lines) yield new TextEncoder().encode(line);
}

async function* changed(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let isDone = false;
  for await (const line of lines) {
    if (!isDone && line.startsWith('{"entry"') && line.includes('"actor":"')) {
      isDone = true;
      yield line.replace('"actor":"', '"actor":"x');
    } else yield line;
  }
}
