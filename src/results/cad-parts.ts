import { type Code, dcm, MILLIMETRE, PERCENT, sct } from './code.ts';
import { type Item, item, type Relationship, reference } from './content-item.ts';
import type { Estimate, FindingKind, Interval, ModelResult, ResultFinding, ResultImage } from './model-result.ts';
import { RESEARCH_SENTENCE } from './model-result.ts';

/** TID 1204. */
export function language(): Item {
  return item('HAS CONCEPT MOD', dcm('121049', 'Language of Content Item and Descendants'), {
    type: 'CODE',
    code: { value: 'en', scheme: 'RFC5646', meaning: 'English' },
  });
}

/** TID 4019: which model, and which weights. */
export function algorithm(relationship: Relationship, { model }: ModelResult): readonly Item[] {
  return [
    item(relationship, dcm('111001', 'Algorithm Name'), { type: 'TEXT', text: model.name }),
    item(relationship, dcm('111003', 'Algorithm Version'), { type: 'TEXT', text: model.version }),
    item(relationship, dcm('111002', 'Algorithm Parameters'), { type: 'TEXT', text: `weights sha256 ${model.digest}` }),
  ];
}

const VIEWS: Readonly<Record<string, Code>> = {
  CC: sct('399162004', 'cranio-caudal'),
  MLO: sct('399368009', 'medio-lateral oblique'),
  ML: sct('399260004', 'medial-lateral'),
  LM: sct('399352003', 'latero-medial'),
  PA: sct('272479007', 'postero-anterior'),
  AP: sct('399348003', 'antero-posterior'),
  LL: sct('399173006', 'left lateral'),
  RL: sct('399198007', 'right lateral'),
};

/** The code of a view, where it is one that we know. */
export function viewCode(view: string | undefined): Code | undefined {
  return view === undefined ? undefined : VIEWS[view];
}

/** An image of the library (TID 4020), with what is known of how it was taken. */
function libraryEntry(image: ResultImage, side: Code | undefined, study: ModelResult['study']): Item {
  const view = viewCode(image.view);
  const [row, column] = image.patientOrientation ?? [];
  const text = (concept: Code, value: string | undefined) =>
    value === undefined ? undefined : item('HAS ACQ CONTEXT', concept, { type: 'TEXT', text: value });
  const moment = (type: 'DATE' | 'TIME', concept: Code, value: string | undefined) =>
    value === undefined ? undefined : item('HAS ACQ CONTEXT', concept, { type, moment: value });
  const spacing = (concept: Code, value: number | undefined) =>
    value === undefined ? undefined : item('HAS ACQ CONTEXT', concept, { type: 'NUM', value, unit: MILLIMETRE });
  return item('CONTAINS', undefined, imageContent(image), [
    side && item('HAS ACQ CONTEXT', dcm('111027', 'Image Laterality'), { type: 'CODE', code: side }),
    view && item('HAS ACQ CONTEXT', dcm('111031', 'Image View'), { type: 'CODE', code: view }),
    text(dcm('111044', 'Patient Orientation Row'), row),
    text(dcm('111043', 'Patient Orientation Column'), column),
    moment('DATE', dcm('111060', 'Study Date'), study['StudyDate'] || undefined),
    moment('TIME', dcm('111061', 'Study Time'), study['StudyTime'] || undefined),
    moment('DATE', dcm('111018', 'Content Date'), image.contentDate),
    moment('TIME', dcm('111019', 'Content Time'), image.contentTime),
    spacing(dcm('111026', 'Horizontal Pixel Spacing'), image.spacingMm?.[1]),
    spacing(dcm('111066', 'Vertical Pixel Spacing'), image.spacingMm?.[0]),
  ]);
}

export function imageContent({ sopClassUid, sopInstanceUid }: Pick<ResultImage, 'sopClassUid' | 'sopInstanceUid'>) {
  return { type: 'IMAGE', sopClassUid, sopInstanceUid } as const;
}

/** The images of the result by their UID, as items of the library, so that others can refer to them. */
export type Library = ReadonlyMap<string, Item>;

/** The images of a result, of the sides named so. */
export function libraryOf({ images, study }: ModelResult, sides: Readonly<Record<'L' | 'R', Code>>): Library {
  return new Map(
    images.map((image) => [
      image.sopInstanceUid,
      libraryEntry(image, image.laterality && sides[image.laterality], study),
    ]),
  );
}

/** The library as a part of the report. */
export function libraryItem(library: Library): Item {
  return item('CONTAINS', dcm('111028', 'Image Library'), { type: 'CONTAINER' }, [...library.values()]);
}

/** The item of an image. */
export function inLibrary(library: Library, { sopInstanceUid }: ResultImage): Item {
  const found = library.get(sopInstanceUid);
  if (found === undefined) throw new RangeError('the image is not among those of the result');
  return found;
}

/** Whether the pictures are shown is for the reader to say. */
export function renderingIntent(): Item {
  return item('HAS CONCEPT MOD', dcm('111056', 'Rendering Intent'), {
    type: 'CODE',
    code: dcm('111151', 'Presentation Optional: Rendering device may present'),
  });
}

