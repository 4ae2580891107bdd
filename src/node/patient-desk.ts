import type { Journal } from '#audit';
import { UnicaError } from '#base';
import type {
  ConsentDecision,
  Consents,
  ConsentTextLedger,
  ConsentWish,
  DatasetBases,
  OptOutDecision,
  OptOuts,
  Standing,
} from '#consent';
import type { ClinicalWarehouse } from '#warehouse';
import type { PatientRecord } from '#wire';
import type { Archive } from './archive.ts';
import { WHOLE_ARCHIVE } from './current-data.ts';
import type { DataUses, KeptUse } from './data-uses.ts';
import type { Complaints } from './patient-accounts.ts';
import type { SimilarShown } from './similar-shown.ts';

/** What a patient's page is made of. */
export interface PatientParts {
  readonly optOuts: OptOuts;
  readonly consents: Consents;
  readonly texts: ConsentTextLedger;
  readonly bases: DatasetBases;
  readonly standing: Standing;
  readonly archive: Archive;
  readonly warehouse: Pick<ClinicalWarehouse, 'hasRowsOf' | 'arrivedAtMs'>;
  readonly uses: DataUses;
  readonly complaints: Complaints;
  readonly similarShown: Pick<SimilarShown, 'of'>;
  readonly journal: Journal;
}

/** What a person sees and decides about her own data. Everybody is a pseudonym here. */
export class PatientDesk {
  readonly #parts: PatientParts;

  constructor(parts: PatientParts) {
    this.#parts = parts;
  }

  /** Everything a person is told. */
  async record(person: string): Promise<PatientRecord> {
    const { optOuts, consents, bases, standing, archive, warehouse, uses, complaints, similarShown } = this.#parts;
    await standing.refresh();
    const [studies, inTables, used, asked, history, given, written, counts, similar] = await Promise.all([
      archive.studiesOf(person),
      warehouse.hasRowsOf(person),
      uses.of(person),
      uses.retrainingOf(person),
      optOuts.historyOf(person),
      consents.historyOf(person),
      complaints.list(person),
      this.#counts(person),
      similarShown.of(person),
    ]);
    const consent = consents.of(person);
    const basis = bases.of(WHOLE_ARCHIVE);
    const last = history.at(-1);
    const isUsed = (studies > 0 || inTables) && !standing.isLeftOut(person);
    return {
      studies,
      inTables,
      isUsed,
      optedOutAtMs: last?.decision === 'opt-out' ? last.atMs : null,
      consent:
        consent === undefined
          ? null
          : {
              purposes: [...consent.purposes],
              atMs: consent.atMs,
              givenBy: consent.givenBy.kind,
              untilMs: consent.givenBy.kind === 'self' ? null : consent.givenBy.untilMs,
              receiptId: consent.sha256,
            },
      neededPurpose: basis.kind === 'consent' ? basis.purpose : null,
      effect: {
        datasets: isUsed ? [WHOLE_ARCHIVE] : [],
        models: used
          .filter(({ kind }) => kind === 'train')
          .map(({ subject, title, lastAtMs }) => ({ jobId: subject, title, atMs: lastAtMs })),
      },
      projects: byProject(used, asked),
      counts,
      similar: [...similar],
      decisions: [
        ...history.map(({ decision, atMs }) => ({
          atMs,
          kind: decision,
          purposes: [],
          givenBy: null,
          channel: null,
          receiptId: null,
        })),
        ...given.map(({ purposes, atMs, givenBy, channel, sha256 }) => ({
          atMs,
          kind: purposes.length === 0 ? ('withdrawal' as const) : ('consent' as const),
          purposes: [...purposes],
          givenBy: givenBy.kind,
          channel,
          receiptId: sha256,
        })),
      ].sort((a, b) => b.atMs - a.atMs),
      complaints: written,
    };
  }

  async optOut(person: string, decision: OptOutDecision, actor: string): Promise<void> {
    await this.#parts.optOuts.record(person, decision, actor);
  }

