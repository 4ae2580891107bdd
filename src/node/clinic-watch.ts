import type { Kysely } from 'kysely';
import type { Journal } from '#audit';
import { type Clock, canonicalJson, UnicaError } from '#base';
import { correctedScore } from '#clinic';
import type { Standing } from '#consent';
import { binnedCalibration } from '#evaluation';
import { releaseOutcomes, releaseWatchedPeople } from '#privacy';
import { type Database, serially } from '#store';
import {
  type ClinicWatches,
  MOST_WATCH_PARTS,
  type Receipt,
  type ScoreCorrection,
  scoreCorrectionSchema,
  type TaskBody,
  WATCH_EDGES,
  WATCH_LEAST_PEOPLE,
  type WatchAnswer,
  type WatchOutcomes,
  type WatchPeriod,
  watchAnswerSchema,
  watchOutcomesSchema,
  watchPeriodSchema,
} from '#wire';
import type { ClinicModels, EnabledModel } from './clinic-models.ts';
import type { ClinicWatchTables } from './clinic-watch-tables.ts';
import type { NodeTables } from './tables.ts';
import { type ScoredCase, WATCH_GROUPS, WatchedCases } from './watched-cases.ts';

type Asked = Extract<TaskBody, { kind: 'watch-model' }>;
type Suggested = Extract<TaskBody, { kind: 'suggest-correction' }>;

/** What the owner's rule says where the node is set to agree to everything. */
const BY_RULE = 'automatic (standing rule of this node)';
/** Questions and suggestions that the owner's page shows. */
const MOST_SHOWN = 100;

/** What questions about models are answered with. */
export interface ClinicWatchParts {
  readonly database: Pick<Database<NodeTables>, 'kysely' | 'transaction'>;
  readonly models: ClinicModels;
  readonly standing: Standing;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Whether a person decides on each question. */
  readonly approval: 'ask' | 'automatic';
}

/** An answer with what has not been told before. */
interface Draft {
  readonly answer: WatchAnswer;
  readonly periods: readonly WatchPeriod[];
  readonly outcomes: readonly WatchOutcomes[];
  /** Studies of those outcomes. */
  readonly studies: readonly string[];
}

/**
 * Answers the network's question how a model does in this clinic. Months are counted once, when they are over, and told as they were
 * counted from then on; an outcome is told once. So no two answers differ by a handful of people. The owner sees what would leave
 * before it does.
 */
export class ClinicWatch {
  readonly #parts: ClinicWatchParts;
  readonly #db: Kysely<NodeTables>;
  readonly #cases: WatchedCases;
  /** What is told once is worked out and kept by one decision after the other. */
  readonly #inTurn = serially();

  constructor(parts: ClinicWatchParts) {
    this.#parts = parts;
    this.#db = parts.database.kysely;
    this.#cases = new WatchedCases({ db: this.#db, standing: parts.standing });
  }

