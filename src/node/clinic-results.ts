import type { Kysely } from 'kysely';
import { type Clock, canonicalJson, sha256Hex, toBase64Url } from '#base';
import type { EarlierResult, ScoredResult } from '#clinic';
import { pseudonymOf, pseudonymousUid, type SiteSecret } from '#deid';
import type { Database } from '#store';
import { type ClinicResult, clinicResultSchema, refusalReasonSchema } from '#wire';
import type { CaseVectors } from './case-vectors.ts';
import type { EnabledModel } from './clinic-models.ts';
import type { NodeTables } from './tables.ts';

/** Under which identity the UIDs of a result are: of the hospital, or of the node's archive. */
export type UidKind = 'hospital' | 'archive';

/** A result to be kept. */
export interface ResultToKeep {
  readonly scored: ScoredResult;
  readonly uids: UidKind;
  /** Pseudonym of whose study it is. */
  readonly person: string;
  readonly model: EnabledModel;
  /** Keyed digest of the accession number. */
  readonly accession: string | null;
  readonly processorMs: number;
  /** Under which its files lie ready to be sent; a new one where absent. */
  readonly resultId?: string;
  /** Names of the destinations that it is sent to. */
  readonly destinations?: readonly string[];
}

/** A result that is kept; false where it was before. */
export interface KeptResult {
  readonly resultId: string;
  readonly isNew: boolean;
}

/** Results that are counted for the speed of the last minutes. */
const MOST_LATELY = 10_000;

/** What is kept of a result beside the columns. */
const keptSchema = clinicResultSchema.pick({ outcome: true, images: true });

/**
 * What models said of studies, under the UIDs of the node's archive: by study, model, version and what it was given, each once.
 * No element of a patient or a study is kept, and no date of theirs.
 */
export class ClinicResults {
  readonly #database: Pick<Database<NodeTables>, 'transaction'>;
  readonly #db: Kysely<NodeTables>;
  readonly #clock: Clock;
  readonly #site: SiteSecret;
  readonly #newId: (prefix: string) => string;
  readonly #vectors: Pick<CaseVectors, 'keep'> | undefined;

  constructor(parts: {
    readonly database: Pick<Database<NodeTables>, 'kysely' | 'transaction'>;
    readonly clock: Clock;
    readonly site: SiteSecret;
    readonly newId: (prefix: string) => string;
    /** What is told what models made of studies; nobody where absent. */
    readonly vectors?: Pick<CaseVectors, 'keep'> | undefined;
  }) {
    this.#database = parts.database;
    this.#db = parts.database.kysely;
    this.#clock = parts.clock;
    this.#site = parts.site;
    this.#newId = parts.newId;
    this.#vectors = parts.vectors;
  }

  /** The UID in the node's archive. */
  archiveUid(uid: string, kind: UidKind): string {
    return kind === 'archive' ? uid : pseudonymousUid(this.#site, uid);
  }

  /** Digest of what the model was given: whose films, in any order, each by its UID in the archive and its content. */
  inputsOf(
    { inputs, result, correction }: Pick<ScoredResult, 'inputs' | 'result' | 'correction'>,
    kind: UidKind,
  ): string {
    const films = inputs.map(({ sopInstanceUid, sha256 }) => `${this.archiveUid(sopInstanceUid, kind)} ${sha256}`);
    const number = result.study['PatientID'] ?? '';
    // A study that was put right is somebody else's: what was said of it before is not said of her.
    const person = kind === 'archive' ? number : pseudonymOf(this.#site, number);
    const moved = correction === undefined ? {} : { correction: { ...correction } };
    return sha256Hex(canonicalJson({ person, films: films.sort(), ...moved }));
  }

  /** The result of a model about these films, if it is kept already. */
  async find(scored: ScoredResult, uids: UidKind, model: EnabledModel): Promise<string | undefined> {
    const study = this.archiveUid(scored.result.study.StudyInstanceUID, uids);
    return await this.#known(study, model, this.inputsOf(scored, uids));
  }

  /** Whether it was sent or is to be, to whatever destination. */
  async isSent(resultId: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom('clinic_sendings')
      .select('state')
      .where('result_id', '=', resultId)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Keeps a result once; it replaces the newest one by that model of the same films, or of the exam that they complete. */
  async keep(wish: ResultToKeep): Promise<KeptResult> {
    const kept = await this.#keep(wish);
    await this.#keepVector(wish);
    return kept;
  }

  /** An exam has one vector, a film that is scored by itself one of its own. */
  async #keepVector({ scored, uids, person }: ResultToKeep): Promise<void> {
    const { result, embedding } = scored;
    if (embedding === undefined) return;
    const { name, version, digest } = result.model;
    const film = result.task === 'breast-risk' ? '' : (result.images[0]?.sopInstanceUid ?? '');
    await this.#vectors?.keep({
      ...{ model: { name, version, digest }, person, vector: embedding },
      study: this.archiveUid(result.study.StudyInstanceUID, uids),
      film: film === '' ? '' : this.archiveUid(film, uids),
    });
  }

