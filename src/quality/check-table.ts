/** How bad: an error keeps an image from being used, a warning makes it worth less, an info is to be known. */
export type Severity = 'info' | 'warning' | 'error';

/** The five dimensions of data quality of Cancer Image Europe (EUCAIM handbook, data preparation). */
export type Dimension = 'completeness' | 'uniqueness' | 'consistency' | 'accuracy' | 'integrity';

/** All of them, in the order in which they are shown. */
export const DIMENSIONS: readonly Dimension[] = ['completeness', 'uniqueness', 'consistency', 'accuracy', 'integrity'];

interface CheckRow {
  readonly dimension: Dimension;
  readonly severity: Severity;
  /** What was found; words in braces are filled in with figures and names of attributes, never with values of a person. */
  readonly message: string;
  /** The next step. */
  readonly mend: string;
}

/** Every check: what it is about, how bad its finding is, and what to do. docs/operators/quality.md explains each. */
export const CHECK_TABLE = {
  // The file and its pixels
  file: {
    dimension: 'integrity',
    severity: 'error',
    message: 'The file cannot be read as a picture.',
    mend: 'Send it again from the archive.',
  },
  decodable: {
    dimension: 'integrity',
    severity: 'error',
    message: 'Its pixels cannot be decoded.',
    mend: 'Send it again from the archive.',
  },
  codec: {
    dimension: 'integrity',
    severity: 'warning',
    message: 'It is compressed in a way this version cannot read.',
    mend: 'Export it uncompressed, or convert it with dcmdjpeg.',
  },
  'pixel-description': {
    dimension: 'integrity',
    severity: 'error',
    message: 'What it says about its pixels cannot be true: {problem}.',
    mend: 'Send it again from the archive; do not edit these attributes by hand.',
  },
  'pixel-length': {
    dimension: 'integrity',
    severity: 'error',
    message: 'Its pixels end too early: {found} bytes of {wanted}.',
    mend: 'The transfer broke off; send it again from the archive.',
  },
  'pixel-surplus': {
    dimension: 'integrity',
    severity: 'warning',
    message: 'It has more pixel data than its size needs: {found} bytes instead of {wanted}.',
    mend: 'Check Rows, Columns and NumberOfFrames; part of the picture may not be shown.',
  },
  'frames-missing': {
    dimension: 'integrity',
    severity: 'error',
    message: 'It promises {wanted} frames and has {found}.',
    mend: 'The transfer broke off; send it again from the archive.',
  },
  'uid-missing': {
    dimension: 'integrity',
    severity: 'error',
    message: 'It has no {attribute}, so it cannot be told to which examination it belongs.',
    mend: 'Send it again from the archive.',
  },
  'uid-reused': {
    dimension: 'integrity',
    severity: 'error',
    message: 'Two different pictures have the same SOP Instance UID.',
    mend: 'Find out which is right; one of them was edited or numbered anew.',
  },
  'missing-slices': {
    dimension: 'integrity',
    severity: 'warning',
    message: 'The series has gaps: about {missing} slices are missing between {slices}.',
    mend: 'Send the whole series again from the archive.',
  },
  'duplicate-slices': {
    dimension: 'integrity',
    severity: 'warning',
    message: '{slices} slices of the series lie at the place of another one.',
    mend: 'Check that the series was not exported twice, or that two acquisitions were not mixed.',
  },
  'mixed-geometry': {
    dimension: 'integrity',
    severity: 'warning',
    message: 'Pictures of the series differ in {what}.',
    mend: 'Check that two acquisitions were not mixed in one series; volumes cannot be made of it.',
  },

  // What has to be said: the minimum metadata of Cancer Image Europe and of the modality
  'patient-id': {
    dimension: 'completeness',
    severity: 'error',
    message: 'It does not say whose picture it is (PatientID is empty).',
    mend: 'Send it again from the archive, or set PatientID before import.',
  },
  modality: {
    dimension: 'completeness',
    severity: 'error',
    message: 'It does not say what kind of picture it is (Modality is empty).',
    mend: 'Send it again from the archive, or set Modality before import.',
  },
  'body-part': {
    dimension: 'completeness',
    severity: 'warning',
    message: 'It does not say which part of the body it shows.',
    mend: 'Set BodyPartExamined, for example CHEST or BREAST.',
  },
  manufacturer: {
    dimension: 'completeness',
    severity: 'warning',
    message: 'It does not say who made the machine.',
    mend: 'Set Manufacturer; researchers compare makes.',
  },
  'acquisition-date': {
    dimension: 'completeness',
    severity: 'warning',
    message: 'It has no date of acquisition.',
    mend: 'Send it again from the archive; shifted dates are made from the true ones.',
  },
  sex: {
    dimension: 'completeness',
    severity: 'warning',
    message: 'It does not say the sex of the person.',
    mend: 'Set PatientSex to F, M or O.',
  },
  age: {
    dimension: 'completeness',
    severity: 'warning',
    message: 'It gives neither age nor date of birth.',
    mend: 'Set PatientAge, for example 057Y.',
  },
  'pixel-spacing': {
    dimension: 'completeness',
    severity: 'info',
    message: 'It does not say how large a pixel is, so sizes in it cannot be measured.',
    mend: 'Nothing, if the machine does not know it.',
  },
  'view-missing': {
    dimension: 'completeness',
    severity: 'warning',
    message: 'It does not say from where it was taken (ViewPosition and ViewCodeSequence are empty).',
    mend: 'Set ViewPosition: CC or MLO for mammograms, PA, AP or LL for chest films.',
  },
  'laterality-missing': {
    dimension: 'completeness',
    severity: 'warning',
    message: 'It does not say which breast it shows.',
    mend: 'Set ImageLaterality to L or R.',
  },
  intent: {
    dimension: 'completeness',
    severity: 'info',
    message: 'It does not say whether it is for presentation or for processing.',
    mend: 'Set PresentationIntentType; models must not mix the two.',
  },
  geometry: {
    dimension: 'completeness',
    severity: 'warning',
    message: 'The slice does not say where it lies (ImagePositionPatient or ImageOrientationPatient is empty).',
    mend: 'Send it again from the archive; volumes cannot be made without it.',
  },
  'mammography-views': {
    dimension: 'completeness',
    severity: 'warning',
    message: 'The mammography lacks {missing} of the four standard views.',
    mend: 'Send the rest of the examination, or note why it was not taken (one breast, magnification only).',
  },
  'tomosynthesis-alone': {
    dimension: 'completeness',
    severity: 'info',
    message: 'The tomosynthesis of {views} has no two-dimensional picture beside it.',
    mend: 'Send the synthetic or the full-field mammogram too, if there is one.',
  },
  'chest-frontal': {
    dimension: 'completeness',
    severity: 'info',
    message: 'The chest examination has no frontal film (PA or AP).',
    mend: 'Send the frontal film too, or check ViewPosition.',
  },
  'prostate-sequences': {
    dimension: 'completeness',
    severity: 'warning',
    message: 'The prostate MR lacks {missing}.',
    mend: 'Send the series, or map the names of the series so that it is recognised.',
  },

  // Is it there once?
  'repeated-instance': {
    dimension: 'uniqueness',
    severity: 'warning',
    message: 'The same instance is there more than once.',
    mend: 'Leave out the copies; an import takes it once.',
  },
  'exact-duplicate': {
    dimension: 'uniqueness',
    severity: 'warning',
    message: 'Another instance has exactly the same pixels.',
    mend: 'Keep one; copies in training and in test data make results look too good.',
  },
  'near-duplicate': {
    dimension: 'uniqueness',
    severity: 'warning',
    message: 'Another instance shows nearly the same picture.',
    mend: 'Look at both; it may be a processed, resized or annotated copy.',
  },
  'repeated-view': {
    dimension: 'uniqueness',
    severity: 'info',
    message: 'The mammography has {count} pictures of {view}.',
    mend: 'Check that they are repeats or magnifications, and which one is for reading.',
  },

  // Does it agree with itself?
  'modality-class': {
    dimension: 'consistency',
    severity: 'warning',
    message: 'Modality {modality} does not go with its SOP class ({expected}).',
    mend: 'Check the export; secondary captures lose what the machine knew.',
  },
  'laterality-conflict': {
    dimension: 'consistency',
    severity: 'error',
    message: 'It says left and right at once: {where}.',
    mend: 'Look at the side marker and set ImageLaterality, Laterality and the view alike.',
  },
  'laterality-text': {
    dimension: 'consistency',
    severity: 'warning',
    message: 'The description of the series or the protocol names the other side.',
    mend: 'Look at the side marker; correct the side or the description.',
  },
  'view-unknown': {
    dimension: 'consistency',
    severity: 'warning',
    message: 'Its view is none of {modality}.',
    mend: 'Correct ViewPosition, or Modality if that is wrong.',
  },
  'view-conflict': {
    dimension: 'consistency',
    severity: 'warning',
    message: 'ViewPosition and ViewCodeSequence name different views.',
    mend: 'Look at the picture and set both alike.',
  },
  'body-part-modality': {
    dimension: 'consistency',
    severity: 'warning',
    message: 'A mammogram that says it does not show the breast.',
    mend: 'Set BodyPartExamined to BREAST, or correct Modality.',
  },
  'sex-examination': {
    dimension: 'consistency',
    severity: 'error',
    message: 'The sex of the person and the organ that was examined do not go together.',
    mend: 'Check that the examination belongs to this person; correct PatientSex or BodyPartExamined.',
  },
  'sex-rare': {
    dimension: 'consistency',
    severity: 'info',
    message: 'A mammogram of a man: possible, but rare.',
    mend: 'Check PatientSex if there are many.',
  },
  window: {
    dimension: 'consistency',
    severity: 'warning',
    message: 'The window it asks for shows nothing: {problem}.',
    mend: 'Correct WindowCenter and WindowWidth, or remove them.',
  },
  'spacing-conflict': {
    dimension: 'consistency',
    severity: 'warning',
    message: 'PixelSpacing is larger than ImagerPixelSpacing: a projection cannot make things smaller.',
    mend: 'Check the calibration; sizes measured in it are wrong.',
  },
  polarity: {
    dimension: 'consistency',
    severity: 'warning',
    message: 'PresentationLUTShape and PhotometricInterpretation contradict each other.',
    mend: 'INVERSE goes with MONOCHROME1, IDENTITY with MONOCHROME2; correct the one that is wrong.',
  },
  'lossy-untold': {
    dimension: 'consistency',
    severity: 'warning',
    message: 'It is compressed with loss and does not say so.',
    mend: 'Set LossyImageCompression to 01, and send the original if there is one.',
  },
  'patient-sex': {
    dimension: 'consistency',
    severity: 'error',
    message: 'The examinations of one person do not agree on the sex.',
    mend: 'Check whether two people share a PatientID.',
  },
  'patient-birth': {
    dimension: 'consistency',
    severity: 'error',
    message: 'The examinations of one person do not agree on the year of birth ({years} years apart).',
    mend: 'Check whether two people share a PatientID.',
  },
  'study-patients': {
    dimension: 'consistency',
    severity: 'error',
    message: 'Pictures of one examination belong to different people.',
    mend: 'Find out whose it is; the examination was merged or relabelled.',
  },
  'series-studies': {
    dimension: 'consistency',
    severity: 'error',
    message: 'Pictures of one series belong to different examinations.',
    mend: 'Send the series again from the archive; its UID was used twice.',
  },
  'series-modalities': {
    dimension: 'consistency',
    severity: 'warning',
    message: 'Pictures of one series have different modalities.',
    mend: 'Send the series again from the archive.',
  },

  // Can it be true, and is there something to see?
  'date-invalid': {
    dimension: 'accuracy',
    severity: 'warning',
    message: '{attribute} is no date.',
    mend: 'Write dates as year, month, day: 20240131.',
  },
  'date-future': {
    dimension: 'accuracy',
    severity: 'error',
    message: '{attribute} lies in the future.',
    mend: 'Check the clock of the machine, then correct the date.',
  },
  'date-early': {
    dimension: 'accuracy',
    severity: 'warning',
    message: '{attribute} lies before 1970, when there were no digital pictures.',
    mend: 'Check the clock of the machine, then correct the date.',
  },
  'study-before-birth': {
    dimension: 'accuracy',
    severity: 'error',
    message: 'The examination lies before the birth of the person.',
    mend: 'Correct the date that is wrong; check that the examination belongs to this person.',
  },
  'series-before-study': {
    dimension: 'accuracy',
    severity: 'warning',
    message: '{attribute} lies before the examination began.',
    mend: 'Check the clocks of the machine and the worklist.',
  },
  'age-invalid': {
    dimension: 'accuracy',
    severity: 'warning',
    message: 'PatientAge is no age that a person can have.',
    mend: 'Write ages as 057Y, 010M, 003W or 012D, at most 120 years.',
  },
  'age-birth': {
    dimension: 'accuracy',
    severity: 'warning',
    message: 'PatientAge and the date of birth differ by more than a year.',
    mend: 'Correct the one that is wrong.',
  },
  'spacing-implausible': {
    dimension: 'accuracy',
    severity: 'warning',
    message: 'Its pixels would be smaller than 0.01 mm or larger than 20 mm.',
    mend: 'Correct PixelSpacing or ImagerPixelSpacing; the unit is millimetres.',
  },
  size: {
    dimension: 'accuracy',
    severity: 'warning',
    message: 'It has {columns} × {rows} pixels, which no picture for reading has.',
    mend: 'Check that it is not a thumbnail, a scout or a strip.',
  },
  constant: {
    dimension: 'accuracy',
    severity: 'error',
    message: 'Every pixel has the same grey: there is no picture.',
    mend: 'Send it again from the archive.',
  },
  'nearly-empty': {
    dimension: 'accuracy',
    severity: 'warning',
    message: '{percent} % of the pixels have the same grey.',
    mend: 'Look at it; it may be a test exposure or mostly border.',
  },
  'low-information': {
    dimension: 'accuracy',
    severity: 'warning',
    message: 'Its greys carry {bits} bits a pixel: there is hardly anything to see.',
    mend: 'Look at it; it may be a test pattern, a form or a scanned page.',
  },
  clipped: {
    dimension: 'accuracy',
    severity: 'warning',
    message: '{percent} % of the pixels are fully black or white.',
    mend: 'Check the exposure or the window the export applied.',
  },
  bits: {
    dimension: 'accuracy',
    severity: 'warning',
    message: 'It stores {stored} bits but uses {used} of {steps} greys.',
    mend: 'Check that the export did not reduce the depth of the picture.',
  },
  inverted: {
    dimension: 'accuracy',
    severity: 'warning',
    message: 'It looks inverted: the border is brighter than the body.',
    mend: 'Compare PhotometricInterpretation with the picture; MONOCHROME1 means that 0 is white.',
  },
  'burned-in': {
    dimension: 'accuracy',
    severity: 'error',
    message: 'It says that there is text burned into the picture.',
    mend: 'Export it without annotations.',
  },
  lossy: {
    dimension: 'accuracy',
    severity: 'info',
    message: 'It was compressed with loss once.',
    mend: 'Send the original if the archive still has it.',
  },
} as const satisfies Readonly<Record<string, CheckRow>>;

/** Names of the checks. */
export type CheckName = keyof typeof CHECK_TABLE;
