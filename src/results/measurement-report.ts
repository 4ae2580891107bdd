import {
  algorithm,
  closed,
  FINDING_WORDS,
  imageContent,
  language,
  percentItem,
  placedFindings,
  resultSentences,
  viewCode,
} from './cad-parts.ts';
import { type Code, dcm, own, sct, ucum } from './code.ts';
import { type Item, item } from './content-item.ts';
import { reportFile } from './document-modules.ts';
import { densityCode } from './mammography-cad-sr.ts';
import type { Estimate, FindingKind, ModelResult, RefusalReason, ResultFinding, ResultImage } from './model-result.ts';
import { deviceUid, thingUid } from './object-uid.ts';
import { polygonAreaPx } from './outline-mask.ts';

const COMPREHENSIVE_SR = '1.2.840.10008.5.1.4.1.1.88.33';

const FINDING = dcm('121071', 'Finding');
const FINDING_SITE = sct('363698007', 'Finding Site');

/** What each task looks for, where, and the procedure that it reads. */
export const TASK_CODES = {
  'breast-risk': {
    procedure: sct('71651007', 'Mammography'),
    site: sct('76752008', 'Breast structure'),
    finding: sct('254837009', 'Malignant neoplasm of breast'),
    score: own('cancer-now', 'Probability of breast cancer now'),
  },
  'chest-nodule': {
    procedure: sct('399208008', 'Plain chest X-ray'),
    site: sct('39607008', 'Lung structure'),
    finding: sct('27925004', 'Nodule'),
    score: own('nodule', 'Probability of a lung nodule or mass'),
  },
} as const;

const KIND_CODES: Readonly<Record<FindingKind, Code>> = {
  mass: sct('4147007', 'Mass'),
  calcifications: sct('129769006', 'Calcification Cluster'),
  distortion: sct('129792006', 'Architectural distortion of breast'),
  nodule: sct('27925004', 'Nodule'),
  opacity: dcm('112001', 'Opacity'),
};

/** The code of what a finding is. */
export function findingCode(kind: FindingKind): Code {
  return KIND_CODES[kind];
}

/**
 * Scores, risks and places of a result as Imaging Measurement Report (TID 1500, Comprehensive SR): a file. Here stands
 * what the CAD reports have no place for: intervals, the score of each image, and why a study was not scored.
 */
export function measurementReport(result: ModelResult): Uint8Array {
  const { task, images, outcome } = result;
  const groups = outcome.kind === 'refused' ? [] : [examination(result, outcome), ...views(result), ...places(result)];
  const root = item('CONTAINS', dcm('126000', 'Imaging Measurement Report'), { type: 'CONTAINER', template: 1500 }, [
    language(),
    ...observer(result),
    item('HAS CONCEPT MOD', dcm('121058', 'Procedure reported'), { type: 'CODE', code: TASK_CODES[task].procedure }),
    item('CONTAINS', dcm('111028', 'Image Library'), { type: 'CONTAINER', template: 1600 }, [
      item('CONTAINS', dcm('126200', 'Image Library Group'), { type: 'CONTAINER' }, images.map(libraryImage)),
    ]),
    groups.length === 0
      ? undefined
      : item('CONTAINS', dcm('126010', 'Imaging Measurements'), { type: 'CONTAINER' }, [
          ...algorithm('HAS CONCEPT MOD', result),
          ...groups,
        ]),
    item('CONTAINS', { value: 'C0034375', scheme: 'UMLS', meaning: 'Qualitative Evaluations' }, { type: 'CONTAINER' }, [
      ...algorithm('HAS CONCEPT MOD', result),
      ...evaluations(result),
    ]),
  ]);
  return reportFile(result, 'measurement-report', COMPREHENSIVE_SR, root);
}

/** TID 1001 with TID 1002 and TID 1004: the model observed, nobody else. */
function observer({ model }: ModelResult): readonly Item[] {
  const text = (concept: Code, value: string) => item('HAS OBS CONTEXT', concept, { type: 'TEXT', text: value });
  return [
    item('HAS OBS CONTEXT', dcm('121005', 'Observer Type'), { type: 'CODE', code: dcm('121007', 'Device') }),
    item('HAS OBS CONTEXT', dcm('121012', 'Device Observer UID'), { type: 'UIDREF', uid: deviceUid(model) }),
    text(dcm('121013', 'Device Observer Name'), `${model.name} ${model.version}`),
    text(dcm('121014', 'Device Observer Manufacturer'), model.manufacturer),
    text(dcm('121015', 'Device Observer Model Name'), model.name),
    text(dcm('121016', 'Device Observer Serial Number'), model.digest),
  ];
}

/** TID 1601 with TID 1602. */
function libraryImage(image: ResultImage): Item {
  const view = viewCode(image.view);
  const side = image.laterality && sideCode(image.laterality);
  return item('CONTAINS', undefined, imageContent(image), [
    side && item('HAS ACQ CONTEXT', dcm('111027', 'Image Laterality'), { type: 'CODE', code: side }),
    view && item('HAS ACQ CONTEXT', dcm('111031', 'Image View'), { type: 'CODE', code: view }),
  ]);
}

/** CID 244. */
function sideCode(side: 'L' | 'R'): Code {
  return side === 'L' ? sct('7771000', 'Left') : sct('24028007', 'Right');
}