  async #keep(wish: ResultToKeep): Promise<KeptResult> {
    const { scored, uids, person, model, accession, processorMs, destinations = [] } = wish;
    const { result } = scored;
    const study = this.archiveUid(result.study.StudyInstanceUID, uids);
    const inputs = this.inputsOf(scored, uids);
    const known = await this.#known(study, model, inputs);
    const nowMs = this.#clock();
    if (known !== undefined) {
      await this.#database.transaction(async (db) => {
        // What was scored in shadow is shown once the owner shows the model and somebody asks again; never the other way.
        const seen = model.mode === 'shown' ? { mode: model.mode } : {};
        // The archive does not know the number that the hospital's own film has.
        const number = accession === null ? {} : { accession };
        // What was sent before keeps its UIDs, whatever in a header, such as the age, was put right since.
        const given = uids === 'hospital' && destinations.length > 0 ? { given: result.inputsSha256 } : {};
        if (Object.keys({ ...seen, ...number, ...given }).length > 0)
          await db
            .updateTable('clinic_results')
            .set({ ...seen, ...number, ...given })
            .where('result_id', '=', known)
            .execute();
        await insertSendings(db, destinations, { result_id: wish.resultId ?? known, study, person, since_ms: nowMs });
      });
      return { resultId: known, isNew: false };
    }
    const kept = this.#view(scored, uids);
    const images = kept.images.map(({ sopInstanceUid }) => sopInstanceUid);
    const earlier = await this.#earlierRows(study, model.name);
    const replaced = earlier.find((row) => result.task === 'breast-risk' || isOf(row, images));
    const resultId = wish.resultId ?? this.#newId('result');
    const { outcome } = kept;
    await this.#database.transaction(async (db) => {
      await db
        .insertInto('clinic_results')
        .values({
          result_id: resultId,
          study,
          person,
          model: model.name,
          version: result.model.version,
          digest: result.model.digest,
          inputs,
          given: uids === 'hospital' ? result.inputsSha256 : null,
          task: result.task,
          mode: model.mode,
          outcome: outcome.kind,
          score: outcome.kind === 'scored' ? outcome.score.value : null,
          reason: outcome.kind === 'refused' ? outcome.reason : null,
          result: canonicalJson(kept),
          replaces: replaced?.result_id ?? null,
          scored_at_ms: nowMs,
          processor_ms: processorMs,
          accession,
          correction: scored.correction === undefined ? null : canonicalJson({ ...scored.correction }),
        })
        .execute();
      // With the result or not at all: what is kept is sent, what is sent was kept.
      await insertSendings(db, destinations, { result_id: resultId, study, person, since_ms: nowMs });
    });
    return { resultId, isNew: true };
  }

  /** What readers may see of a study, the newest first: of models that are shown, and not replaced. */
  async shown(study: string): Promise<readonly ClinicResult[]> {
    const rows = await this.#db
      .selectFrom('clinic_results')
      .selectAll()
      .where('study', '=', study)
      .where('mode', '=', 'shown')
      .orderBy('scored_at_ms', 'desc')
      .orderBy('result_id', 'desc')
      .execute();
    const replaced = new Set(rows.map(({ replaces }) => replaces));
    return rows.filter(({ result_id }) => !replaced.has(result_id)).map(resultOf);
  }

  /** Earlier results of a model about a study, the newest first, under the UIDs that its films have where they are named. */
  async earlier(
    study: string,
    model: string,
    filmUids: readonly string[],
    kind: UidKind,
  ): Promise<readonly EarlierResult[]> {
    const own = new Map(filmUids.map((uid) => [this.archiveUid(uid, kind), uid]));
    const rows = await this.#earlierRows(study, model);
    return rows.flatMap((row) => {
      const images = resultOf(row).images.map(({ sopInstanceUid }) => own.get(sopInstanceUid));
      // Of films that are not here, nobody can say what they are called in the hospital.
      const known = images.filter((uid) => uid !== undefined);
      if (known.length < images.length) return [];
      const { version, digest, given } = row;
      return [{ version, digest, images: known, inputsSha256: given ?? undefined }];
    });
  }

  /** Results of the last so many milliseconds, and the median of the processor time of the newest hundred. */
  async lately(withinMs: number): Promise<{ readonly results: number; readonly processorMs: number | null }> {
    const rows = await this.#db
      .selectFrom('clinic_results')
      .select(['scored_at_ms', 'processor_ms'])
      .orderBy('scored_at_ms', 'desc')
      .limit(MOST_LATELY)
      .execute();
    const fromMs = this.#clock() - withinMs;
    const times = rows
      .slice(0, 100)
      .map(({ processor_ms }) => Number(processor_ms))
      .sort((a, b) => a - b);
    return {
      results: rows.filter(({ scored_at_ms }) => Number(scored_at_ms) >= fromMs).length,
      processorMs: times[Math.floor(times.length / 2)] ?? null,
    };
  }

  /** Why models refused in the last so many milliseconds, the most frequent reason first. */
  async refusals(withinMs: number) {
    const rows = await this.#db
      .selectFrom('clinic_results')
      .select(['model', 'reason'])
      .select((select) => select.fn.countAll().as('count'))
      .where('outcome', '=', 'refused')
      .where('scored_at_ms', '>=', this.#clock() - withinMs)
      .groupBy(['model', 'reason'])
      .execute();
    return rows
      .map(({ model, reason, count }) => ({ model, reason: refusalReasonSchema.parse(reason), count: Number(count) }))
      .toSorted((a, b) => b.count - a.count);
  }

  async #known(study: string, model: EnabledModel, inputs: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom('clinic_results')
      .select('result_id')
      .where('study', '=', study)
      .where('model', '=', model.name)
      .where('version', '=', model.version)
      .where('digest', '=', model.digest)
      .where('inputs', '=', inputs)
      .executeTakeFirst();
    return row?.result_id;
  }

  async #earlierRows(study: string, model: string) {
    return await this.#db
      .selectFrom('clinic_results')
      .selectAll()
      .where('study', '=', study)
      .where('model', '=', model)
      .orderBy('scored_at_ms', 'desc')
      .orderBy('result_id', 'desc')
      .execute();
  }

  /** What is kept: no element of the patient, of the study or of a day. */
  #view({ result }: ScoredResult, uids: UidKind): Pick<ClinicResult, 'outcome' | 'images'> {
    const { outcome } = result;
    return {
      outcome:
        outcome.kind === 'refused'
          ? { ...outcome, says: withoutHeaderWords(outcome.says) }
          : {
              kind: 'scored',
              score: plain(outcome.score),
              risks: (outcome.risks ?? []).map(({ years, estimate }) => ({ years, estimate: plain(estimate) })),
              density: outcome.density ?? null,
              remarks: (outcome.remarks ?? []).map(withoutHeaderWords),
            },
      images: result.images.map((image) => ({
        sopInstanceUid: this.archiveUid(image.sopInstanceUid, uids),
        seriesInstanceUid: this.archiveUid(image.seriesInstanceUid, uids),
        rows: image.rows,
        columns: image.columns,
        view: VIEW.test(image.view ?? '') ? (image.view ?? null) : null,
        laterality: image.laterality ?? null,
        score: image.score === undefined ? null : plain(image.score),
        findings: image.findings.map(({ kind, probability, centre, outline }) => ({
          kind,
          probability,
          centre,
          outline: outline === undefined ? null : [...outline],
        })),
        map:
          image.map === undefined
            ? null
            : {
                rows: image.map.rows,
                columns: image.map.columns,
                values: toBase64Url(Uint8Array.from(image.map.values, (value) => Math.round(255 * clamped(value)))),
                method: image.map.method,
                faithful: image.map.faithful,
              },
      })),
    };
  }
}