  /** The answer to a question, or undefined where the owner has not decided. @throws UnicaError `clinic.not-watched`, `clinic.watch-denied` */
  async answer({ watchId, model, requester, because }: Asked): Promise<Receipt | undefined> {
    const known = await this.#watch(watchId);
    if (known === undefined) {
      const { answer } = await this.#draft(await this.#enabled(model));
      await this.#db
        .insertInto('clinic_watches')
        .values({
          watch_id: watchId,
          model,
          requester,
          because,
          asked_at_ms: this.#parts.clock(),
          state: 'waiting',
          decided_by: null,
          decided_at_ms: null,
          answer: canonicalJson(answer),
        })
        .onConflict((conflict) => conflict.column('watch_id').doNothing())
        .execute();
    }
    // Also of a question that was kept and not decided when the node ended.
    if (this.#parts.approval === 'automatic')
      await this.#inTurn(async () => {
        if ((await this.#watch(watchId))?.state === 'waiting') await this.#decide(watchId, 'approved', BY_RULE);
      });
    const row = await this.#watch(watchId);
    if (row === undefined || row.state === 'waiting') return undefined;
    if (row.state === 'denied' || row.answer === null) throw new UnicaError('clinic.watch-denied');
    return { kind: 'watched', answer: answerOf(row.answer) };
  }

  /**
   * The owner's answer, into the journal. What leaves is what was shown: where it is another by now, it is shown again.
   * @throws UnicaError `http.not-found`, `clinic.watch-changed`, `clinic.not-watched`
   */
  async decide(watchId: string, decision: 'approved' | 'denied', actor: string): Promise<void> {
    await this.#inTurn(async () => await this.#decide(watchId, decision, actor));
  }

  async #decide(watchId: string, decision: 'approved' | 'denied', actor: string): Promise<void> {
    const row = await this.#watch(watchId);
    if (row?.state !== 'waiting') throw new UnicaError('http.not-found', { what: 'question that waits' });
    const decided = { state: decision, decided_by: actor, decided_at_ms: this.#parts.clock() };
    if (decision === 'denied') {
      await this.#db
        .updateTable('clinic_watches')
        .set({ ...decided, answer: null })
        .where('watch_id', '=', watchId)
        .execute();
    } else {
      const draft = await this.#draft(await this.#enabled(row.model));
      const answer = canonicalJson(draft.answer);
      if (answer !== row.answer) {
        await this.#db.updateTable('clinic_watches').set({ answer }).where('watch_id', '=', watchId).execute();
        throw new UnicaError('clinic.watch-changed');
      }
      await this.#parts.database.transaction(async (db) => {
        await this.#keep(db, draft);
        await db.updateTable('clinic_watches').set(decided).where('watch_id', '=', watchId).execute();
      });
    }
    await this.#parts.journal.append({
      actor,
      action: decision === 'approved' ? 'clinic.watch-approved' : 'clinic.watch-denied',
      subject: watchId,
      because: row.because,
      facts: { model: row.model, requester: row.requester },
    });
  }

  /** What was asked and suggested, newest first. */
  async list(): Promise<ClinicWatches> {
    const [questions, corrections] = await Promise.all([
      this.#db.selectFrom('clinic_watches').selectAll().orderBy('asked_at_ms', 'desc').limit(MOST_SHOWN).execute(),
      this.#db.selectFrom('clinic_corrections').selectAll().orderBy('at_ms', 'desc').limit(MOST_SHOWN).execute(),
    ]);
    return {
      questions: questions.map((row) => ({
        watchId: row.watch_id,
        model: row.model,
        requester: row.requester,
        because: row.because,
        askedAtMs: Number(row.asked_at_ms),
        state: row.state,
        decidedBy: row.decided_by,
        decidedAtMs: row.decided_at_ms === null ? null : Number(row.decided_at_ms),
        answer: row.answer === null ? null : answerOf(row.answer),
      })),
      corrections: await Promise.all(
        corrections.map(async (row) => {
          const correction = { intercept: row.intercept, slope: row.slope };
          return {
            watchId: row.watch_id,
            model: row.model,
            version: row.version,
            correction,
            atMs: Number(row.at_ms),
            state: row.state,
            decidedBy: row.decided_by,
            decidedAtMs: row.decided_at_ms === null ? null : Number(row.decided_at_ms),
            ...(await this.#fit(row.watch_id, correction)),
          };
        }),
      ),
    };
  }

  /**
   * Keeps what the network suggests until the owner decides; it must be about what this node told.
   * @throws UnicaError `clinic.suggestion-unfit`
   */
  async suggest({ watchId, model, version, digest, correction }: Suggested): Promise<Receipt> {
    const row = await this.#watch(watchId);
    const told = row?.state === 'approved' && row.answer !== null ? answerOf(row.answer) : undefined;
    if (told?.model.name !== model || told.model.version !== version || told.model.digest !== digest)
      throw new UnicaError('clinic.suggestion-unfit', { watchId });
    await this.#db
      .insertInto('clinic_corrections')
      .values({
        ...{ watch_id: watchId, model, version, digest },
        ...scoreCorrectionSchema.parse(correction),
        ...{ at_ms: this.#parts.clock(), state: 'suggested', decided_by: null, decided_at_ms: null },
      })
      .onConflict((conflict) => conflict.column('watch_id').doNothing())
      .execute();
    return { kind: 'done' };
  }

  /**
   * The owner's answer to a suggestion: what is accepted takes the place of what was before, and is what scores are told with from
   * now on. What was accepted may be declined later. @throws UnicaError `http.not-found`
   */
  async decideCorrection(watchId: string, decision: 'accepted' | 'declined', actor: string): Promise<void> {
    const decided = { state: decision, decided_by: actor, decided_at_ms: this.#parts.clock() };
    const keep = async (db: Kysely<NodeTables>) => {
      const found = await db
        .selectFrom('clinic_corrections')
        .selectAll()
        .where('watch_id', '=', watchId)
        .executeTakeFirst();
      if (found === undefined || found.state === 'replaced')
        throw new UnicaError('http.not-found', { what: 'suggestion of that number' });
      if (decision === 'accepted')
        await db
          .updateTable('clinic_corrections')
          .set({ state: 'replaced' })
          .where('model', '=', found.model)
          .where('state', '=', 'accepted')
          .where('watch_id', '!=', watchId)
          .execute();
      await db.updateTable('clinic_corrections').set(decided).where('watch_id', '=', watchId).execute();
      return found;
    };
    // In turn, so that one correction of a model is in force.
    const row = await this.#inTurn(async () => await this.#parts.database.transaction(keep));
    const { model, version, intercept, slope } = row;
    await this.#parts.journal.append({
      actor,
      action: decision === 'accepted' ? 'clinic.correction-accepted' : 'clinic.correction-declined',
      subject: model,
      because: watchId,
      facts: { version, intercept, slope, before: row.state },
    });
  }

  async #enabled(name: string): Promise<EnabledModel> {
    const found = (await this.#parts.models.enabled()).find((model) => model.name === name);
    if (found === undefined) throw new UnicaError('clinic.not-watched', { model: name });
    return found;
  }

  async #watch(watchId: string): Promise<ClinicWatchTables['clinic_watches'] | undefined> {
    return await this.#db.selectFrom('clinic_watches').selectAll().where('watch_id', '=', watchId).executeTakeFirst();
  }

  /** Expected over observed of what was told, as the model has it and with the correction. */
  async #fit(watchId: string, correction: ScoreCorrection) {
    const row = await this.#watch(watchId);
    const told = row?.answer == null ? [] : answerOf(row.answer).outcomes;
    const best = told.some(({ source }) => source === 'table') ? 'table' : 'reader';
    const bins = told.flatMap(({ source, bins: of }) => (source === best ? of : []));
    if (bins.length === 0) return { before: null, after: null };
    const after = bins.map((bin) => ({
      ...bin,
      expected: bin.people * correctedScore(bin.expected / bin.people, correction),
    }));
    return {
      before: binnedCalibration(bins).ratio?.value ?? null,
      after: binnedCalibration(after).ratio?.value ?? null,
    };
  }

  async #draft(model: EnabledModel): Promise<Draft> {
    const { name, version, digest, task, mode, correction, alarmFrom } = model;
    const nowMs = this.#parts.clock();
    const [told, cases] = await Promise.all([this.#told(model), this.#cases.of(model, nowMs)]);
    const periods = newPeriods(cases, { task, after: told.periods.at(-1)?.to, nowMs });
    const outcomes: WatchOutcomes[] = [];
    const studies: string[] = [];
    for (const source of ['table', 'reader'] as const) {
      const known = cases.filter((one) => one.outcome?.source === source && !told.studies.has(one.study));
      const newest = new Map(known.map((one) => [one.person, one]));
      const bins = releaseOutcomes(
        [...newest.values()].map(({ score, shown, outcome }) => ({
          score,
          isAlarm: shown >= alarmFrom,
          found: outcome?.found === true,
        })),
        { edges: WATCH_EDGES.map((logit) => 1 / (1 + Math.exp(-logit))) },
      );
      if (bins === null) continue;
      outcomes.push({ source, bins: [...bins.value] });
      studies.push(...known.map(({ study }) => study));
    }
    return {
      answer: watchAnswerSchema.parse({
        model: { name, version, digest },
        ...{ task, mode, correction },
        periods: [...told.periods, ...periods].slice(-MOST_WATCH_PARTS),
        outcomes: [...told.outcomes, ...outcomes].slice(-MOST_WATCH_PARTS),
      }),
      periods,
      outcomes,
      studies,
    };
  }

  async #told({ name, version }: EnabledModel) {
    const [parts, studies] = await Promise.all([
      this.#db
        .selectFrom('clinic_watch_parts')
        .select(['kind', 'part'])
        .where('model', '=', name)
        .where('version', '=', version)
        .orderBy('number')
        .execute(),
      this.#db
        .selectFrom('clinic_watch_outcomes')
        .select('study')
        .where('model', '=', name)
        .where('version', '=', version)
        .execute(),
    ]);
    const of = (kind: 'period' | 'outcomes') =>
      parts.flatMap((row) => (row.kind === kind ? [JSON.parse(row.part) as unknown] : []));
    return {
      periods: of('period').map((part) => watchPeriodSchema.parse(part)),
      outcomes: of('outcomes').map((part) => watchOutcomesSchema.parse(part)),
      studies: new Set(studies.map(({ study }) => study)),
    };
  }

  async #keep(db: Kysely<NodeTables>, { answer, periods, outcomes, studies }: Draft): Promise<void> {
    const { name: model, version } = answer.model;
    const row = await db
      .selectFrom('clinic_watch_parts')
      .select((select) => select.fn.max('number').as('last'))
      .where('model', '=', model)
      .where('version', '=', version)
      .executeTakeFirst();
    let number = Number(row?.last ?? 0);
    for (const [kind, parts] of [
      ['period', periods],
      ['outcomes', outcomes],
    ] as const)
      for (const part of parts) {
        number += 1;
        await db
          .insertInto('clinic_watch_parts')
          .values({ model, version, kind, number, part: canonicalJson(part), told_at_ms: this.#parts.clock() })
          .execute();
      }
    for (const study of studies)
      await db
        .insertInto('clinic_watch_outcomes')
        .values({ study, model, version })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
  }
}

