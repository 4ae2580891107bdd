import type { Kysely } from 'kysely';
import { asUnicaError, type Clock, hmacSha256, type Log, toHex, UnicaError } from '#base';
import type { ScoredResult, ScoringForms, StudyScorer } from '#clinic';
import type { Standing } from '#consent';
import { pseudonymOf, type SiteSecret } from '#deid';
import { outlineDicom } from '#dicom';
import { openFileSource } from '#intake';
import { serially } from '#store';
import { tagOf } from '#vocab';
import type { ClinicDestinations, Destination } from './clinic-destinations.ts';
import type { ClinicModels, EnabledModel } from './clinic-models.ts';
import type { ClinicOrders } from './clinic-orders.ts';
import type { ClinicResults } from './clinic-results.ts';
import type { ClinicSpool } from './clinic-spool.ts';
import type { ClinicTables } from './clinic-tables.ts';
import type { ClinicEvent, ClinicTally } from './clinic-tally.ts';
import type { KillSwitch } from './kill-switch.ts';

/** What a queue works with. */
export interface QueueParts {
  readonly db: Kysely<ClinicTables>;
  readonly spool: ClinicSpool;
  readonly models: ClinicModels;
  readonly results: ClinicResults;
  readonly destinations: ClinicDestinations;
  readonly orders: ClinicOrders;
  readonly scorer: StudyScorer;
  readonly standing: Standing;
  readonly killSwitch: KillSwitch;
  readonly tally: ClinicTally;
  readonly site: SiteSecret;
  readonly log: Log;
  readonly clock: Clock;
  readonly newId: (prefix: string) => string;
  readonly settings: QueueSettings;
  /** Called when results lie ready to be sent. */
  readonly onReady: () => void;
}

/** When a study is scored, and how much may wait. */
export interface QueueSettings {
  /** A study is whole after so long without a further film. */
  readonly quietMs: number;
  /** Films stay so long after the last one came, so that a late view makes the exam whole. */
  readonly keepMs: number;
  readonly limitBytes: number;
  /** Studies that are scored at once. */
  readonly atOnce: number;
  /** Whether only what was ordered is scored. */
  readonly scores: 'every-study' | 'ordered';
  /** How long a study waits for its order. */
  readonly orderWaitMs: number;
  readonly firstRetryMs: number;
}

const LONGEST_RETRY_MS = 3_600_000;
/** A study that fails so often is given up. */
const MOST_ATTEMPTS = 8;
/** Films of other modalities are of no model; a study of a thousand slices is not looked at film by film. */
const LARGEST_FILM_BYTES = 512 * 2 ** 20;

type Row = ClinicTables['clinic_queue'];
type FilmRow = ClinicTables['clinic_films'];

interface FilmFacts {
  readonly study: string;
  readonly instance: string;
  readonly patientId: string;
  readonly modality: string;
  readonly accession: string | undefined;
  readonly sizeBytes: number;
}

/** What is wrong with a study itself; it is not tried again. */
const OF_THE_STUDY: Readonly<Record<string, ClinicEvent>> = {
  'clinic.model-changed': 'model-changed',
  'clinic.mixed-study': 'mixed-study',
  'clinic.film-unreadable': 'unreadable',
  'clinic.too-many-films': 'unreadable',
  'results.no-image': 'unreadable',
};

/**
 * Studies that arrived, until the models that their owner enabled have scored them: films are kept beside the receiver's spool
 * before the receiver lets go of them, and go when nothing needs them any more. A study is scored once for each version of a
 * model and each set of films, whatever ends in between. Whoever made it closes it.
 */
export class ClinicQueue {
  readonly #parts: QueueParts;
  readonly #inTurn = serially();
  readonly #ending = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #again = false;

  private constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  /** Takes up what an earlier process left. */
  static async open(parts: QueueParts): Promise<ClinicQueue> {
    const queue = new ClinicQueue(parts);
    const [studies, results, films] = await Promise.all([
      parts.db.selectFrom('clinic_queue').select('study').execute(),
      parts.db.selectFrom('clinic_sendings').select('result_id').where('state', '=', 'waiting').execute(),
      parts.db.selectFrom('clinic_films').select('size_bytes').execute(),
    ]);
    await parts.spool.sweep({
      studies: new Set(studies.map(({ study }) => study)),
      results: new Set(results.map(({ result_id }) => result_id)),
    });
    queue.#heldBytes = films.reduce((sum, film) => sum + Number(film.size_bytes), 0);
    return queue;
  }

