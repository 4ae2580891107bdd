import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Journal } from '#audit';
import { asUnicaError, type Clock, UnicaError } from '#base';
import type { ClinicDestination, ClinicDestinationWish, ClinicTrial } from '#wire';
import type { ClinicSpool } from './clinic-spool.ts';
import type { ClinicTables } from './clinic-tables.ts';
import type { NodeConfig } from './config.ts';
import { dicomDestinations } from './dicom-settings.ts';
import { dicomEcho } from './pull-studies.ts';
import { askWebPeer, type WebPeer } from './send-by-web.ts';
import { toldTrouble } from './told-trouble.ts';

/** Where results are sent. */
export type Destination = ClinicTables['clinic_destinations'];

/** A hospital has some archives; more are a mistake. */
const MOST_DESTINATIONS = 20;
const LARGEST_SECRET_BYTES = 16_384;
const TRIAL_MS = 15_000;

/**
 * Where the owner has results sent. Secrets are not among it: the Authorization header for a destination stands in the file
 * `clinic-peers/NAME.authorization` of the node's home, authorities to be trusted in `clinic-peers/NAME.pem`.
 */
export class ClinicDestinations {
  readonly #parts: {
    readonly db: Kysely<ClinicTables>;
    readonly spool: ClinicSpool;
    readonly journal: Journal;
    readonly clock: Clock;
    readonly config: NodeConfig;
  };

  constructor(parts: {
    readonly db: Kysely<ClinicTables>;
    readonly spool: ClinicSpool;
    readonly journal: Journal;
    readonly clock: Clock;
    readonly config: NodeConfig;
  }) {
    this.#parts = parts;
  }

  async all(): Promise<readonly Destination[]> {
    return await this.#parts.db.selectFrom('clinic_destinations').selectAll().orderBy('name').execute();
  }

  /** For the owner's page, with what waits. */
  async list(): Promise<readonly ClinicDestination[]> {
    const waiting = await this.#parts.db
      .selectFrom('clinic_sendings')
      .select(['destination', 'state'])
      .select((select) => select.fn.countAll().as('count'))
      .groupBy(['destination', 'state'])
      .execute();
    const countOf = (name: string, state: string) =>
      Number(waiting.find((row) => row.destination === name && row.state === state)?.count ?? 0);
    return (await this.all()).map((row) => ({
      name: row.name,
      kind: row.kind,
      address: row.address,
      refusals: row.refusals === 1,
      patientSystem: row.patient_system,
      isEncrypted: row.kind === 'dimse' ? row.address.endsWith('/tls') : row.address.startsWith('https:'),
      waiting: countOf(row.name, 'waiting'),
      sent: countOf(row.name, 'sent'),
      refused: countOf(row.name, 'refused'),
      lastSentAtMs: row.last_sent_ms === null ? null : Number(row.last_sent_ms),
      trouble: row.last_failure === null ? null : toldTrouble(row.last_failure),
      troubleAtMs: row.last_failure_ms === null ? null : Number(row.last_failure_ms),
    }));
  }

  /** @throws UnicaError `clinic.destination-unusable`, `clinic.too-many-destinations` */
  async put(name: string, wish: ClinicDestinationWish, actor: string): Promise<void> {
    addressOf(wish);
    const all = await this.all();
    if (!all.some((one) => one.name === name) && all.length >= MOST_DESTINATIONS)
      throw new UnicaError('clinic.too-many-destinations', { most: MOST_DESTINATIONS });
    const values = {
      kind: wish.kind,
      address: wish.address.trim(),
      refusals: wish.refusals ? 1 : 0,
      patient_system: wish.patientSystem,
      decided_by: actor,
      decided_at_ms: this.#parts.clock(),
      last_sent_ms: null,
      last_failure: null,
      last_failure_ms: null,
    };
    await this.#parts.db
      .insertInto('clinic_destinations')
      .values({ name, ...values })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
      .execute();
    const { kind, address, refusals } = wish;
    await this.#parts.journal.append({
      actor,
      action: 'clinic.destination-set',
      subject: name,
      facts: { kind, address, refusals },
    });
  }

  /** What waits for it is not sent any more; files that wait for no other go. @throws UnicaError `http.not-found` */
  async remove(name: string, actor: string): Promise<void> {
    const { db, spool, journal, clock } = this.#parts;
    const waiting = async () =>
      await db
        .selectFrom('clinic_sendings')
        .select(['result_id', 'destination'])
        .where('state', '=', 'waiting')
        .execute();
    const before = (await waiting()).filter(({ destination }) => destination === name);
    const done = await db.deleteFrom('clinic_destinations').where('name', '=', name).executeTakeFirst();
    if (Number(done.numDeletedRows) === 0) throw new UnicaError('http.not-found', { what: 'destination of that name' });
    await db
      .updateTable('clinic_sendings')
      .set({ state: 'given-up', settled_ms: clock() })
      .where('destination', '=', name)
      .where('state', '=', 'waiting')
      .execute();
    const needed = new Set((await waiting()).map(({ result_id }) => result_id));
    for (const { result_id } of before) if (!needed.has(result_id)) await spool.removeResult(result_id);
    await journal.append({ actor, action: 'clinic.destination-removed', subject: name, facts: {} });
  }

  /** Whether it answers: C-ECHO, or a question over HTTP. Nothing of anybody is sent. @throws UnicaError `http.not-found` */
  async try(name: string): Promise<ClinicTrial> {
    const destination = (await this.all()).find((one) => one.name === name);
    if (destination === undefined) throw new UnicaError('http.not-found', { what: 'destination of that name' });
    const beganMs = performance.now();
    const signal = AbortSignal.timeout(TRIAL_MS);
    try {
      if (destination.kind === 'dimse') await dicomEcho(this.#parts.config, dicomAddressOf(destination), signal);
      else await askWebPeer(await this.webPeer(destination), destination.kind, signal);
      return { answered: true, milliseconds: Math.round(performance.now() - beganMs), trouble: null };
    } catch (error) {
      const code = signal.aborted ? 'clinic.peer-unreachable' : asUnicaError(error).code;
      return { answered: false, milliseconds: Math.round(performance.now() - beganMs), trouble: toldTrouble(code) };
    }
  }

  /** A destination that is reached by HTTP, with what it is told to let us in. @throws UnicaError `clinic.destination-unusable` */
  async webPeer({ name, address }: Destination): Promise<WebPeer> {
    const secret = async (ending: string) =>
      await secretOf(join(this.#parts.config.home, 'clinic-peers', `${name}.${ending}`));
    return {
      url: new URL(address),
      authorization: (await secret('authorization'))?.trim(),
      authorities: await secret('pem'),
    };
  }

  async wentWell(name: string): Promise<void> {
    await this.#parts.db
      .updateTable('clinic_destinations')
      .set({ last_sent_ms: this.#parts.clock(), last_failure: null, last_failure_ms: null })
      .where('name', '=', name)
      .execute();
  }

  async wentWrong(name: string, code: string): Promise<void> {
    await this.#parts.db
      .updateTable('clinic_destinations')
      .set({ last_failure: code, last_failure_ms: this.#parts.clock() })
      .where('name', '=', name)
      .execute();
  }
}

/** @throws UnicaError `clinic.destination-unusable` */
export function dicomAddressOf({ address }: Pick<Destination, 'address'>) {
  try {
    const [first, ...more] = dicomDestinations(address);
    if (first !== undefined && more.length === 0) return first;
  } catch (cause) {
    throw new UnicaError('clinic.destination-unusable', { problem: 'it is not AET@host:port' }, { cause });
  }
  throw new UnicaError('clinic.destination-unusable', { problem: 'it is not one AET@host:port' });
}

function addressOf({ kind, address }: ClinicDestinationWish): void {
  if (kind === 'dimse') return void dicomAddressOf({ address: address.trim() });
  const url = URL.parse(address.trim());
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new UnicaError('clinic.destination-unusable', {
      problem: 'it is no address that begins with https:// or http://',
    });
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new UnicaError('clinic.destination-unusable', {
      problem: 'an address has no name, password or question in it; secrets stand in a file of the node',
    });
}

/** Undefined where there is none. One that is there and cannot be used is no reason to go on without it. */
async function secretOf(path: string): Promise<string | undefined> {
  const unusable = (problem: string, cause?: unknown) =>
    new UnicaError('clinic.destination-unusable', { problem }, { cause });
  let text: string;
  try {
    if ((await stat(path)).size > LARGEST_SECRET_BYTES) throw unusable('its secret is too long');
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof UnicaError) throw error;
    throw unusable('a file of clinic-peers cannot be read', error);
  }
  if (text.trim() === '') throw unusable('a file of clinic-peers is empty');
  return text;
}