/** Where a finding lies (TID 4021, TID 4107): its centre, and its outline where there is one. */
export function geometry(finding: ResultFinding, image: Item): readonly Item[] {
  const { centre, outline } = finding;
  const selected = [reference('SELECTED FROM', image)];
  return [
    item(
      'HAS PROPERTIES',
      dcm('111010', 'Center'),
      { type: 'SCOORD', graphic: 'POINT', points: [centre.column, centre.row] },
      selected,
    ),
    ...(outline === undefined
      ? []
      : [
          item(
            'HAS PROPERTIES',
            dcm('111041', 'Outline'),
            { type: 'SCOORD', graphic: 'POLYLINE', points: closed(outline) },
            selected,
          ),
        ]),
  ];
}

/** Corners as coordinates; the first once more at the end, which makes the line a closed one. */
export function closed(outline: NonNullable<ResultFinding['outline']>): readonly number[] {
  const [first] = outline;
  return [...outline, ...(first === undefined ? [] : [first])].flatMap(({ column, row }) => [column, row]);
}

/** A share as percent. */
export function percentItem(concept: Code, share: number, relationship: Relationship = 'HAS PROPERTIES'): Item {
  return item(relationship, concept, { type: 'NUM', value: Math.min(100, Math.max(0, share * 100)), unit: PERCENT });
}

/** What was detected (TID 4015, TID 4017) or analysed (TID 4016, TID 4018), and whether it went well. */
export function performed(
  result: ModelResult,
  library: Library,
  what: 'Detection' | 'Analysis',
  codes: readonly Code[],
): Item {
  const [summary, one, good, bad] =
    what === 'Detection'
      ? [
          dcm('111064', 'Summary of Detections'),
          dcm('111022', 'Detection Performed'),
          dcm('111063', 'Successful Detections'),
          dcm('111025', 'Failed Detections'),
        ]
      : [
          dcm('111065', 'Summary of Analyses'),
          dcm('111004', 'Analysis Performed'),
          dcm('111062', 'Successful Analyses'),
          dcm('111024', 'Failed Analyses'),
        ];
  const went = result.outcome.kind === 'scored';
  const status =
    codes.length === 0 ? dcm('111225', 'Not Attempted') : went ? dcm('111222', 'Succeeded') : dcm('111224', 'Failed');
  const list = item(
    'INFERRED FROM',
    went ? good : bad,
    { type: 'CONTAINER' },
    codes.map((code) =>
      item('CONTAINS', one, { type: 'CODE', code }, [
        ...algorithm('HAS PROPERTIES', result),
        ...result.images.map((image) => reference('HAS PROPERTIES', inLibrary(library, image))),
      ]),
    ),
  );
  return item('CONTAINS', summary, { type: 'CODE', code: status }, codes.length === 0 ? [] : [list]);
}

/** CID 6047. */
export function summaryCode(result: ModelResult): Code {
  if (result.outcome.kind === 'refused') return dcm('111245', 'No algorithms succeeded; without findings');
  return result.images.some(({ findings }) => findings.length > 0)
    ? dcm('111242', 'All algorithms succeeded; with findings')
    : dcm('111241', 'All algorithms succeeded; without findings');
}

/** Findings with the image that they are in. */
export function placedFindings(
  result: ModelResult,
): readonly { readonly image: ResultImage; readonly finding: ResultFinding }[] {
  if (result.outcome.kind === 'refused') return [];
  return result.images.flatMap((image) => image.findings.map((finding) => ({ image, finding })));
}

export const FINDING_WORDS: Readonly<Record<FindingKind, string>> = {
  mass: 'mass',
  calcifications: 'group of calcifications',
  distortion: 'architectural distortion',
  nodule: 'lung nodule',
  opacity: 'opacity in the chest',
};

/** Such as "3.1 % (90 % interval 1.9 % to 5.0 %)"; where no interval is known, that is said. */
function shownEstimate({ value, interval }: Estimate): string {
  return `${shownPercent(value)} (${interval === undefined ? 'interval not known' : shownInterval(interval)})`;
}

/** Such as "90 % interval 1.9 % to 5.0 %". */
export function shownInterval({ low, high, level }: Interval): string {
  return `${Math.round(level * 100)} % interval ${shownPercent(low)} to ${shownPercent(high)}`;
}

function shownPercent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** The result in plain sentences, uncertainty said with each number. */
export function resultSentences(result: ModelResult): readonly string[] {
  const { outcome, model, task } = result;
  const by = `${model.name} ${model.version}.`;
  if (outcome.kind === 'refused') return [`Not scored: ${outcome.says}`, by, RESEARCH_SENTENCE];
  const asked = task === 'breast-risk' ? 'Probability of breast cancer now' : 'Probability of a lung nodule or mass';
  const found = placedFindings(result).length;
  return [
    `${asked}: ${shownEstimate(outcome.score)}.`,
    ...(outcome.risks ?? []).map(
      ({ years, estimate }) =>
        `Risk of breast cancer within ${years} ${years === 1 ? 'year' : 'years'}: ${shownEstimate(estimate)}.`,
    ),
    ...(outcome.density === undefined ? [] : [`Breast composition: ${outcome.density.category}.`]),
    found === 0 ? 'No place was marked.' : `${found} ${found === 1 ? 'place was' : 'places were'} marked.`,
    ...(outcome.remarks ?? []),
    by,
    RESEARCH_SENTENCE,
  ];
}
