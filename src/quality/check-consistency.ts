import { type DataSet, TAGS } from '#dicom';
import { tagOf } from '#vocab';
import { findingOf, type QualityFinding } from './finding.ts';
import { isChestView, isMammographyView, viewOf } from './view-of.ts';

/** Modalities whose instances a SOP class is for, by the beginning of its UID (PS3.4 annex B, PS3.3 C.7.3.1.1.1). */
const CLASS_MODALITIES: readonly (readonly [classUid: RegExp, modalities: readonly string[]])[] = [
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.1\.2(\.1)?$/, ['MG']],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.13\.1\.[345]$/, ['MG']],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.1\.1(\.1)?$/, ['DX', 'PX']],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.1$/, ['CR']],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.2(\.[12])?$/, ['CT']],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.4(\.[134])?$/, ['MR']],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.(6\.[12]|3\.1|6|3)$/, ['US', 'IVUS']],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.(128(\.1)?|130)$/, ['PT']],
  [/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.20$/, ['NM']],
];

const PROJECTIONS: ReadonlySet<string> = new Set(['MG', 'DX', 'CR', 'RG']);
const MALE_ONLY = /PROSTAT|TESTI|SCROT|PENIS/;
const FEMALE_ONLY = /UTER|OVAR|CERVIX\s*UT|VAGIN|PREGNAN|FETUS|FOETUS/;
const LEFT_WORDS = /\b(LEFT|LINKS|GAUCHE|SINISTR[AO]|ESQUERD[AO]|IZQUIERD[AO])\b/i;
const RIGHT_WORDS = /\b(RIGHT|RECHTS|DROITE?|DESTR[AO]|DIREIT[AO]|DERECH[AO])\b/i;

/** Whether what a header says in one place goes with what it says in another, and whether view and side are told. */
export function checkConsistency(dataset: DataSet): readonly QualityFinding[] {
  const modality = dataset.text(tagOf('Modality')) ?? '';
  return [
    ...checkClass(dataset, modality),
    ...checkView(dataset, modality),
    ...checkPerson(dataset, modality),
    ...checkSpacing(dataset, modality),
    ...checkDisplay(dataset, modality),
  ];
}

function checkClass(dataset: DataSet, modality: string): readonly QualityFinding[] {
  const classUid = dataset.text(TAGS.sopClassUid) ?? '';
  const expected = CLASS_MODALITIES.find(([pattern]) => pattern.test(classUid))?.[1];
  if (modality === '' || expected === undefined || expected.includes(modality)) return [];
  return [findingOf('modality-class', { modality: plain(modality), expected: expected.join(' or ') })];
}

function checkView(dataset: DataSet, modality: string): readonly QualityFinding[] {
  const { view, side, viewsDiffer, sidesConflict } = viewOf(dataset);
  const findings: QualityFinding[] = [];
  const bodyPart = partOf(dataset);
  const isMammogram = modality === 'MG';
  const isChestFilm = ['DX', 'CR'].includes(modality) && /CHEST|THORAX|LUNG/.test(bodyPart);
  if (view === undefined && (isMammogram || isChestFilm)) findings.push(findingOf('view-missing'));
  if (isMammogram && side === undefined) findings.push(findingOf('laterality-missing'));
  if (isMammogram && view !== undefined && !isMammographyView(view))
    findings.push(findingOf('view-unknown', { modality: 'mammography' }));
  if (isChestFilm && view !== undefined && !isChestView(view))
    findings.push(findingOf('view-unknown', { modality: 'the chest' }));
  if (viewsDiffer) findings.push(findingOf('view-conflict'));
  if (sidesConflict.length > 0) findings.push(findingOf('laterality-conflict', { where: sidesConflict.join(', ') }));
  else if (isMammogram && (side === 'L' || side === 'R') && saysOther(dataset, side))
    findings.push(findingOf('laterality-text'));
  if (/^1\.2\.840\.10008\.5\.1\.4\.1\.1\.1\.[12](\.1)?$/.test(dataset.text(TAGS.sopClassUid) ?? '')) {
    if (dataset.text(tagOf('PresentationIntentType')) === undefined) findings.push(findingOf('intent'));
  }
  if (isMammogram && bodyPart !== '' && !/BREAST|MAMMA|AXILLA/.test(bodyPart))
    findings.push(findingOf('body-part-modality'));
  return findings;
}

function saysOther(dataset: DataSet, side: 'L' | 'R'): boolean {
  const text = ['SeriesDescription', 'ProtocolName', 'AcquisitionDeviceProcessingDescription']
    .map((keyword) => dataset.text(tagOf(keyword)) ?? '')
    .join(' ');
  const token = /(?:^|[\s_-])([LR])[\s_-]?(?:CC|MLO|ML)\b/i.exec(text)?.[1]?.toUpperCase();
  const left = token === 'L' || LEFT_WORDS.test(text);
  const right = token === 'R' || RIGHT_WORDS.test(text);
  return left !== right && (side === 'L' ? right : left);
}

function checkPerson(dataset: DataSet, modality: string): readonly QualityFinding[] {
  const sex = dataset.text(tagOf('PatientSex'));
  const part = partOf(dataset);
  if ((sex === 'F' && MALE_ONLY.test(part)) || (sex === 'M' && FEMALE_ONLY.test(part)))
    return [findingOf('sex-examination')];
  return sex === 'M' && modality === 'MG' ? [findingOf('sex-rare')] : [];
}

function checkSpacing(dataset: DataSet, modality: string): readonly QualityFinding[] {
  const [pixel, imager] = [dataset.numbers(tagOf('PixelSpacing')), dataset.numbers(tagOf('ImagerPixelSpacing'))];
  const findings: QualityFinding[] = [];
  if ([...pixel, ...imager].some((spacingMm) => !(spacingMm >= 0.01 && spacingMm <= 20)))
    findings.push(findingOf('spacing-implausible'));
  // One in a hundred is rounding; a projection enlarges (PS3.3 10.7.1.3).
  else if (PROJECTIONS.has(modality) && (pixel[0] ?? 0) > 1.01 * (imager[0] ?? Number.POSITIVE_INFINITY))
    findings.push(findingOf('spacing-conflict'));
  return findings;
}

function checkDisplay(dataset: DataSet, modality: string): readonly QualityFinding[] {
  const findings: QualityFinding[] = [];
  const shape = dataset.text(tagOf('PresentationLUTShape'));
  const polarity = dataset.text(TAGS.photometricInterpretation);
  if (
    PROJECTIONS.has(modality) &&
    ((shape === 'INVERSE' && polarity === 'MONOCHROME2') || (shape === 'IDENTITY' && polarity === 'MONOCHROME1'))
  )
    findings.push(findingOf('polarity'));
  // Of the functions only LINEAR demands a width of 1 or more (PS3.3 C.11.2.1.2).
  const least = (dataset.text(tagOf('VOILUTFunction')) ?? 'LINEAR') === 'LINEAR' ? 1 : Number.MIN_VALUE;
  if (dataset.numbers(TAGS.windowWidth).some((width) => width < least))
    findings.push(findingOf('window', { problem: 'its width is below 1' }));
  return findings;
}

function partOf(dataset: DataSet): string {
  const [region] = dataset.items(tagOf('AnatomicRegionSequence'));
  return (dataset.text(tagOf('BodyPartExamined')) ?? region?.text(tagOf('CodeMeaning')) ?? '').toUpperCase();
}

/** Two letters as the standard writes them; anything else may be somebody's name. */
function plain(modality: string): string {
  return /^[A-Z]{2,7}$/.test(modality) ? modality : '?';
}