  /** Begins to score what waits. */
  start(): void {
    this.wake();
  }

  wake(): void {
    if (this.#ending.signal.aborted) return;
    if (this.#looking !== undefined) {
      this.#again = true;
      return;
    }
    this.#looking = this.#look()
      .catch((error: unknown) => {
        this.#parts.log.error('node.clinic-queue-failed', {}, error);
        // A database that did not answer once is asked again, also when nothing more arrives.
        if (!this.#ending.signal.aborted) this.#timer = setTimeout(() => this.wake(), LOOK_MS).unref();
      })
      .finally(() => {
        this.#looking = undefined;
        if (this.#again) {
          this.#again = false;
          this.wake();
        }
      });
  }

  async close(): Promise<void> {
    this.#ending.abort();
    clearTimeout(this.#timer);
    await this.#looking;
    await Promise.allSettled(this.#running.values());
  }

  /** Resolves when no study waits that is whole. */
  async settle(): Promise<void> {
    for (;;) {
      await this.#look();
      if (this.#running.size === 0) return;
      await Promise.race(this.#running.values());
    }
  }

  /**
   * Keeps those of these files that a model reads; they are safe when it resolves. Films of people who are left out, or that do
   * not say whose they are, are not kept.
   * @throws UnicaError `clinic.queue-full`: whoever brings them waits
   */
  async take(paths: readonly string[]): Promise<void> {
    await this.#inTurn(async () => {
      const { models, standing, settings, killSwitch } = this.#parts;
      const enabled = await models.enabled();
      if (enabled.length === 0) return;
      const modalities = new Set(enabled.flatMap((model) => model.modalities));
      await standing.refresh();
      for (const path of paths) {
        const facts = factsOf(path);
        if (facts === undefined || !modalities.has(facts.modality)) continue;
        if (facts.patientId === '') {
          await this.#parts.tally.add('no-number');
          continue;
        }
        const person = pseudonymOf(this.#parts.site, facts.patientId);
        if (standing.isLeftOut(person)) {
          await this.#parts.tally.add('left-out');
          continue;
        }
        if (this.#heldBytes + facts.sizeBytes > settings.limitBytes) await this.#makeRoom(facts.sizeBytes);
        if (this.#heldBytes + facts.sizeBytes > settings.limitBytes) {
          // What alone is larger finds room at no time, and a stopped node scores nothing that would make some: imported all the same.
          if (facts.sizeBytes <= settings.limitBytes && !killSwitch.stopped)
            throw new UnicaError('clinic.queue-full', { limitMib: Math.floor(settings.limitBytes / 2 ** 20) });
          await this.#parts.tally.add('queue-full');
          continue;
        }
        await this.#keep(path, facts, person);
      }
    });
    this.wake();
  }

  /** How much waits. */
  async waiting(): Promise<{
    readonly studies: number;
    readonly running: number;
    readonly heldBytes: number;
    readonly failure: string | null;
  }> {
    const rows = await this.#parts.db
      .selectFrom('clinic_queue')
      .select(['study', 'failure'])
      .where('state', '=', 'waiting')
      .execute();
    return {
      studies: rows.length,
      running: this.#running.size,
      heldBytes: this.#heldBytes,
      failure: rows.find(({ failure }) => failure !== null)?.failure ?? null,
    };
  }

  async #keep(path: string, facts: FilmFacts, person: string): Promise<void> {
    const { spool, results, orders, clock, db, settings, site } = this.#parts;
    const study = results.archiveUid(facts.study, 'hospital');
    // The same image again takes the place of the one before.
    const file = `${toHex(hmacSha256(site.secret, `clinic film\n${facts.instance}`)).slice(0, 40)}.dcm`;
    await spool.keepFilm(study, file, path);
    const nowMs = clock();
    const before = await db
      .selectFrom('clinic_films')
      .select('size_bytes')
      .where('study', '=', study)
      .where('file', '=', file)
      .executeTakeFirst();
    await db
      .insertInto('clinic_films')
      .values({ study, file, modality: facts.modality, size_bytes: facts.sizeBytes })
      .onConflict((conflict) =>
        conflict.columns(['study', 'file']).doUpdateSet({ modality: facts.modality, size_bytes: facts.sizeBytes }),
      )
      .execute();
    this.#heldBytes += facts.sizeBytes - Number(before?.size_bytes ?? 0);
    const again = {
      // An archive that has put a study right sends it anew: whose it was before is not whose it is.
      person,
      state: 'waiting',
      last_ms: nowMs,
      next_ms: nowMs + settings.quietMs,
      attempts: 0,
      failure: null,
    } as const;
    const accession = orders.digestOf(facts.accession);
    const number = accession === null ? {} : { accession };
    await db
      .insertInto('clinic_queue')
      .values({ study, accession, first_ms: nowMs, arrivals: 1, ...again })
      .onConflict((conflict) =>
        conflict
          .column('study')
          .doUpdateSet((set) => ({ ...again, ...number, arrivals: set('clinic_queue.arrivals', '+', 1) })),
      )
      .execute();
  }

  /** Films that only wait for a late view go first, the oldest before the others. */
  async #makeRoom(neededBytes: number): Promise<void> {
    const { db, settings } = this.#parts;
    const rows = await db
      .selectFrom('clinic_queue')
      .selectAll()
      .where('state', '=', 'scored')
      .orderBy('last_ms')
      .limit(1000)
      .execute();
    for (const row of rows) {
      if (this.#heldBytes + neededBytes <= settings.limitBytes) return;
      await this.#forget(row);
    }
  }

  async #look(): Promise<void> {
    const { db, clock, killSwitch, settings, orders, standing } = this.#parts;
    clearTimeout(this.#timer);
    if (this.#ending.signal.aborted) return;
    const nowMs = clock();
    const held = await db.selectFrom('clinic_queue').selectAll().execute();
    await standing.refresh();
    for (const row of held) {
      // What is being scored asks by itself.
      if (this.#running.has(row.study)) continue;
      const isOver = row.state === 'scored' && Number(row.next_ms) <= nowMs;
      if (row.state === 'waiting' && standing.isLeftOut(row.person)) await this.#drop(row, 'left-out');
      else if (isOver || standing.isLeftOut(row.person)) await this.#inTurn(() => this.#forget(row));
    }
    await orders.forgetOld();
    if (!killSwitch.stopped) {
      const free = settings.atOnce - this.#running.size;
      const due = await db
        .selectFrom('clinic_queue')
        .selectAll()
        .where('state', '=', 'waiting')
        .where('next_ms', '<=', nowMs)
        .orderBy('next_ms')
        .orderBy('study')
        .limit(settings.atOnce * 2 + 1)
        .execute();
      for (const row of due.filter(({ study }) => !this.#running.has(study)).slice(0, Math.max(0, free)))
        this.#begin(row);
    }
    const [next] = await db.selectFrom('clinic_queue').select('next_ms').orderBy('next_ms').limit(1).execute();
    const waitMs = next === undefined ? LOOK_MS : Math.min(LOOK_MS, Math.max(20, Number(next.next_ms) - clock()));
    const isFull = this.#running.size >= settings.atOnce || killSwitch.stopped;
    clearTimeout(this.#timer);
    if (!this.#ending.signal.aborted) this.#timer = setTimeout(() => this.wake(), isFull ? LOOK_MS : waitMs).unref();
  }

  #begin(row: Row): void {
    const running = this.#score(row)
      .catch(async (error: unknown) => await this.#failed(row, error))
      .catch((error: unknown) => this.#parts.log.error('node.clinic-queue-failed', {}, error))
      .finally(() => {
        this.#running.delete(row.study);
        this.wake();
      });
    this.#running.set(row.study, running);
  }

  async #score(row: Row): Promise<void> {
    const { db, standing, models, destinations, onReady } = this.#parts;
    await standing.refresh();
    if (standing.isLeftOut(row.person)) return await this.#drop(row, 'left-out');
    const enabled = await models.enabled();
    const wanted = await this.#wanted(row, enabled);
    if (wanted === 'later') return;
    if (wanted === 'never') return await this.#drop(row, 'no-order');
    const films = await db
      .selectFrom('clinic_films')
      .selectAll()
      .where('study', '=', row.study)
      .orderBy('file')
      .execute();
    const places = await destinations.all();
    let ready = false;
    for (const model of wanted) {
      const own = films.filter(({ modality }) => model.modalities.includes(modality));
      if (own.length > 0) ready = (await this.#scoreWith(model, row, own, places)) || ready;
    }
    if (ready) onReady();
    // Decided while it was scored.
    if (standing.isLeftOut(row.person)) return await this.#drop(row, 'left-out');
    await this.#scored(row);
  }

  /** Which models score it: those of its order, or all. */
  async #wanted(row: Row, enabled: readonly EnabledModel[]): Promise<readonly EnabledModel[] | 'later' | 'never'> {
    const { orders, settings, db, clock } = this.#parts;
    const order = row.accession === null ? undefined : await orders.find(row.accession);
    if (order !== undefined) {
      const { models } = order;
      return models === null ? enabled : enabled.filter(({ name }) => models.includes(name));
    }
    if (settings.scores === 'every-study') return enabled;
    const untilMs = Number(row.first_ms) + settings.orderWaitMs;
    if (clock() >= untilMs) return 'never';
    await db
      .updateTable('clinic_queue')
      .set({ next_ms: Math.min(untilMs, clock() + ORDER_LOOK_MS) })
      .where('study', '=', row.study)
      .where('arrivals', '=', row.arrivals)
      .execute();
    return 'later';
  }

  /** @returns whether something lies ready to be sent */
  async #scoreWith(
    model: EnabledModel,
    row: Row,
    films: readonly FilmRow[],
    places: readonly Destination[],
  ): Promise<boolean> {
    const { spool, results, scorer, killSwitch, clock, site, tally } = this.#parts;
    const { folder, name, version, digest, correction } = model;
    const paths = films.map(({ file }) => spool.filmPath(row.study, file));
    const uids = paths.flatMap((path) => factsOf(path)?.instance ?? []);
    const signal = AbortSignal.any([killSwitch.signal, this.#ending.signal]);
    let scores: Awaited<ReturnType<StudyScorer['score']>>;
    try {
      scores = await scorer.score(
        {
          folder,
          name,
          expects: { version, digest },
          correction: correction ?? undefined,
          paths,
          siteId: site.siteId,
          nowMs: clock(),
          earlier: await results.earlier(row.study, name, uids, 'hospital'),
          forms: model.mode === 'shown' ? formsFor(places) : undefined,
        },
        signal,
      );
    } catch (error) {
      const event = error instanceof UnicaError ? OF_THE_STUDY[error.code] : undefined;
      if (event === undefined) throw error;
      await tally.add(event, name);
      return false;
    }
    let ready = false;
    for (const scored of scores.results) {
      const share = scores.processorMs / scores.results.length;
      ready = (await this.#keepResult({ scored, model, share, places, all: scores.results })) || ready;
    }
    return ready;
  }

  /** @returns whether it lies ready to be sent */
  async #keepResult({
    scored,
    model,
    share,
    places,
    all,
  }: {
    readonly scored: ScoredResult;
    readonly model: EnabledModel;
    readonly share: number;
    readonly places: readonly Destination[];
    readonly all: readonly ScoredResult[];
  }): Promise<boolean> {
    const { spool, results, orders, tally, newId, site, standing } = this.#parts;
    const { study, outcome } = scored.result;
    // Whose it is says the film that was scored, whatever else came under the number of its study.
    const person = pseudonymOf(site, study['PatientID'] ?? '');
    await standing.refresh();
    // Decided while it was scored.
    if (standing.isLeftOut(person)) return false;
    const known = await results.find(scored, 'hospital', model);
    const wanted = model.mode === 'shown' ? places.filter((place) => isSentTo(place, scored, all)) : [];
    // One that a reader of the archive had asked for before is known here, and was not sent.
    const isOnItsWay = known !== undefined && (await results.isSent(known));
    const destinations = isOnItsWay ? [] : wanted.map(({ name }) => name);
    const resultId = known ?? newId('result');
    if (destinations.length > 0) await spool.keepResult(resultId, scored);
    const { isNew } = await results.keep({
      scored,
      uids: 'hospital',
      person,
      model,
      accession: orders.digestOf(study['AccessionNumber']),
      processorMs: share,
      resultId,
      destinations,
    });
    if (isNew) await tally.add(outcome.kind, model.name);
    return destinations.length > 0;
  }

  /** Done, unless a film came meanwhile. */
  async #scored(row: Row): Promise<void> {
    const { db, settings } = this.#parts;
    await db
      .updateTable('clinic_queue')
      .set({ state: 'scored', next_ms: Number(row.last_ms) + settings.keepMs, failure: null })
      .where('study', '=', row.study)
      .where('arrivals', '=', row.arrivals)
      .execute();
  }

  async #failed(row: Row, error: unknown): Promise<void> {
    const { db, clock, log, settings, killSwitch, tally } = this.#parts;
    // Stopped, or ending: it is scored when the node goes on.
    if (this.#ending.signal.aborted || killSwitch.stopped) return;
    const { code } = asUnicaError(error);
    const attempts = row.attempts + 1;
    log.warn('node.study-not-scored', { code, attempts });
    if (attempts >= MOST_ATTEMPTS) {
      await tally.add('failed');
      return await this.#scored(row);
    }
    const waitMs = Math.min(LONGEST_RETRY_MS, settings.firstRetryMs * 2 ** (attempts - 1));
    await db
      .updateTable('clinic_queue')
      .set({ attempts, failure: code, next_ms: clock() + waitMs })
      .where('study', '=', row.study)
      .where('arrivals', '=', row.arrivals)
      .execute();
  }

  async #drop(row: Row, event: ClinicEvent): Promise<void> {
    await this.#parts.tally.add(event);
    await this.#inTurn(() => this.#forget(row));
  }

  /** Its files, then its rows: what is left of a process that is killed in between is forgotten by the next look. */
  async #forget(row: Row): Promise<void> {
    const { db, spool } = this.#parts;
    const current = await db
      .selectFrom('clinic_queue')
      .select('arrivals')
      .where('study', '=', row.study)
      .executeTakeFirst();
    if (current?.arrivals !== row.arrivals) return;
    const films = await db.selectFrom('clinic_films').select('size_bytes').where('study', '=', row.study).execute();
    await spool.removeFilms(row.study);
    await db.deleteFrom('clinic_films').where('study', '=', row.study).execute();
    await db.deleteFrom('clinic_queue').where('study', '=', row.study).execute();
    this.#heldBytes -= films.reduce((sum, film) => sum + Number(film.size_bytes), 0);
  }
}

const LOOK_MS = 5000;
const ORDER_LOOK_MS = 30_000;

/** Everything that some destination takes. */
function formsFor(places: readonly Destination[]): ScoringForms | undefined {
  if (places.length === 0) return undefined;
  const dicom = places.some(({ kind }) => kind !== 'fhir');
  return {
    reports: dicom,
    segmentations: dicom,
    heatMaps: dicom,
    document: places.some(({ kind }) => kind === 'fhir'),
  };
}

/**
 * A refusal goes where refusals are wanted. One of a film that is none for this model goes nowhere: a hand needs no report about
 * a chest, nor does the side view beside a frontal film that was scored.
 */
function isSentTo(place: Destination, { result }: ScoredResult, all: readonly ScoredResult[]): boolean {
  const { outcome } = result;
  if (outcome.kind === 'scored') return true;
  if (place.refusals !== 1 || outcome.reason === 'modality' || outcome.reason === 'body-part') return false;
  return outcome.reason !== 'view' || all.every((other) => other.result.outcome.kind === 'refused');
}

/** What the queue needs of a file; undefined for one that the importer will refuse, or that is too large for a film. */
function factsOf(path: string): FilmFacts | undefined {
  const source = openFileSource(path);
  try {
    if (source.sizeBytes > LARGEST_FILM_BYTES) return undefined;
    const outline = outlineDicom(source);
    if (outline === undefined) return undefined;
    const { dataset } = outline.file;
    const text = (keyword: string) => (dataset.text(tagOf(keyword)) ?? '').trim();
    const [study, instance] = [text('StudyInstanceUID'), text('SOPInstanceUID')];
    if (!UID.test(study) || !UID.test(instance)) return undefined;
    return {
      study,
      instance,
      patientId: text('PatientID'),
      modality: text('Modality'),
      accession: text('AccessionNumber') || undefined,
      sizeBytes: source.sizeBytes,
    };
  } catch (error) {
    if (error instanceof UnicaError) return undefined;
    throw error;
  } finally {
    source.close();
  }
}

const UID = /^[0-9.]{1,64}$/;
