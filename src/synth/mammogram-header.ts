import type { Attributes } from '#dicom';
import { type ExamIdentity, type HeaderElements, identityAttributes } from './film-header.ts';
import type { ScreeningView } from './screening-exam.ts';
import type { MammographyDevice } from './screening-sites.ts';

/** Digital Mammography X-Ray Image Storage, For Presentation. */
const SOP_CLASS = '1.2.840.10008.5.1.4.1.1.1.2';

/** Context group 4014, view for mammography. */
const VIEW_CODES = {
  CC: { CodeValue: '399162004', CodeMeaning: 'cranio-caudal' },
  MLO: { CodeValue: '399368009', CodeMeaning: 'medio-lateral oblique' },
} as const;

/** All that the header of a mammogram is made from. */
export interface MammogramHeader {
  readonly identity: ExamIdentity;
  readonly device: MammographyDevice;
  readonly picture: ScreeningView;
  /** Place in the examination, from 1. */
  readonly instanceNumber: number;
  readonly implants: boolean;
}

/** The elements of a mammogram's header: the mammography image object of PS3.3 section A.27. */
export function mammogramAttributes({
  identity,
  device,
  picture,
  instanceNumber,
  implants,
}: MammogramHeader): HeaderElements {
  const { attributes, planted } = identityAttributes(identity, 'Mammography screening');
  const { frame, laterality, view } = picture;
  const spacing = [...(frame.pixelSpacingMm ?? [])];
  const isRight = laterality === 'R';
  return {
    attributes: {
      ...attributes,
      SOPClassUID: SOP_CLASS,
      ImageType: ['ORIGINAL', 'PRIMARY', ''],
      Modality: 'MG',
      Manufacturer: device.manufacturer,
      ManufacturerModelName: device.model,
      SoftwareVersions: device.softwareVersions,
      SeriesDescription: `${laterality} ${view}`,
      SeriesNumber: 1,
      InstanceNumber: instanceNumber,
      BodyPartExamined: 'BREAST',
      ViewPosition: view,
      ImageLaterality: laterality,
      // Rows run from the chest wall to the nipple on the left side and back on the right one.
      PatientOrientation: [isRight ? 'P' : 'A', view === 'CC' ? (isRight ? 'L' : 'R') : isRight ? 'FL' : 'FR'],
      PresentationIntentType: 'FOR PRESENTATION',
      PresentationLUTShape: frame.photometricInterpretation === 'MONOCHROME1' ? 'INVERSE' : 'IDENTITY',
      PixelIntensityRelationship: 'LOG',
      PixelIntensityRelationshipSign: frame.photometricInterpretation === 'MONOCHROME1' ? 1 : -1,
      RescaleIntercept: 0,
      RescaleSlope: 1,
      RescaleType: 'US',
      LossyImageCompression: '00',
      BurnedInAnnotation: 'NO',
      WindowCenter: frame.windowCenter,
      WindowWidth: frame.windowWidth,
      ImagerPixelSpacing: spacing,
      ...viewAttributes(picture, implants),
      ...acquisitionAttributes(device, picture),
    },
    planted,
  };
}

function viewAttributes({ view, angleDegrees }: ScreeningView, implants: boolean): Attributes {
  return {
    PositionerType: 'MAMMOGRAPHIC',
    PositionerPrimaryAngle: angleDegrees,
    OrganExposed: 'BREAST',
    BreastImplantPresent: implants ? 'YES' : 'NO',
    PartialView: 'NO',
    AnatomicRegionSequence: [{ CodeValue: '76752008', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Breast' }],
    ViewCodeSequence: [{ ...VIEW_CODES[view], CodingSchemeDesignator: 'SCT', ViewModifierCodeSequence: [] }],
    AcquisitionContextSequence: [],
  };
}

function acquisitionAttributes(device: MammographyDevice, { thicknessMm }: ScreeningView): Attributes {
  return {
    KVP: device.kvp,
    AnodeTargetMaterial: device.anodeTargetMaterial,
    FilterMaterial: device.filterMaterial,
    DetectorType: device.detectorType,
    BodyPartThickness: Math.round(thicknessMm),
    // A little more force for a thicker breast, in newtons.
    CompressionForce: Math.round(60 + 0.9 * thicknessMm),
    Grid: ['FOCUSED', 'RECIPROCATING'],
    EstimatedRadiographicMagnificationFactor: 1,
  };
}
