import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Journal } from '#audit';
import { asUnicaError, type Clock, ERROR_TABLE, UnicaError } from '#base';
import { MODALITIES_OF, resultModelOf, SHIPPED_MODELS } from '#clinic';
import { isExamSpec } from '#engine';
import { readModelFile, readModelFolder } from '#models';
import { breastModelOf, chestModelOf } from '#pilots';
import {
  type ClinicModel,
  type ClinicModelFile,
  type ClinicModelWish,
  clinicModelNameSchema,
  type ScoreCorrection,
} from '#wire';
import type { ClinicTables } from './clinic-tables.ts';
import type { ClinicWatchTables } from './clinic-watch-tables.ts';

/** A model that the owner enabled, as it is scored with. */
export interface EnabledModel {
  readonly name: string;
  readonly folder: string;
  readonly task: keyof typeof MODALITIES_OF;
  readonly modalities: readonly string[];
  readonly mode: 'shown' | 'shadow';
  readonly version: string;
  readonly digest: string;
  readonly alarmFrom: number;
  /** That the owner accepted for this version. */
  readonly correction: ScoreCorrection | null;
}

type Task = keyof typeof MODALITIES_OF;

/** Which scores count as an alarm where the owner has not said; only comparisons use it. */
const ALARM_FROM: Readonly<Record<Task, number>> = { 'chest-nodule': 0.5, 'breast-risk': 0.03 };

/** More models than this at one node are a mistake. */
const MOST_MODELS = 50;

interface Present {
  readonly task: Task;
  readonly version: string;
  readonly digest: string;
}

/**
 * The models that lie at the node, in folders of their names under `models` in its home and among those that ship, and what the
 * owner decided of each. A decision is for one version: other weights, gates or calibrations in its folder are not used.
 */
export class ClinicModels {
  readonly #db: Kysely<ClinicTables & ClinicWatchTables>;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #homeFolder: string;
  readonly #read = new Map<string, { readonly mark: string; readonly present: Present | UnicaError }>();

  constructor(parts: {
    readonly db: Kysely<ClinicTables & ClinicWatchTables>;
    readonly journal: Journal;
    readonly clock: Clock;
    /** The node's home. */
    readonly home: string;
  }) {
    this.#db = parts.db;
    this.#journal = parts.journal;
    this.#clock = parts.clock;
    this.#homeFolder = join(parts.home, 'models');
  }

