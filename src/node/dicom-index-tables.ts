import type { Migration } from '#store';

/**
 * What DICOMweb searches and retrieves by, all of it read from the de-identified images. Text that is absent is ''.
 * Dates, modalities and persons are repeated downwards, so that a search at any level walks one index.
 */
export interface DicomIndexTables {
  dicom_studies: {
    study_instance_uid: string;
    person: string;
    study_date: string;
    study_time: string;
    accession_number: string;
    study_id: string;
    study_description: string;
    patient_sex: string;
    /** Separated by backslashes, sorted. */
    modalities: string;
    series_count: number;
    instance_count: number;
  };
  dicom_study_modalities: { modality: string; study_date: string; study_instance_uid: string };
  dicom_series: {
    study_instance_uid: string;
    series_instance_uid: string;
    person: string;
    study_date: string;
    modality: string;
    series_number: number | null;
    series_description: string;
    series_date: string;
    series_time: string;
    step_date: string;
    step_time: string;
    body_part: string;
    laterality: string;
    manufacturer: string;
    instance_count: number;
  };
  dicom_instances: {
    sop_instance_uid: string;
    study_instance_uid: string;
    series_instance_uid: string;
    person: string;
    study_date: string;
    modality: string;
    sop_class_uid: string;
    instance_number: number | null;
    image_rows: number | null;
    image_columns: number | null;
    bits_allocated: number | null;
    samples_per_pixel: number | null;
    frame_count: number | null;
    photometric: string;
    image_laterality: string;
    view_position: string;
    transfer_syntax_uid: string;
    slice_thickness_mm: number | null;
    echo_time_ms: number | null;
    /** 0 for images that were indexed before there were the two columns above, and were not read again yet. */
    acquisition_read: number;
  };
  dicom_blobs: {
    sop_instance_uid: string;
    blob_sha256: string;
    size_bytes: number;
    /** JSON PixelPlace; null where the image has no pixels or its body is deflated. */
    pixel_place: string | null;
  };
}