/** TID 1501: the score of the whole examination and the risks. */
function examination(result: ModelResult, outcome: Extract<ModelResult['outcome'], { kind: 'scored' }>): Item {
  const { finding, score, site } = TASK_CODES[result.task];
  return group(result, 1501, 'examination', [
    item('CONTAINS', FINDING, { type: 'CODE', code: finding }),
    item('HAS CONCEPT MOD', FINDING_SITE, { type: 'CODE', code: site }),
    ...estimated(score, outcome.score),
    ...(outcome.risks ?? []).flatMap(({ years, estimate }) =>
      estimated(own(`risk-${years}y`, `Risk of breast cancer within ${years} years`), estimate),
    ),
  ]);
}

/** TID 1501 for each image that has a score of its own. */
function views(result: ModelResult): readonly Item[] {
  const { finding, score, site } = TASK_CODES[result.task];
  return result.images.flatMap((image, index) => {
    if (image.score === undefined) return [];
    const side = image.laterality && sideCode(image.laterality);
    return [
      group(result, 1501, `image ${index + 1}`, [
        item('CONTAINS', FINDING, { type: 'CODE', code: finding }),
        item('HAS CONCEPT MOD', FINDING_SITE, { type: 'CODE', code: site }, [
          side && item('HAS CONCEPT MOD', sct('272741003', 'Laterality'), { type: 'CODE', code: side }),
        ]),
        ...estimated(score, image.score, image),
      ]),
    ];
  });
}

/** TID 1410 for each finding: its outline, or its centre where it has none. */
function places(result: ModelResult): readonly Item[] {
  const { site } = TASK_CODES[result.task];
  return placedFindings(result).map(({ image, finding }, index) =>
    group(result, 1410, `${FINDING_WORDS[finding.kind]} ${index + 1}`, [
      item('CONTAINS', FINDING, { type: 'CODE', code: KIND_CODES[finding.kind] }),
      region(image, finding),
      item('HAS CONCEPT MOD', FINDING_SITE, { type: 'CODE', code: site }),
      percentItem(own('certainty', 'Probability of the finding'), finding.probability, 'CONTAINS'),
      ...areas(image, finding),
    ]),
  );
}

function region(image: ResultImage, { centre, outline }: ResultFinding): Item {
  return item(
    'CONTAINS',
    dcm('111030', 'Image Region'),
    outline === undefined
      ? { type: 'SCOORD', graphic: 'POINT', points: [centre.column, centre.row] }
      : { type: 'SCOORD', graphic: 'POLYLINE', points: closed(outline) },
    [item('SELECTED FROM', undefined, imageContent(image))],
  );
}

function areas({ spacingMm }: ResultImage, { outline }: ResultFinding): readonly Item[] {
  if (outline === undefined || spacingMm === undefined) return [];
  const value = polygonAreaPx(outline) * spacingMm[0] * spacingMm[1];
  const unit = ucum('mm2', 'square millimeter');
  return [item('CONTAINS', sct('42798000', 'Area'), { type: 'NUM', value, unit })];
}

function group(result: ModelResult, template: number, name: string, children: readonly Item[]): Item {
  return item('CONTAINS', dcm('125007', 'Measurement Group'), { type: 'CONTAINER', template }, [
    item('HAS OBS CONTEXT', dcm('112039', 'Tracking Identifier'), { type: 'TEXT', text: name }),
    item('HAS OBS CONTEXT', dcm('112040', 'Tracking Unique Identifier'), {
      type: 'UIDREF',
      uid: thingUid(result, name),
    }),
    ...children,
  ]);
}

/** A number and the two ends of its interval, where it has one, in percent. */
function estimated(concept: Code, { value, interval }: Estimate, image?: ResultImage): readonly Item[] {
  const source =
    image === undefined ? [] : [item('INFERRED FROM', dcm('121112', 'Source of Measurement'), imageContent(image))];
  const numbered = (code: Code, share: number): Item => ({
    ...percentItem(code, share, 'CONTAINS'),
    children: source,
  });
  if (interval === undefined) return [numbered(concept, value)];
  const of = `of the ${Math.round(interval.level * 100)} % interval of it`;
  return [
    numbered(concept, value),
    numbered(own(`${concept.value}-low`, `Lower end ${of}`), interval.low),
    numbered(own(`${concept.value}-high`, `Upper end ${of}`), interval.high),
  ];
}

/** What is no number: breast composition, the reason of a refusal, and the result in plain sentences. */
function evaluations(result: ModelResult): readonly Item[] {
  const { outcome } = result;
  return [
    ...(outcome.kind === 'refused'
      ? [
          item('CONTAINS', own('refusal', 'Reason why the study was not scored'), {
            type: 'CODE',
            code: own(outcome.reason, REFUSALS[outcome.reason]),
          }),
        ]
      : []),
    ...(outcome.kind === 'scored' && outcome.density !== undefined
      ? [
          item('CONTAINS', sct('129715009', 'Breast composition'), {
            type: 'CODE',
            code: densityCode(outcome.density.category),
          }),
        ]
      : []),
    item('CONTAINS', own('summary', 'Result in plain sentences'), {
      type: 'TEXT',
      text: resultSentences(result).join(' '),
    }),
  ];
}

const REFUSALS: Readonly<Record<RefusalReason, string>> = {
  modality: 'The images are of another kind than the model reads',
  'body-part': 'The images show another part of the body',
  view: 'The images show another view than the model reads',
  'for-processing': 'The images are for processing, not for presentation',
  laterality: 'The images do not say which side they show',
  implant: 'There is an implant in the images',
  'secondary-capture': 'The images are secondary captures',
  'many-frames': 'The images have more than one frame',
  colour: 'The images are in colour',
  pixels: 'The pixels cannot be read',
  unlike: 'The images are unlike those learned from',
  'missing-views': 'Views that the model needs are missing',
};