/** Stretches of whole months that are over, each until it has seen enough people; the months of a last one too small wait. */
function newPeriods(
  cases: readonly ScoredCase[],
  {
    task,
    after,
    nowMs,
  }: { readonly task: EnabledModel['task']; readonly after: string | undefined; readonly nowMs: number },
): readonly WatchPeriod[] {
  const current = monthOf(nowMs);
  const months = new Map<string, ScoredCase[]>();
  for (const one of cases) {
    const month = monthOf(one.scoredAtMs);
    if (month >= current || (after !== undefined && month <= after)) continue;
    const of = months.get(month);
    if (of === undefined) months.set(month, [one]);
    else of.push(one);
  }
  const periods: WatchPeriod[] = [];
  let from: string | undefined;
  let open: ScoredCase[] = [];
  for (const month of [...months.keys()].sort()) {
    from ??= month;
    open = [...open, ...(months.get(month) ?? [])];
    const told = releasedPeople(open, GROUPS_OF[task]);
    if (told === null) continue;
    periods.push(watchPeriodSchema.parse({ from, to: month, ...told.value }));
    [from, open] = [undefined, []];
  }
  return periods;
}

/** What is told of a film of the chest, and of an exam. */
const GROUPS_OF = {
  'chest-nodule': ['age', 'manufacturer'],
  'breast-risk': ['age', 'density', 'images', 'manufacturer'],
} as const;

function releasedPeople(cases: readonly ScoredCase[], names: readonly (keyof ScoredCase['groups'])[]) {
  // The newest of each person: examinations of one woman are no independent witnesses.
  const people = [...new Map(cases.map((one) => [one.person, one])).values()];
  const scores = new Array<number>(WATCH_EDGES.length + 1).fill(0);
  for (const { logit } of people) {
    const place = WATCH_EDGES.findIndex((edge) => logit < edge);
    const bin = place === -1 ? WATCH_EDGES.length : place;
    scores[bin] = (scores[bin] ?? 0) + 1;
  }
  const inputs = names.map((of) => {
    const cells: Record<string, number> = {};
    for (const group of WATCH_GROUPS[of]) cells[group] = 0;
    for (const { groups } of people) cells[groups[of]] = (cells[groups[of]] ?? 0) + 1;
    return { of, cells };
  });
  return releaseWatchedPeople({ people: people.length, scores, inputs }, { leastPeople: WATCH_LEAST_PEOPLE });
}

function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7);
}

function answerOf(text: string): WatchAnswer {
  return watchAnswerSchema.parse(JSON.parse(text));
}
