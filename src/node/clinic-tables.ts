import type { Migration } from '#store';
import type { ClinicMode } from '#wire';

/** What a node keeps of models in the clinic: decisions, results under pseudonyms, and numbers. Never who a study is of. */
export interface ClinicTables {
  /** What the owner decided of each model. */
  clinic_models: {
    name: string;
    mode: ClinicMode;
    version: string;
    digest: string;
    task: string;
    alarm_from: number;
    decided_by: string;
    decided_at_ms: number;
  };
  /** One row for what a model of a version said of the same films. */
  clinic_results: {
    result_id: string;
    /** Pseudonymous Study Instance UID, as in the archive. */
    study: string;
    /** Pseudonym. */
    person: string;
    model: string;
    version: string;
    digest: string;
    /** Digest of what the model was given. */
    inputs: string;
    /** Digest that the UIDs of its objects are made of; null where it has none, or is from before they had one. */
    given: string | null;
    task: string;
    /** As the owner had it when it was scored. */
    mode: ClinicMode;
    outcome: 'scored' | 'refused';
    /** 0 to 1; null for a refusal. */
    score: number | null;
    reason: string | null;
    /** JSON ClinicResult without what stands in the columns. */
    result: string;
    replaces: string | null;
    scored_at_ms: number;
    processor_ms: number;
    /** Keyed digest of the accession number; null where the study has none. */
    accession: string | null;
    /** JSON ScoreCorrection that its scores were moved with; null where they are the model's own. */
    correction: string | null;
  };
  /** Studies whose films lie in the spool: to be scored, or scored lately, so that a late film makes the exam whole. */
  clinic_queue: {
    study: string;
    person: string;
    accession: string | null;
    state: 'waiting' | 'scored';
    first_ms: number;
    last_ms: number;
    /** Rises with each film. */
    arrivals: number;
    attempts: number;
    /** When it is looked at next. */
    next_ms: number;
    failure: string | null;
  };
  /** The files of those studies in the spool. */
  clinic_films: { study: string; file: string; modality: string; size_bytes: number };
  /** Where results are sent. */
  clinic_destinations: {
    name: string;
    kind: 'dimse' | 'stow' | 'fhir';
    /** AET@host:port, with /tls; or a URL. */
    address: string;
    /** 1: refusals are sent as well. */
    refusals: number;
    /** System of the patient's number at a FHIR server. */
    patient_system: string | null;
    decided_by: string;
    decided_at_ms: number;
    last_sent_ms: number | null;
    last_failure: string | null;
    last_failure_ms: number | null;
  };
  /** A result on its way; its files lie in the spool until every row of it is settled. */
  clinic_sendings: {
    result_id: string;
    destination: string;
    study: string;
    person: string;
    state: 'waiting' | 'sent' | 'refused' | 'left-out' | 'given-up';
    failure: string | null;
    since_ms: number;
    settled_ms: number | null;
  };
  /** What was ordered, by the keyed digest of its accession number. */
  clinic_orders: {
    accession: string;
    /** JSON array of names; null: whatever is enabled. */
    models: string | null;
    source: 'portal' | 'worklist';
    at_ms: number;
  };
  /** What readers found, by the keyed digest of the accession number. */
  clinic_reads: { task: string; subject: string; found: number; at_ms: number };
  /** What came of studies, day by day, in numbers. */
  clinic_tally: { day: string; what: string; model: string; count: number };
}

