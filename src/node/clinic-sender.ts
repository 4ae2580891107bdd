import { readFile } from 'node:fs/promises';
import type { Kysely } from 'kysely';
import type { Journal } from '#audit';
import { asUnicaError, type Clock, type ErrorCode, hmacSha256, type Log, toHex, UnicaError } from '#base';
import type { Standing } from '#consent';
import type { SiteSecret } from '#deid';
import { instanceOfFile, isOutOfResources, store } from '#dimse';
import { serially } from '#store';
import { type ClinicDestinations, type Destination, dicomAddressOf } from './clinic-destinations.ts';
import type { ClinicSpool } from './clinic-spool.ts';
import type { ClinicTables } from './clinic-tables.ts';
import type { ClinicTally } from './clinic-tally.ts';
import type { NodeConfig } from './config.ts';
import { remoteOf } from './dicom-remote.ts';
import type { KillSwitch } from './kill-switch.ts';
import { createAtFhirServer, storeByWeb } from './send-by-web.ts';
import type { SentResults } from './sent-results.ts';

/** What a sender works with. */
export interface SenderParts {
  readonly db: Kysely<ClinicTables>;
  readonly spool: ClinicSpool;
  readonly destinations: ClinicDestinations;
  readonly sent: SentResults;
  readonly standing: Standing;
  readonly killSwitch: KillSwitch;
  readonly journal: Journal;
  readonly tally: ClinicTally;
  readonly site: SiteSecret;
  readonly config: NodeConfig;
  readonly log: Log;
  readonly clock: Clock;
  readonly pace?: Partial<SenderPace> | undefined;
}

/** Waits after a system that did not answer. */
export interface SenderPace {
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** A result that could not be sent for so long is given up; its files are removed. */
  readonly giveUpMs: number;
  /** How often it is looked whether something waits that nobody told of. */
  readonly lookMs: number;
}

const PACE: SenderPace = { firstWaitMs: 1000, longestWaitMs: 600_000, giveUpMs: 7 * 86_400_000, lookMs: 30_000 };
/** Results of one destination that are read at once. */
const BATCH = 50;
/** Why a result is not sent whose model the owner no longer shows. */
const NOT_SHOWN: ErrorCode = 'clinic.model-not-shown';
/** Why a result waits that a system has no room for now. */
const PUT_OFF: ErrorCode = 'clinic.peer-full';

type Sending = ClinicTables['clinic_sendings'];

/** Names this node to the systems of hospitals as no other is named, and tells nothing of its secret. */
function houseOf({ secret }: SiteSecret): string {
  return toHex(hmacSha256(secret, 'clinic numbers of patients')).slice(0, 32);
}

/**
 * Sends results to the systems of the hospital, each once and the oldest first. A system that does not answer, or has no room, is
 * tried again after twice the wait; what it refuses is not asked again. Before each result the ledger of objections is asked, and the owner's
 * switch, and whether the model is still one that is shown. Whoever made it closes it.
 */
