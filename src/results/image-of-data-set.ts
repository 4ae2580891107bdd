import { UnicaError } from '#base';
import type { DataSet } from '#dicom';
import { tagOf } from '#vocab';
import { STUDY_KEYWORDS } from './document-modules.ts';
import type { ModelResult, ResultImage } from './model-result.ts';

/** Patient and study of an image, as its results have them. @throws UnicaError `results.no-image` without a study */
export function studyOfDataSet(dataset: DataSet): ModelResult['study'] {
  const values = STUDY_KEYWORDS.map((keyword) => [keyword, dataset.text(tagOf(keyword))] as const);
  return { ...Object.fromEntries(values), StudyInstanceUID: needed(dataset, 'StudyInstanceUID') };
}

/** An image as a model read it; findings, score and map are for the model to add. @throws UnicaError `results.no-image` */
export function imageOfDataSet(dataset: DataSet): ResultImage {
  const text = (keyword: string) => dataset.text(tagOf(keyword));
  const side = text('ImageLaterality') ?? text('Laterality');
  const spacing = [...dataset.numbers(tagOf('PixelSpacing')), ...dataset.numbers(tagOf('ImagerPixelSpacing'))];
  const [row, column] = dataset.strings(tagOf('PatientOrientation'));
  const [down, across] = spacing;
  return {
    sopInstanceUid: needed(dataset, 'SOPInstanceUID'),
    sopClassUid: needed(dataset, 'SOPClassUID'),
    seriesInstanceUid: needed(dataset, 'SeriesInstanceUID'),
    modality: text('Modality'),
    frameOfReferenceUid: text('FrameOfReferenceUID'),
    rows: dataset.number(tagOf('Rows')) ?? 0,
    columns: dataset.number(tagOf('Columns')) ?? 0,
    spacingMm: down !== undefined && across !== undefined && down > 0 && across > 0 ? [down, across] : undefined,
    laterality: side === 'L' || side === 'R' ? side : undefined,
    view: text('ViewPosition'),
    patientOrientation: row === undefined || column === undefined ? undefined : [row, column],
    contentDate: text('ContentDate'),
    contentTime: text('ContentTime'),
    findings: [],
  };
}

function needed(dataset: DataSet, keyword: string): string {
  const value = dataset.text(tagOf(keyword));
  if (value === undefined) throw new UnicaError('results.no-image', { keyword });
  return value;
}