/** The tables of models in the clinic. */
export const clinicMigration: Migration = {
  id: 'node-106-clinic',
  async up(db) {
    await db.schema
      .createTable('clinic_models')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('mode', 'text', (column) => column.notNull())
      .addColumn('version', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('task', 'text', (column) => column.notNull())
      .addColumn('alarm_from', 'double precision', (column) => column.notNull())
      .addColumn('decided_by', 'text', (column) => column.notNull())
      .addColumn('decided_at_ms', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('clinic_results')
      .addColumn('result_id', 'text', (column) => column.primaryKey())
      .addColumn('study', 'text', (column) => column.notNull())
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('version', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('inputs', 'text', (column) => column.notNull())
      .addColumn('task', 'text', (column) => column.notNull())
      .addColumn('mode', 'text', (column) => column.notNull())
      .addColumn('outcome', 'text', (column) => column.notNull())
      .addColumn('score', 'double precision')
      .addColumn('reason', 'text')
      .addColumn('result', 'text', (column) => column.notNull())
      .addColumn('replaces', 'text')
      .addColumn('scored_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('processor_ms', 'double precision', (column) => column.notNull())
      .addColumn('accession', 'text')
      .addUniqueConstraint('clinic_results_key', ['study', 'model', 'version', 'digest', 'inputs'])
      .execute();
    await db.schema.createIndex('clinic_results_accession').on('clinic_results').column('accession').execute();
    await db.schema.createIndex('clinic_results_time').on('clinic_results').column('scored_at_ms').execute();
  },
};

/** The tables of the queue, of what is sent, and of orders. */
export const clinicQueueMigration: Migration = {
  id: 'node-107-clinic-queue',
  async up(db) {
    await db.schema
      .createTable('clinic_queue')
      .addColumn('study', 'text', (column) => column.primaryKey())
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('accession', 'text')
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('first_ms', 'bigint', (column) => column.notNull())
      .addColumn('last_ms', 'bigint', (column) => column.notNull())
      .addColumn('arrivals', 'integer', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('next_ms', 'bigint', (column) => column.notNull())
      .addColumn('failure', 'text')
      .execute();
    await db.schema.createIndex('clinic_queue_next').on('clinic_queue').columns(['state', 'next_ms']).execute();
    await db.schema
      .createTable('clinic_films')
      .addColumn('study', 'text', (column) => column.notNull())
      .addColumn('file', 'text', (column) => column.notNull())
      .addColumn('modality', 'text', (column) => column.notNull())
      .addColumn('size_bytes', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('clinic_films_key', ['study', 'file'])
      .execute();
    await db.schema
      .createTable('clinic_destinations')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('address', 'text', (column) => column.notNull())
      .addColumn('refusals', 'integer', (column) => column.notNull())
      .addColumn('patient_system', 'text')
      .addColumn('decided_by', 'text', (column) => column.notNull())
      .addColumn('decided_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('last_sent_ms', 'bigint')
      .addColumn('last_failure', 'text')
      .addColumn('last_failure_ms', 'bigint')
      .execute();
    await db.schema
      .createTable('clinic_sendings')
      .addColumn('result_id', 'text', (column) => column.notNull())
      .addColumn('destination', 'text', (column) => column.notNull())
      .addColumn('study', 'text', (column) => column.notNull())
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('failure', 'text')
      .addColumn('since_ms', 'bigint', (column) => column.notNull())
      .addColumn('settled_ms', 'bigint')
      .addPrimaryKeyConstraint('clinic_sendings_key', ['result_id', 'destination'])
      .execute();
    await db.schema
      .createIndex('clinic_sendings_state')
      .on('clinic_sendings')
      .columns(['destination', 'state', 'since_ms'])
      .execute();
    await db.schema
      .createTable('clinic_orders')
      .addColumn('accession', 'text', (column) => column.primaryKey())
      .addColumn('models', 'text')
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('clinic_tally')
      .addColumn('day', 'text', (column) => column.notNull())
      .addColumn('what', 'text', (column) => column.notNull())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('count', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('clinic_tally_key', ['day', 'what', 'model'])
      .execute();
  },
};

/** What the UIDs of a result's objects are made of. */
export const clinicGivenMigration: Migration = {
  id: 'node-146-clinic-given',
  async up(db) {
    await db.schema.alterTable('clinic_results').addColumn('given', 'text').execute();
  },
};

/** The table of what readers found. */
export const clinicReadsMigration: Migration = {
  id: 'node-108-clinic-reads',
  async up(db) {
    await db.schema
      .createTable('clinic_reads')
      .addColumn('task', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('found', 'integer', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('clinic_reads_key', ['task', 'subject'])
      .execute();
  },
};
