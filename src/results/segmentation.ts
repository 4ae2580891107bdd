import { type Attributes, buildDicom } from '#dicom';
import { FINDING_WORDS } from './cad-parts.ts';
import { codeItem, dcm, sct } from './code.ts';
import { commonAttributes } from './document-modules.ts';
import { findingCode, TASK_CODES } from './measurement-report.ts';
import { type FindingKind, type ModelResult, RESEARCH_SENTENCE, type ResultImage } from './model-result.ts';
import { thingUid } from './object-uid.ts';
import { markMap, markOutline } from './outline-mask.ts';

const SOP_CLASS = '1.2.840.10008.5.1.4.1.1.66.4';

/** The part of a map's height from which on a pixel belongs to the marked region. */
const MAP_SHARE = 0.5;

interface Segment {
  readonly kind: FindingKind | 'map';
  readonly label: string;
  readonly says: string;
  /** [row, column], 0 or 1 */
  readonly mask: Uint8Array;
}

/**
 * Where a model points in an image, as binary Segmentation (PS3.3 section A.51): a file. One segment for each kind of
 * finding that has outlines; where none has, one for the region in which the map is at least half as high as at its
 * highest. Undefined where there is neither.
 */
export function segmentation(result: ModelResult, image: ResultImage): Uint8Array | undefined {
  const segments = segmentsOf(image);
  if (segments.length === 0) return undefined;
  const { rows, columns } = image;
  const number = result.images.indexOf(image) + 1;
  const { site } = TASK_CODES[result.task];
  return buildDicom({
    ...commonAttributes(result, 'segmentation', {
      sopClassUid: SOP_CLASS,
      modality: 'SEG',
      of: image.sopInstanceUid,
      number,
    }),
    // A projection has no frame of reference of its own (PS3.3 section A.51.3): one is named all the same, as viewers ask for it.
    FrameOfReferenceUID: image.frameOfReferenceUid ?? thingUid(result, `frame of reference ${image.sopInstanceUid}`),
    PositionReferenceIndicator: '',
    PatientOrientation: image.patientOrientation ?? '',
    ImageType: ['DERIVED', 'PRIMARY'],
    ContentLabel: 'AI_LOCALISATION',
    ContentDescription: RESEARCH_SENTENCE.slice(0, 64),
    ContentCreatorName: '',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    PixelRepresentation: 0,
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    LossyImageCompression: '00',
    SegmentationType: 'BINARY',
    SegmentsOverlap: 'UNDEFINED',
    Rows: rows,
    Columns: columns,
    NumberOfFrames: segments.length,
    SegmentSequence: segments.map(({ kind, label, says }, index) => ({
      SegmentNumber: index + 1,
      SegmentLabel: label,
      SegmentDescription: says,
      SegmentAlgorithmType: 'AUTOMATIC',
      SegmentAlgorithmName: `${result.model.name} ${result.model.version}`.slice(0, 64),
      AnatomicRegionSequence: [codeItem(site)],
      SegmentedPropertyCategoryCodeSequence: [codeItem(sct('49755003', 'Morphologically Abnormal Structure'))],
      SegmentedPropertyTypeCodeSequence: [codeItem(kind === 'map' ? sct('52988006', 'Lesion') : findingCode(kind))],
      TrackingID: `${label} ${number}`,
      TrackingUID: thingUid(result, `segment ${image.sopInstanceUid} ${kind}`),
    })),
    ReferencedSeriesSequence: [
      {
        SeriesInstanceUID: image.seriesInstanceUid,
        ReferencedInstanceSequence: [
          { ReferencedSOPClassUID: image.sopClassUid, ReferencedSOPInstanceUID: image.sopInstanceUid },
        ],
      },
    ],
    ...functionalGroups(result, image, segments.length),
    '7fe0,0010 OB': packed(segments.map(({ mask }) => mask)),
  });
}

function segmentsOf(image: ResultImage): readonly Segment[] {
  const size = { rows: image.rows, columns: image.columns };
  const kinds = [...new Set(image.findings.filter(({ outline }) => outline !== undefined).map(({ kind }) => kind))];
  const outlined = kinds.map((kind): Segment => {
    const mask = new Uint8Array(size.rows * size.columns);
    for (const finding of image.findings) {
      if (finding.kind === kind && finding.outline !== undefined) markOutline(mask, size, finding.outline);
    }
    const word = FINDING_WORDS[kind];
    return { kind, label: word, says: `Outline of a ${word} as an AI model sees it; research use.`, mask };
  });
  if (outlined.length > 0 || image.map === undefined) return outlined;
  const mask = new Uint8Array(size.rows * size.columns);
  markMap(mask, size, image.map, MAP_SHARE);
  if (!mask.includes(1)) return [];
  const doubt = image.map.faithful ? '' : ' The map is not faithful to the model.';
  const says = `Where the map of ${image.map.method} is at least half as high as at its highest; research use.${doubt}`;
  return [{ kind: 'map', label: 'region of attention', says, mask }];
}

/** Tags as values: (0062,000B) and (0062,000A), little endian. */
const REFERENCED_SEGMENT_NUMBER = Uint8Array.of(0x62, 0x00, 0x0b, 0x00);
const SEGMENT_IDENTIFICATION = Uint8Array.of(0x62, 0x00, 0x0a, 0x00);

/** PS3.3 section C.7.6.16: what holds for all frames, and what for each. */
function functionalGroups(result: ModelResult, image: ResultImage, frames: number): Attributes {
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: thingUid(result, 'dimensions') }],
    DimensionIndexSequence: [
      {
        DimensionOrganizationUID: thingUid(result, 'dimensions'),
        DimensionIndexPointer: REFERENCED_SEGMENT_NUMBER,
        FunctionalGroupPointer: SEGMENT_IDENTIFICATION,
        DimensionDescriptionLabel: 'Segment',
      },
    ],
    SharedFunctionalGroupsSequence: [{}],
    PerFrameFunctionalGroupsSequence: Array.from({ length: frames }, (_, index) => ({
      FrameContentSequence: [{ DimensionIndexValues: [index + 1] }],
      SegmentIdentificationSequence: [{ ReferencedSegmentNumber: [index + 1] }],
      DerivationImageSequence: [
        {
          DerivationDescription: 'Localisation by an AI model',
          DerivationCodeSequence: [codeItem(dcm('113076', 'Segmentation'))],
          SourceImageSequence: [
            {
              ReferencedSOPClassUID: image.sopClassUid,
              ReferencedSOPInstanceUID: image.sopInstanceUid,
              PurposeOfReferenceCodeSequence: [codeItem(dcm('121322', 'Source image for image processing operation'))],
              SpatialLocationsPreserved: 'YES',
            },
          ],
        },
      ],
    })),
  };
}

/** Frames one behind the other, eight pixels a byte, the first in the lowest bit (PS3.5 section 8.1.1). */
function packed(masks: readonly Uint8Array[]): Uint8Array {
  const bits = masks.reduce((sum, mask) => sum + mask.length, 0);
  const bytes = new Uint8Array(2 * Math.ceil(bits / 16));
  let at = 0;
  for (const mask of masks) {
    for (const value of mask) {
      if (value !== 0) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
      at += 1;
    }
  }
  return bytes;
}