export class ClinicSender {
  readonly #parts: SenderParts;
  readonly #pace: SenderPace;
  readonly #ending = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  readonly #inTurn = serially();
  /** A look is asked for that has not begun. */
  #isAsked = false;
  /** Destinations for which something came while they were sent to. */
  readonly #again = new Set<string>();
  /** Failures in a row, and when the system is tried next. */
  readonly #waits = new Map<string, { readonly failures: number; readonly untilMs: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#pace = { ...PACE, ...parts.pace };
  }

  /** Looks what waits, and sends it. */
  wake(): void {
    if (this.#ending.signal.aborted || this.#isAsked) return;
    this.#isAsked = true;
    void this.#look().catch((error: unknown) => {
      this.#parts.log.error('node.results-not-sent', {}, error);
      // A database that did not answer once is asked again, also when no more results come.
      this.#wakeIn(this.#pace.lookMs);
    });
  }

  async close(): Promise<void> {
    this.#ending.abort();
    clearTimeout(this.#timer);
    await this.#inTurn(async () => {});
    await Promise.all(this.#running.values());
  }

  /** Resolves when everything that can be sent now was tried; for tests and commands. */
  async settle(): Promise<void> {
    await this.#look();
    await Promise.all(this.#running.values());
  }

  async #look(): Promise<void> {
    await this.#inTurn(async () => await this.#lookNow());
  }

  async #lookNow(): Promise<void> {
    this.#isAsked = false;
    if (this.#ending.signal.aborted) return;
    const { destinations, killSwitch, clock } = this.#parts;
    let nextMs = this.#pace.lookMs;
    const places = await destinations.all();
    await this.#clear(new Set(places.map(({ name }) => name)));
    if (!killSwitch.stopped)
      for (const destination of places) {
        const { untilMs = 0 } = this.#waits.get(destination.name) ?? {};
        if (untilMs > clock()) nextMs = Math.min(nextMs, untilMs - clock());
        else this.#begin(destination);
      }
    this.#wakeIn(Math.max(10, nextMs));
  }

  #wakeIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (!this.#ending.signal.aborted) this.#timer = setTimeout(() => this.wake(), milliseconds).unref();
  }

  /** What will not be sent any more goes now, also while its system is waited for or the owner has stopped the node. */
  async #clear(places: ReadonlySet<string>): Promise<void> {
    const { db, standing, clock } = this.#parts;
    await standing.refresh();
    const rows = await db.selectFrom('clinic_sendings').selectAll().where('state', '=', 'waiting').execute();
    for (const row of rows) {
      // Whoever sends to it asks the same before each result.
      if (this.#running.has(row.destination)) continue;
      const isTooOld = clock() - Number(row.since_ms) > this.#pace.giveUpMs;
      if (standing.isLeftOut(row.person)) await this.#end(row, 'left-out', null);
      // Removed while the study was scored.
      else if (isTooOld || !places.has(row.destination)) await this.#end(row, 'given-up', row.failure);
      else if (!(await this.#isShown(row))) await this.#end(row, 'given-up', NOT_SHOWN);
    }
  }

  #begin(destination: Destination): void {
    const { name } = destination;
    if (this.#ending.signal.aborted) return;
    if (this.#running.has(name)) return void this.#again.add(name);
    const running = this.#sendTo(destination)
      .catch((error: unknown) => {
        if (!this.#ending.signal.aborted) this.#parts.log.error('node.results-not-sent', { destination: name }, error);
      })
      .finally(() => {
        this.#running.delete(name);
        if (this.#again.delete(name)) this.wake();
      });
    this.#running.set(name, running);
  }

  async #sendTo(destination: Destination): Promise<void> {
    const { killSwitch, standing, clock, destinations } = this.#parts;
    for (;;) {
      const rows = await this.#waiting(destination.name);
      if (rows.length === 0) return;
      const putOff: Sending[] = [];
      for (const row of rows) {
        if (killSwitch.stopped || this.#ending.signal.aborted) return;
        await standing.refresh();
        if (standing.isLeftOut(row.person)) {
          await this.#end(row, 'left-out', null);
          continue;
        }
        if (clock() - Number(row.since_ms) > this.#pace.giveUpMs) {
          await this.#end(row, 'given-up', row.failure);
          continue;
        }
        if (!(await this.#isShown(row))) {
          await this.#end(row, 'given-up', NOT_SHOWN);
          continue;
        }
        const signal = AbortSignal.any([killSwitch.signal, this.#ending.signal]);
        try {
          const refused = await this.#send(row, destination, signal);
          // There may be room for others: it can be this one that is too large.
          if (refused === PUT_OFF) {
            putOff.push(row);
            continue;
          }
          await this.#end(row, refused === undefined ? 'sent' : 'refused', refused ?? null);
          if (refused === undefined) await destinations.wentWell(destination.name);
          else await destinations.wentWrong(destination.name, refused);
          this.#waits.delete(destination.name);
        } catch (error) {
          if (signal.aborted) return;
          await this.#failed([...putOff, row], destination.name, asUnicaError(error).code);
          return;
        }
      }
      if (putOff.length > 0) return await this.#failed(putOff, destination.name, PUT_OFF);
    }
  }

  /** @returns the code of what it was refused with; undefined where it was taken */
  async #send(row: Sending, destination: Destination, signal: AbortSignal): Promise<string | undefined> {
    const files = await this.#parts.spool.resultFiles(row.result_id);
    if (destination.kind === 'fhir') return await this.#sendDocument(row, destination, files.document, signal);
    const { sent, config, destinations } = this.#parts;
    // Made for a destination of another kind, or lost with the disk: what is not there was not sent.
    if (files.objects.length === 0) return 'clinic.no-document';
    const waiting = [];
    for (const path of files.objects) {
      const instance = await instanceOfFile(path);
      if (!(await sent.wasSent(instance.sopInstanceUid, destination.address))) waiting.push({ path, instance });
    }
    let refused = 0;
    let putOff = 0;
    const settle = async (object: string, kind: 'stored' | 'refused' | 'put-off') => {
      if (kind === 'stored') await sent.writeDown(object, destination.address);
      else if (kind === 'put-off') putOff += 1;
      else refused += 1;
    };
    if (waiting.length === 0) return undefined;
    if (destination.kind === 'dimse') {
      const remote = await remoteOf(config, dicomAddressOf(destination));
      const instances = waiting.map(({ instance }) => instance);
      for await (const { kind, status, sopInstanceUid } of store(remote, instances, { signal })) {
        const isStored = kind === 'stored' || kind === 'stored-with-warning';
        await settle(sopInstanceUid, isStored ? 'stored' : isOutOfResources(status) ? 'put-off' : 'refused');
      }
    } else {
      const named = waiting.map(({ path, instance: { sopInstanceUid } }) => ({ path, sopInstanceUid }));
      try {
        for (const { object, kind } of await storeByWeb(await destinations.webPeer(destination), named, signal))
          await settle(object, kind);
      } catch (error) {
        return refusedFor(error);
      }
    }
    if (putOff > 0) return PUT_OFF;
    return refused > 0 ? 'node.results-refused' : undefined;
  }

  async #sendDocument(
    row: Sending,
    destination: Destination,
    path: string | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (path === undefined) return 'clinic.no-document';
    const { sent, destinations, site } = this.#parts;
    if (await sent.wasSent(row.result_id, destination.address)) return undefined;
    try {
      const document: unknown = JSON.parse(await readFile(path, 'utf8'));
      const peer = await destinations.webPeer(destination);
      const numbers = { patientSystem: destination.patient_system, house: houseOf(site) };
      await createAtFhirServer(peer, document, { ...numbers, signal });
    } catch (error) {
      return refusedFor(error);
    }
    await sent.writeDown(row.result_id, destination.address);
    return undefined;
  }

  /** Whether the owner still shows what the model of the result says: it was so when the study was scored. */
  async #isShown({ result_id }: Sending): Promise<boolean> {
    const row = await this.#parts.db
      .selectFrom('clinic_results as r')
      .innerJoin('clinic_models as m', 'm.name', 'r.model')
      .select('m.mode')
      .where('r.result_id', '=', result_id)
      .executeTakeFirst();
    return row?.mode === 'shown';
  }

  async #waiting(destination: string): Promise<readonly Sending[]> {
    return await this.#parts.db
      .selectFrom('clinic_sendings')
      .selectAll()
      .where('destination', '=', destination)
      .where('state', '=', 'waiting')
      .orderBy('since_ms')
      .orderBy('result_id')
      .limit(BATCH)
      .execute();
  }

  /** Settles a sending; the files go with the last one of their result. */
  async #end(row: Sending, state: Exclude<Sending['state'], 'waiting'>, failure: string | null): Promise<void> {
    const { db, spool, tally, journal, clock } = this.#parts;
    await db
      .updateTable('clinic_sendings')
      .set({ state, failure, settled_ms: clock() })
      .where('result_id', '=', row.result_id)
      .where('destination', '=', row.destination)
      .execute();
    await tally.add(state === 'refused' ? 'send-refused' : failure === NOT_SHOWN ? 'not-shown' : state);
    await journal.append({
      actor: 'node',
      action: 'clinic.result-settled',
      subject: row.result_id,
      facts: { destination: row.destination, state, failure: failure ?? '' },
    });
    const others = await db
      .selectFrom('clinic_sendings')
      .select('destination')
      .where('result_id', '=', row.result_id)
      .where('state', '=', 'waiting')
      .executeTakeFirst();
    if (others === undefined) await spool.removeResult(row.result_id);
  }

  async #failed(rows: readonly Sending[], destination: string, code: string): Promise<void> {
    const { db, destinations, clock } = this.#parts;
    const failures = (this.#waits.get(destination)?.failures ?? 0) + 1;
    const waitMs = Math.min(this.#pace.longestWaitMs, this.#pace.firstWaitMs * 2 ** (failures - 1));
    this.#waits.set(destination, { failures, untilMs: clock() + waitMs });
    await db
      .updateTable('clinic_sendings')
      .set({ failure: code })
      .where(
        'result_id',
        'in',
        rows.map((row) => row.result_id),
      )
      .where('destination', '=', destination)
      .execute();
    await destinations.wentWrong(destination, code);
    this.wake();
  }
}

/** A refusal is told; whatever else is thrown on, and tried again. */
function refusedFor(error: unknown): string {
  if (
    error instanceof UnicaError &&
    ['clinic.peer-refused', 'clinic.too-large', 'clinic.no-document'].includes(error.code)
  )
    return error.code;
  throw error;
}
