import { attributeOf, tagHex, tagOf } from '#vocab';

/** What a search is for (PS3.18 section 10.6). */
export type SearchLevel = 'study' | 'series' | 'instance';

/** How values of an attribute are compared; 'shown' ones are told and cannot be searched by. */
export type Matching = 'uid' | 'text' | 'code-list' | 'date' | 'time' | 'number' | 'shown';

/** An attribute that searches know. */
export interface SearchAttribute {
  readonly keyword: string;
  /** Eight upper-case hexadecimal digits. */
  readonly tag: string;
  readonly vr: string;
  readonly level: SearchLevel;
  readonly matching: Matching;
  /** True when every answer has it; the others come when asked for by `includefield` or searched by. */
  readonly always: boolean;
}

const ROWS: readonly (readonly [level: SearchLevel, keyword: string, matching: Matching, always: boolean])[] = [
  ['study', 'StudyInstanceUID', 'uid', true],
  ['study', 'StudyDate', 'date', true],
  ['study', 'StudyTime', 'time', true],
  ['study', 'AccessionNumber', 'text', true],
  ['study', 'ModalitiesInStudy', 'code-list', true],
  ['study', 'ReferringPhysicianName', 'shown', true],
  ['study', 'PatientName', 'text', true],
  ['study', 'PatientID', 'text', true],
  ['study', 'PatientBirthDate', 'shown', true],
  ['study', 'PatientSex', 'text', true],
  ['study', 'StudyID', 'text', true],
  ['study', 'StudyDescription', 'text', true],
  ['study', 'NumberOfStudyRelatedSeries', 'shown', true],
  ['study', 'NumberOfStudyRelatedInstances', 'shown', true],
  ['series', 'SeriesInstanceUID', 'uid', true],
  ['series', 'Modality', 'text', true],
  ['series', 'SeriesNumber', 'number', true],
  ['series', 'SeriesDescription', 'text', true],
  ['series', 'SeriesDate', 'date', true],
  ['series', 'SeriesTime', 'time', true],
  ['series', 'PerformedProcedureStepStartDate', 'date', true],
  ['series', 'PerformedProcedureStepStartTime', 'time', true],
  ['series', 'BodyPartExamined', 'text', true],
  ['series', 'Laterality', 'text', false],
  ['series', 'Manufacturer', 'text', false],
  ['series', 'NumberOfSeriesRelatedInstances', 'shown', true],
  ['instance', 'SOPInstanceUID', 'uid', true],
  ['instance', 'SOPClassUID', 'uid', true],
  ['instance', 'InstanceNumber', 'number', true],
  ['instance', 'Rows', 'number', true],
  ['instance', 'Columns', 'number', true],
  ['instance', 'BitsAllocated', 'number', true],
  ['instance', 'NumberOfFrames', 'number', true],
  ['instance', 'AvailableTransferSyntaxUID', 'uid', true],
  ['instance', 'ImageLaterality', 'text', false],
  ['instance', 'ViewPosition', 'text', false],
  ['instance', 'PhotometricInterpretation', 'text', false],
];

/** Everything searches know, study level first. */
export const SEARCH_ATTRIBUTES: readonly SearchAttribute[] = ROWS.map(([level, keyword, matching, always]) => {
  const tag = tagOf(keyword);
  return {
    keyword,
    tag: tagHex(tag).toUpperCase(),
    vr: attributeOf(tag)?.vr ?? 'UN',
    level,
    matching,
    always,
  };
});

const BY_NAME = new Map(
  SEARCH_ATTRIBUTES.flatMap((attribute) => [
    [attribute.keyword, attribute],
    [attribute.tag, attribute],
  ]),
);

/** The attribute of a keyword or of eight hexadecimal digits; undefined where searches do not know it. */
export function searchAttribute(name: string): SearchAttribute | undefined {
  return BY_NAME.get(name) ?? BY_NAME.get(name.toUpperCase());
}

/** Studies hold series, series hold instances. */
export const LEVEL_DEPTH: Readonly<Record<SearchLevel, number>> = { study: 0, series: 1, instance: 2 };
