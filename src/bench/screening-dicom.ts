import { buildDicom } from '#dicom';
import { FULL_SIZE, type PictureSize, type ScreeningRecord, withPictures } from '#synth';

/** The films of a synthetic examination as DICOM files with no more of a header than reading them needs; no person is in them. */
export function filmsOfExam(record: ScreeningRecord, size: PictureSize = FULL_SIZE): readonly Uint8Array[] {
  return withPictures(record, size).pictures.map(({ laterality, view, frame }, place) =>
    buildDicom(
      {
        SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.2',
        SOPInstanceUID: `2.25.${1 + record.index * 10 + place}`,
        StudyInstanceUID: `2.25.${1 + record.index}00000`,
        Modality: 'MG',
        BodyPartExamined: 'BREAST',
        PresentationIntentType: 'FOR PRESENTATION',
        ImageLaterality: laterality,
        ViewPosition: view,
        PatientAge: `${String(Math.floor(record.ageYears)).padStart(3, '0')}Y`,
      },
      {
        rows: frame.rows,
        columns: frame.columns,
        values: frame.values as Uint16Array,
        bitsStored: frame.bitsStored,
        photometricInterpretation: frame.photometricInterpretation === 'MONOCHROME1' ? 'MONOCHROME1' : 'MONOCHROME2',
      },
    ),
  );
}