/** The tables of the DICOM index. */
export const dicomIndexMigration: Migration = {
  id: 'node-003-dicom-index',
  async up(db) {
    await db.schema
      .createTable('dicom_studies')
      .addColumn('study_instance_uid', 'text', (column) => column.primaryKey())
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('study_date', 'text', (column) => column.notNull())
      .addColumn('study_time', 'text', (column) => column.notNull())
      .addColumn('accession_number', 'text', (column) => column.notNull())
      .addColumn('study_id', 'text', (column) => column.notNull())
      .addColumn('study_description', 'text', (column) => column.notNull())
      .addColumn('patient_sex', 'text', (column) => column.notNull())
      .addColumn('modalities', 'text', (column) => column.notNull())
      .addColumn('series_count', 'integer', (column) => column.notNull())
      .addColumn('instance_count', 'integer', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('dicom_study_modalities')
      .addColumn('modality', 'text', (column) => column.notNull())
      .addColumn('study_date', 'text', (column) => column.notNull())
      .addColumn('study_instance_uid', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('dicom_study_modalities_key', ['study_instance_uid', 'modality'])
      .execute();
    await db.schema
      .createTable('dicom_series')
      .addColumn('study_instance_uid', 'text', (column) => column.notNull())
      .addColumn('series_instance_uid', 'text', (column) => column.notNull())
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('study_date', 'text', (column) => column.notNull())
      .addColumn('modality', 'text', (column) => column.notNull())
      .addColumn('series_number', 'bigint')
      .addColumn('series_description', 'text', (column) => column.notNull())
      .addColumn('series_date', 'text', (column) => column.notNull())
      .addColumn('series_time', 'text', (column) => column.notNull())
      .addColumn('step_date', 'text', (column) => column.notNull())
      .addColumn('step_time', 'text', (column) => column.notNull())
      .addColumn('body_part', 'text', (column) => column.notNull())
      .addColumn('laterality', 'text', (column) => column.notNull())
      .addColumn('manufacturer', 'text', (column) => column.notNull())
      .addColumn('instance_count', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('dicom_series_key', ['study_instance_uid', 'series_instance_uid'])
      .execute();
    await db.schema
      .createTable('dicom_instances')
      .addColumn('sop_instance_uid', 'text', (column) => column.primaryKey())
      .addColumn('study_instance_uid', 'text', (column) => column.notNull())
      .addColumn('series_instance_uid', 'text', (column) => column.notNull())
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('study_date', 'text', (column) => column.notNull())
      .addColumn('modality', 'text', (column) => column.notNull())
      .addColumn('sop_class_uid', 'text', (column) => column.notNull())
      .addColumn('instance_number', 'bigint')
      .addColumn('image_rows', 'integer')
      .addColumn('image_columns', 'integer')
      .addColumn('bits_allocated', 'integer')
      .addColumn('samples_per_pixel', 'integer')
      .addColumn('frame_count', 'integer')
      .addColumn('photometric', 'text', (column) => column.notNull())
      .addColumn('image_laterality', 'text', (column) => column.notNull())
      .addColumn('view_position', 'text', (column) => column.notNull())
      .addColumn('transfer_syntax_uid', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('dicom_blobs')
      .addColumn('sop_instance_uid', 'text', (column) => column.primaryKey())
      .addColumn('blob_sha256', 'text', (column) => column.notNull())
      .addColumn('size_bytes', 'bigint', (column) => column.notNull())
      .addColumn('pixel_place', 'text')
      .execute();
    for (const [name, table, columns] of INDEXES) {
      await db.schema
        .createIndex(name)
        .on(table)
        .columns([...columns])
        .execute();
    }
  },
};

/** How images were taken. Images of before are read once more in the background. */
export const acquisitionMigration: Migration = {
  id: 'node-040-acquisitions',
  async up(db) {
    await db.schema.alterTable('dicom_instances').addColumn('slice_thickness_mm', 'double precision').execute();
    await db.schema.alterTable('dicom_instances').addColumn('echo_time_ms', 'double precision').execute();
    await db.schema
      .alterTable('dicom_instances')
      .addColumn('acquisition_read', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema
      .createIndex('dicom_instances_acquisition')
      .on('dicom_instances')
      .columns(['acquisition_read', 'sop_instance_uid'])
      .execute();
  },
};

type IndexRow = readonly [name: string, table: string, columns: readonly string[]];

const INDEXES: readonly IndexRow[] = [
  ['dicom_studies_date', 'dicom_studies', ['study_date desc', 'study_instance_uid']],
  ['dicom_studies_person', 'dicom_studies', ['person', 'study_date desc', 'study_instance_uid']],
  ['dicom_studies_accession', 'dicom_studies', ['accession_number']],
  ['dicom_study_modalities_date', 'dicom_study_modalities', ['modality', 'study_date desc', 'study_instance_uid']],
  ['dicom_series_date', 'dicom_series', ['study_date desc', 'series_instance_uid']],
  ['dicom_series_modality', 'dicom_series', ['modality', 'study_date desc', 'series_instance_uid']],
  ['dicom_series_person', 'dicom_series', ['person', 'study_date desc', 'series_instance_uid']],
  ['dicom_series_uid', 'dicom_series', ['series_instance_uid']],
  ['dicom_instances_series', 'dicom_instances', ['study_instance_uid', 'series_instance_uid', 'instance_number']],
  ['dicom_instances_series_uid', 'dicom_instances', ['series_instance_uid']],
  ['dicom_instances_date', 'dicom_instances', ['study_date desc', 'sop_instance_uid']],
  ['dicom_instances_modality', 'dicom_instances', ['modality', 'study_date desc', 'sop_instance_uid']],
  ['dicom_instances_person', 'dicom_instances', ['person', 'study_date desc', 'sop_instance_uid']],
  ['dicom_instances_class', 'dicom_instances', ['sop_class_uid', 'study_date desc', 'sop_instance_uid']],
];