async function insertSendings(
  db: Kysely<NodeTables>,
  destinations: readonly string[],
  sending: Pick<NodeTables['clinic_sendings'], 'result_id' | 'study' | 'person' | 'since_ms'>,
): Promise<void> {
  for (const destination of destinations)
    await db
      .insertInto('clinic_sendings')
      .values({ ...sending, destination, state: 'waiting', failure: null, settled_ms: null })
      .execute();
}

/** A view as DICOM names them; anything else in that place is somebody's remark. */
const VIEW = /^[A-Z]{1,5}$/;

/** Reasons repeat words of a header, which may hold anything, the mark between two reasons too; sixteen characters of them. */
export function withoutHeaderWords(says: string): string {
  return says.replaceAll(/\b(its modality is|it shows|its view is) [\s\S]{0,16}(?=; [^;]* are read)/g, '$1 another');
}

const clamped = (value: number) => Math.min(1, Math.max(0, value));

function plain({
  value,
  interval,
}: {
  readonly value: number;
  readonly interval?: { readonly low: number; readonly high: number; readonly level: number } | undefined;
}) {
  return interval === undefined ? { value } : { value, interval };
}

function isOf(row: NodeTables['clinic_results'], images: readonly string[]): boolean {
  const read = resultOf(row).images;
  return read.length > 0 && read.every(({ sopInstanceUid }) => images.includes(sopInstanceUid));
}

/** A row as it is told. */
function resultOf(row: NodeTables['clinic_results']): ClinicResult {
  return clinicResultSchema.parse({
    ...keptSchema.parse(JSON.parse(row.result)),
    resultId: row.result_id,
    studyInstanceUid: row.study,
    task: row.task,
    model: { name: row.model, version: row.version, digest: row.digest },
    inputsSha256: row.inputs,
    scoredAtMs: Number(row.scored_at_ms),
    replaces: row.replaces,
  });
}
