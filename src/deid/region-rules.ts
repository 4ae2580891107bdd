import { type DataSet, TAGS } from '#dicom';
import { tagOf } from '#vocab';

/** Where devices of one kind write names into their pictures. */
export interface RegionRule {
  /** Parts of Manufacturer and ManufacturerModelName, in capitals. */
  readonly manufacturer: string;
  readonly model: string;
  readonly modality: string;
  /** Any number of rows, of columns, when absent. */
  readonly rows?: number;
  readonly columns?: number;
  /**
   * Rectangles to black out: x, y, width, height; a negative x or y counts from the right or lower edge. What lies outside
   * the picture counts for nothing.
   */
  readonly black: readonly (readonly [x: number, y: number, width: number, height: number])[];
}

/** A band across the top, as wide as any picture. */
function band(height: number): RegionRule['black'] {
  return [[0, 0, 65535, height]];
}

/**
 * Version 1. Heights of the banners as published in the pixel script of RSNA's Clinical Trial Processor (CTP) and the
 * recipes of pydicom's deid; only rules that name maker, model and size are taken over, the band is always the whole width.
 */
export const REGION_RULES: readonly RegionRule[] = [
  { manufacturer: 'PHILIPS', model: 'IU22', modality: 'US', rows: 480, black: band(47) },
  { manufacturer: 'PHILIPS', model: 'IU22', modality: 'US', rows: 600, black: band(59) },
  { manufacturer: 'PHILIPS', model: 'IU22', modality: 'US', rows: 786, black: band(75) },
  { manufacturer: 'PHILIPS', model: 'EPIQ', modality: 'US', rows: 600, black: band(49) },
  { manufacturer: 'PHILIPS', model: 'EPIQ', modality: 'US', rows: 768, black: band(49) },
  { manufacturer: 'PHILIPS', model: 'AFFINITI 70G', modality: 'US', rows: 825, black: band(70) },
  { manufacturer: 'GE', model: 'LOGIQE', modality: 'US', rows: 614, black: band(75) },
  { manufacturer: 'GE', model: 'LOGIQS7', modality: 'US', rows: 720, black: band(67) },
  { manufacturer: 'GE', model: 'LOGIQS8', modality: 'US', rows: 873, black: band(65) },
  { manufacturer: 'GE', model: 'VOLUSON P8', modality: 'US', rows: 727, black: band(65) },
  { manufacturer: 'SIEMENS', model: 'S2000', modality: 'US', rows: 768, columns: 1024, black: band(60) },
  { manufacturer: 'SIEMENS', model: 'S3000', modality: 'US', rows: 768, black: band(60) },
  { manufacturer: 'SIEMENS', model: 'ACUSON NX3', modality: 'US', rows: 768, black: band(58) },
  { manufacturer: 'SIEMENS', model: 'X150', modality: 'US', rows: 600, black: band(50) },
  { manufacturer: 'ACUSON', model: 'SEQUOIA', modality: 'US', rows: 480, columns: 640, black: band(30) },
  { manufacturer: 'TOSHIBA', model: 'TUS-A300', modality: 'US', rows: 720, black: band(68) },
  { manufacturer: 'TOSHIBA', model: 'TUS-A500', modality: 'US', rows: 632, black: band(60) },
  { manufacturer: 'SUPERSONIC', model: 'AIXPLORER', modality: 'US', rows: 1050, columns: 1400, black: band(89) },
  { manufacturer: 'ESAOTE', model: '6100', modality: 'US', rows: 608, black: band(52) },
  { manufacturer: 'MEDISON', model: 'ACCUVIX V20', modality: 'US', rows: 768, black: band(65) },
];

/** The rules whose signature a file bears. */
export function rulesFor(dataset: DataSet, rules: readonly RegionRule[]): readonly RegionRule[] {
  const says = (keyword: string) => dataset.text(tagOf(keyword))?.toUpperCase() ?? '';
  const [manufacturer, model, modality] = [says('Manufacturer'), says('ManufacturerModelName'), says('Modality')];
  return rules.filter(
    (rule) =>
      manufacturer.includes(rule.manufacturer) &&
      model.includes(rule.model) &&
      modality === rule.modality &&
      (rule.rows === undefined || dataset.number(TAGS.rows) === rule.rows) &&
      (rule.columns === undefined || dataset.number(TAGS.columns) === rule.columns),
  );
}
