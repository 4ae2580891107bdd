import { z } from 'zod';
import { type Clock, canonicalJson, type Json, UnicaError } from '#base';
import type { FinishedModel } from '#learning';
import type { Database, Migration } from '#store';
import { type ModelEvidence, type ModelState, type ModelView, modelEvidenceSchema, modelViewSchema } from '#wire';

/** The hub's records of models. */
export interface ModelTables {
  models: { model_id: string; job_id: string; model: string; evidence: string | null; created_at_ms: number };
  /** Every step of a model after it came out of its job. */
  model_states: { model_id: string; position: number; state: ModelState; by: string; because: string; at_ms: number };
}

/** Tables of the model register. */
export const modelMigrations: readonly Migration[] = [
  {
    id: 'models-001-register',
    async up(db) {
      await db.schema
        .createTable('models')
        .addColumn('model_id', 'text', (column) => column.primaryKey())
        .addColumn('job_id', 'text', (column) => column.notNull().unique())
        .addColumn('model', 'text', (column) => column.notNull())
        .addColumn('evidence', 'text')
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  {
    id: 'models-002-states',
    async up(db) {
      await db.schema
        .createTable('model_states')
        .addColumn('model_id', 'text', (column) => column.notNull().references('models.model_id'))
        .addColumn('position', 'integer', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('by', 'text', (column) => column.notNull())
        .addColumn('because', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('model_states_key', ['model_id', 'position'])
        .execute();
    },
  },
];

/** Where a model may go from where it is. A retired one stays retired: what was used under its name must not change. */
const NEXT: Readonly<Record<ModelState, readonly ModelState[]>> = {
  candidate: ['registered', 'retired'],
  registered: ['retired'],
  retired: [],
};

/** Models that came out of jobs, with the evidence for them. */
export interface ModelRegister {
  /** The id of the job's model; the same job again gives the same. */
  register(model: FinishedModel): Promise<string>;
  attachEvidence(modelId: string, evidence: ModelEvidence): Promise<void>;
  /** A person takes it into the registry or out of use, and says why. @throws UnicaError `models.state-refused`, `http.not-found`. */
  move(
    modelId: string,
    to: { readonly state: ModelState; readonly by: string; readonly because: string },
  ): Promise<ModelView>;
  /** @throws UnicaError `http.not-found`. */
  view(modelId: string): Promise<ModelView>;
  /** Newest first. */
  list(): Promise<readonly ModelView[]>;
}

/** Opens the register over a migrated database. */
export function openModelRegister<Tables extends ModelTables>(
  database: Database<Tables>,
  { clock, newId }: { readonly clock: Clock; readonly newId: (prefix: string) => string },
): ModelRegister {
  const db = (database as unknown as Database<ModelTables>).kysely;
  const list = async (): Promise<readonly ModelView[]> => {
    const rows = await db.selectFrom('models').selectAll().orderBy('created_at_ms', 'desc').execute();
    const states = await db.selectFrom('model_states').selectAll().orderBy('position').execute();
    return viewsOf(rows, states);
  };
  const view = async (modelId: string): Promise<ModelView> => {
    const found = (await list()).find((model) => model.modelId === modelId);
    if (found === undefined) throw new UnicaError('http.not-found', { what: 'model of that number' });
    return found;
  };
  return {
    async register({ jobId, spec, specSha256, weightsSha256, parameters, sites }) {
      const modelId = newId('model');
      const createdAtMs = clock();
      const model: Json = {
        modelId,
        jobId,
        title: spec.title,
        task: spec.task,
        createdAtMs,
        parameters,
        weightsSha256,
        specSha256,
        sites,
        rounds: spec.rounds,
        status: 'research use only, not a medical device',
        parentId: spec.warmStart?.modelId ?? null,
      };
      await db
        .insertInto('models')
        .values({
          model_id: modelId,
          job_id: jobId,
          model: canonicalJson(model),
          evidence: null,
          created_at_ms: createdAtMs,
        })
        .onConflict((conflict) => conflict.column('job_id').doNothing())
        .execute();
      const row = await db
        .selectFrom('models')
        .select('model_id')
        .where('job_id', '=', jobId)
        .executeTakeFirstOrThrow();
      return row.model_id;
    },
    async attachEvidence(modelId, evidence) {
      const result = await db
        .updateTable('models')
        .set({ evidence: canonicalJson(modelEvidenceSchema.parse(evidence) as Json) })
        .where('model_id', '=', modelId)
        .executeTakeFirst();
      if (Number(result.numUpdatedRows) !== 1) throw new UnicaError('http.not-found', { what: 'model of that number' });
    },
    async move(modelId, { state, by, because }) {
      const now = await view(modelId);
      if (!NEXT[now.state].includes(state))
        throw new UnicaError('models.state-refused', { from: now.state, to: state });
      const position = now.history.length;
      await db
        .insertInto('model_states')
        .values({ model_id: modelId, position, state, by, because, at_ms: clock() })
        .onConflict((conflict) => conflict.columns(['model_id', 'position']).doNothing())
        .execute();
      const moved = await view(modelId);
      // Somebody else was first.
      if (moved.state !== state) throw new UnicaError('models.state-refused', { from: moved.state, to: state });
      return moved;
    },
    view,
    list,
  };
}

const rowSchema = z.object({ parentId: z.string().nullable().default(null) }).loose();

function viewsOf(rows: readonly ModelTables['models'][], states: readonly ModelTables['model_states'][]) {
  const parents = new Map(rows.map((row) => [row.model_id, rowSchema.parse(JSON.parse(row.model)).parentId]));
  const versionOf = (modelId: string): number => {
    let version = 1;
    for (let parent = parents.get(modelId); parent != null && version <= rows.length; parent = parents.get(parent))
      version += 1;
    return version;
  };
  return rows.map((row): ModelView => {
    const born = {
      state: 'candidate' as const,
      by: 'hub',
      because: `came out of ${row.job_id}`,
      atMs: row.created_at_ms,
    };
    const moves = states.filter(({ model_id }) => model_id === row.model_id);
    const history = [born, ...moves.map(({ state, by, because, at_ms }) => ({ state, by, because, atMs: at_ms }))];
    return modelViewSchema.parse({
      parentId: null,
      ...JSON.parse(row.model),
      evidence: row.evidence === null ? null : JSON.parse(row.evidence),
      state: history.at(-1)?.state,
      version: versionOf(row.model_id),
      history,
    });
  });
}
