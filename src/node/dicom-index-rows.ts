import { acquisitionOf } from '#cdm';
import type { Deidentified } from '#deid';
import { type PixelPlace, TAGS } from '#dicom';
import { tagOf } from '#vocab';
import type { DicomIndexTables } from './dicom-index-tables.ts';

/** What one image brings into the index; counts and modalities of its study and series are kept by the index. */
export interface DicomIndexRows {
  readonly study: Omit<DicomIndexTables['dicom_studies'], 'modalities' | 'series_count' | 'instance_count'>;
  readonly series: Omit<DicomIndexTables['dicom_series'], 'instance_count'>;
  readonly instance: DicomIndexTables['dicom_instances'];
  readonly pixelPlace: PixelPlace | undefined;
}

/** Longest text that is kept of an attribute. */
const TEXT_LIMIT = 256;

/** The index rows of a de-identified image. */
export function dicomIndexRows(image: Deidentified): DicomIndexRows {
  const { dataset, file } = image;
  const text = (keyword: string): string => dataset.strings(tagOf(keyword)).join('\\').slice(0, TEXT_LIMIT);
  const whole = (tag: number): number | null => {
    const number = dataset.number(tag);
    return number === undefined || !Number.isSafeInteger(number) ? null : number;
  };
  const studyInstanceUid = image.studyInstanceUid;
  const shared = { study_instance_uid: studyInstanceUid, person: image.person, study_date: dateOf(text('StudyDate')) };
  const modality = text('Modality').toUpperCase();
  return {
    study: {
      ...shared,
      study_time: text('StudyTime'),
      accession_number: text('AccessionNumber'),
      study_id: text('StudyID'),
      study_description: text('StudyDescription'),
      patient_sex: text('PatientSex'),
    },
    series: {
      ...shared,
      series_instance_uid: image.seriesInstanceUid,
      modality,
      series_number: whole(tagOf('SeriesNumber')),
      series_description: text('SeriesDescription'),
      series_date: dateOf(text('SeriesDate')),
      series_time: text('SeriesTime'),
      step_date: dateOf(text('PerformedProcedureStepStartDate')),
      step_time: text('PerformedProcedureStepStartTime'),
      body_part: text('BodyPartExamined'),
      laterality: text('Laterality'),
      manufacturer: text('Manufacturer'),
    },
    instance: {
      ...shared,
      sop_instance_uid: image.sopInstanceUid,
      series_instance_uid: image.seriesInstanceUid,
      modality,
      sop_class_uid: dataset.text(TAGS.sopClassUid) ?? '',
      instance_number: whole(tagOf('InstanceNumber')),
      image_rows: whole(TAGS.rows),
      image_columns: whole(TAGS.columns),
      bits_allocated: whole(TAGS.bitsAllocated),
      samples_per_pixel: whole(TAGS.samplesPerPixel),
      frame_count: whole(TAGS.numberOfFrames),
      photometric: text('PhotometricInterpretation'),
      image_laterality: text('ImageLaterality'),
      view_position: text('ViewPosition'),
      transfer_syntax_uid: file.transferSyntaxUid,
      ...acquisitionColumns(image),
    },
    pixelPlace: image.pixelPlace,
  };
}

/** What an image says of how it was taken, as the index keeps it. */
export function acquisitionColumns(
  image: Deidentified,
): Pick<DicomIndexTables['dicom_instances'], 'slice_thickness_mm' | 'echo_time_ms' | 'acquisition_read'> {
  const { sliceThicknessMm, echoTimeMs } = acquisitionOf(image);
  return { slice_thickness_mm: sliceThicknessMm, echo_time_ms: echoTimeMs, acquisition_read: 1 };
}

/** A date as searches compare it; anything else would stand in the wrong place. */
function dateOf(text: string): string {
  return /^\d{8}$/.test(text) ? text : '';
}