  /** @throws UnicaError `patients.text-outdated` where another text than the newest was read */
  async consent(
    person: string,
    wish: Pick<ConsentWish, 'purposes' | 'textVersion' | 'language' | 'channel'>,
    actor: string,
  ): Promise<ConsentDecision> {
    const { consents, texts } = this.#parts;
    const isGiven = wish.purposes.length > 0;
    // A withdrawal needs no reading.
    if (isGiven && (await texts.newest()).version !== wish.textVersion) throw new UnicaError('patients.text-outdated');
    return await consents.record({ ...wish, person, givenBy: { kind: 'self' } }, actor);
  }

  /** @throws UnicaError `http.not-found` where no model of that number was trained with her data */
  async askRetraining(person: string, jobId: string, actor: string): Promise<void> {
    const { uses, journal } = this.#parts;
    const trained = (await uses.of(person)).some(({ kind, subject }) => kind === 'train' && subject === jobId);
    if (!trained) throw new UnicaError('http.not-found', { what: 'model of that number that your data were used for' });
    if (!(await uses.askRetraining(person, jobId))) return;
    await journal.append({ actor, action: 'model.retraining-asked', subject: jobId, facts: {} });
  }

  async complain(person: string, text: string, actor: string): Promise<void> {
    const complaintId = await this.#parts.complaints.write(person, text);
    await this.#parts.journal.append({ actor, action: 'complaint.written', subject: complaintId, facts: {} });
  }

  /** A receipt of the person's own. @throws UnicaError `http.not-found` */
  async receipt(person: string, receiptId: string): Promise<ConsentDecision> {
    const decision = await this.#parts.consents.find(receiptId);
    // Somebody else's is not there, either.
    if (decision?.person !== person) throw new UnicaError('http.not-found', { what: 'receipt of that number' });
    return decision;
  }

  /** Counts that were answered while she could be counted, folded into one line: nobody reads a log of machines. */
  async #counts(person: string): Promise<PatientRecord['counts']> {
    const { archive, warehouse, optOuts, journal } = this.#parts;
    // Who has no image may have rows of clinical tables, which are counted as well.
    const arrived = [await archive.arrivedAtMs(person), await warehouse.arrivedAtMs(person)];
    const sinceMs = arrived.filter((one) => one !== undefined).sort((a, b) => a - b)[0];
    if (sinceMs === undefined) return { questions: 0, lastAtMs: null };
    const out = await optOuts.historyOf(person);
    let questions = 0;
    let lastAtMs: number | null = null;
    let fromMs = sinceMs;
    let isOut = false;
    for (const { decision, atMs } of [...out, { decision: 'end' as const, atMs: Number.MAX_SAFE_INTEGER }]) {
      if (!isOut && decision !== 'withdraw-opt-out') {
        for (const tally of [
          await journal.tally('count.answered', fromMs, atMs),
          await journal.tally('count.answered-exactly', fromMs, atMs),
        ]) {
          questions += tally.entries;
          lastAtMs = Math.max(tally.lastAtMs ?? 0, lastAtMs ?? 0) || null;
        }
      }
      if (isOut && decision === 'withdraw-opt-out') fromMs = Math.max(sinceMs, atMs);
      if (decision !== 'end') isOut = decision === 'opt-out';
    }
    return { questions, lastAtMs };
  }
}

function byProject(used: readonly KeptUse[], asked: ReadonlySet<string>): PatientRecord['projects'] {
  const projects = new Map<string, PatientRecord['projects'][number]>();
  for (const { projectId, purpose, controller, kind, subject, title, firstAtMs, lastAtMs } of used) {
    const known = projects.get(projectId);
    const use = { jobId: subject, kind, title, lastAtMs, isRetrainingAsked: asked.has(subject) };
    projects.set(projectId, {
      projectId,
      purpose,
      controller,
      firstAtMs: Math.min(firstAtMs, known?.firstAtMs ?? firstAtMs),
      lastAtMs: Math.max(lastAtMs, known?.lastAtMs ?? lastAtMs),
      uses: [...(known?.uses ?? []), use],
    });
  }
  return [...projects.values()];
}