  /** Every model that lies here, by name. */
  async list(): Promise<readonly ClinicModel[]> {
    const decided = new Map((await this.#rows()).map((row) => [row.name, row]));
    const names = new Set([
      ...(await namesIn(SHIPPED_MODELS)),
      ...(await namesIn(this.#homeFolder)),
      ...decided.keys(),
    ]);
    const models: ClinicModel[] = [];
    for (const name of [...names].sort().slice(0, MOST_MODELS)) {
      const row = decided.get(name);
      const present = await this.#present(name);
      const usable = present instanceof UnicaError ? undefined : present;
      const task = usable?.task ?? (row?.task as Task | undefined) ?? null;
      models.push({
        name,
        task,
        present: usable === undefined ? null : { version: usable.version, digest: usable.digest },
        trouble: present instanceof UnicaError ? troubleOf(present) : null,
        modalities: task === null ? [] : [...MODALITIES_OF[task]],
        mode: row?.mode ?? 'off',
        enabled: row === undefined ? null : { version: row.version, digest: row.digest },
        isChanged:
          row !== undefined && row.mode !== 'off' && (usable?.version !== row.version || usable.digest !== row.digest),
        alarmFrom: row?.alarm_from ?? (task === null ? 0.5 : ALARM_FROM[task]),
        decidedBy: row?.decided_by ?? null,
        decidedAtMs: row === undefined ? null : Number(row.decided_at_ms),
      });
    }
    return models;
  }

  /** Those that studies are scored with; the folder may hold something else by now, which whoever scores finds out. */
  async enabled(): Promise<readonly EnabledModel[]> {
    const enabled: EnabledModel[] = [];
    for (const { name, mode, task, version, digest, alarm_from } of await this.#rows()) {
      if (mode === 'off' || !isTask(task)) continue;
      const { folder } = await this.#placeOf(name);
      const modalities = MODALITIES_OF[task];
      const correction = await this.#correction({ name, version, digest });
      enabled.push({ name, mode, task, version, digest, alarmFrom: alarm_from, modalities, folder, correction });
    }
    return enabled;
  }

  /**
   * The owner's decision, into the journal with the version that it is about.
   * @throws UnicaError `http.not-found`, `clinic.model-changed`; those of a folder that cannot be used, where it is to be enabled
   */
  async decide(name: string, wish: ClinicModelWish, actor: string): Promise<void> {
    const present = await this.#present(name);
    const earlier = (await this.#rows()).find((row) => row.name === name);
    if (wish.mode !== 'off') {
      if (present instanceof UnicaError) throw present;
      if (present.version !== wish.version || present.digest !== wish.digest)
        throw new UnicaError('clinic.model-changed', { model: name });
    }
    const task = present instanceof UnicaError ? earlier?.task : present.task;
    if (task === undefined) throw new UnicaError('http.not-found', { what: 'model of that name' });
    const values = {
      mode: wish.mode,
      version: wish.version,
      digest: wish.digest,
      task,
      alarm_from: wish.alarmFrom,
      decided_by: actor,
      decided_at_ms: this.#clock(),
    };
    await this.#db
      .insertInto('clinic_models')
      .values({ name, ...values })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
      .execute();
    const { mode, version, digest, alarmFrom } = wish;
    await this.#journal.append({
      actor,
      action: 'clinic.model-set',
      subject: name,
      facts: { mode, version, digest, alarmFrom, before: earlier?.mode ?? 'off' },
    });
  }

  /**
   * A file of a model that lies here, as it was made: what a browser needs to run it.
   * @throws UnicaError `http.not-found`, `models.folder-damaged`
   */
  async file(name: string, file: ClinicModelFile): Promise<Uint8Array> {
    const { folder } = await this.#placeOf(name);
    const bytes = (await markOf(folder)) === undefined ? undefined : await readModelFile(folder, file);
    if (bytes === undefined) throw new UnicaError('http.not-found', { what: 'file of a model of that name' });
    return bytes;
  }

  async #correction({ name, version, digest }: Pick<EnabledModel, 'name' | 'version' | 'digest'>) {
    const row = await this.#db
      .selectFrom('clinic_corrections')
      .select(['intercept', 'slope'])
      .where('model', '=', name)
      .where('version', '=', version)
      .where('digest', '=', digest)
      .where('state', '=', 'accepted')
      .executeTakeFirst();
    return row === undefined ? null : { intercept: row.intercept, slope: row.slope };
  }

  async #rows(): Promise<readonly ClinicTables['clinic_models'][]> {
    return await this.#db.selectFrom('clinic_models').selectAll().orderBy('name').execute();
  }

  /** What lies in the node's home goes before what ships. */
  async #placeOf(name: string): Promise<{ readonly folder: string; readonly mark: string }> {
    const [own, shipped] = [join(this.#homeFolder, name), join(SHIPPED_MODELS, name)];
    const ownMark = await markOf(own);
    const folder = ownMark === undefined ? shipped : own;
    return { folder, mark: `${folder} ${ownMark ?? (await markOf(shipped)) ?? ''}` };
  }

  async #present(name: string): Promise<Present | UnicaError> {
    const { folder, mark } = await this.#placeOf(name);
    const known = this.#read.get(name);
    if (known?.mark === mark) return known.present;
    const present = await presentIn(folder, name).catch((error: unknown) => asUnicaError(error));
    this.#read.set(name, { mark, present });
    return present;
  }
}

async function presentIn(folder: string, name: string): Promise<Present> {
  const stored = await readModelFolder(folder);
  const task: Task = isExamSpec(stored.spec) ? 'breast-risk' : 'chest-nodule';
  // Throws where a part is missing that scoring needs.
  if (task === 'breast-risk') breastModelOf(stored);
  else chestModelOf(stored);
  const { version, digest } = resultModelOf(name, stored);
  return { task, version, digest };
}

function isTask(text: string): text is Task {
  return Object.hasOwn(MODALITIES_OF, text);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const found: string[] = [];
  for (const name of names.sort().slice(0, MOST_MODELS))
    if (clinicModelNameSchema.safeParse(name).success && (await markOf(join(folder, name))) !== undefined)
      found.push(name);
  return found;
}

/** Changes when the model of a folder does; undefined where there is none. */
async function markOf(folder: string): Promise<string | undefined> {
  const found = await stat(join(folder, 'model.json')).catch(() => undefined);
  return found === undefined ? undefined : `${found.ino} ${found.size} ${found.mtimeMs}`;
}

function troubleOf(error: UnicaError): NonNullable<ClinicModel['trouble']> {
  const { mend } = ERROR_TABLE[error.code];
  return { code: error.code, sentence: error.message.replace(mend, '').trim(), mend };
}
