import { type Clock, canonicalJson, type Json, UnicaError } from '#base';
import type { FinishedModel } from '#learning';
import type { Database, Migration } from '#store';
import { type ModelEvidence, type ModelView, modelEvidenceSchema, modelViewSchema } from '#wire';

/** The hub's records of models. */
export interface ModelTables {
  models: { model_id: string; job_id: string; model: string; evidence: string | null; created_at_ms: number };
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
];

/** Models that came out of jobs, with the evidence for them. */
export interface ModelRegister {
  /** The id of the job's model; the same job again gives the same. */
  register(model: FinishedModel): Promise<string>;
  attachEvidence(modelId: string, evidence: ModelEvidence): Promise<void>;
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
    async view(modelId) {
      const row = await db.selectFrom('models').selectAll().where('model_id', '=', modelId).executeTakeFirst();
      if (row === undefined) throw new UnicaError('http.not-found', { what: 'model of that number' });
      return viewOf(row);
    },
    async list() {
      const rows = await db.selectFrom('models').selectAll().orderBy('created_at_ms', 'desc').execute();
      return rows.map(viewOf);
    },
  };
}

function viewOf(row: ModelTables['models']): ModelView {
  return modelViewSchema.parse({
    ...JSON.parse(row.model),
    evidence: row.evidence === null ? null : JSON.parse(row.evidence),
  });
}
