import type { Attributes } from '#dicom';
import type { Device } from './devices.ts';
import type { SyntheticPerson } from './people.ts';
import type { View } from './thorax.ts';

/** A text in a file that would identify its person; for audits that search for it elsewhere. */
export interface PlantedIdentifier {
  /** DICOM keyword, or `private element`. */
  readonly what: string;
  readonly text: string;
}

/** Who was examined where, when and by whom: all of a header that identifies somebody. */
export interface ExamIdentity {
  readonly person: SyntheticPerson;
  readonly hospital: { readonly name: string; readonly address: string };
  /** DICOM date and time of the examination. */
  readonly date: string;
  readonly time: string;
  readonly ageYears: number;
  readonly accessionNumber: string;
  readonly stationName: string;
  readonly serialNumber: string;
  readonly referringPhysician: string;
  readonly performingPhysician: string;
  readonly operator: string;
  /** The number a hospital information system hides in a private element. */
  readonly privateIdentifier: string;
  /** The block of private elements that the maker of the machine writes. */
  readonly privateCreator: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly sopInstanceUid: string;
}

/** All that the header of a chest film is made from. */
export interface FilmHeader extends Omit<ExamIdentity, 'privateCreator'> {
  readonly device: Device;
  readonly view: View;
  readonly sizePx: number;
  readonly frameOfReferenceUid: string;
  readonly burnedIn: boolean;
}

const SOP_CLASS = {
  DX: '1.2.840.10008.5.1.4.1.1.1.1',
  CR: '1.2.840.10008.5.1.4.1.1.1',
} as const;

/** Width of a film in millimetres. */
const FILM_MM = 356;

/** Elements of a header, and those of its texts that identify someone. */
export interface HeaderElements {
  readonly attributes: Attributes;
  readonly planted: readonly PlantedIdentifier[];
}

/** The elements of a chest film's header. */
export function filmAttributes(header: FilmHeader): HeaderElements {
  const { attributes, planted } = identityAttributes(
    { ...header, privateCreator: header.device.privateCreator },
    `Chest ${header.view}`,
  );
  const frame = header.frameOfReferenceUid;
  return {
    attributes: { ...attributes, FrameOfReferenceUID: frame, ...plainAttributes(header) },
    planted: [...planted, { what: 'FrameOfReferenceUID', text: frame }],
  };
}

/** What a header says of the person, the examination, the hospital and its staff, in elements of its own and hidden in others. */
export function identityAttributes(identity: ExamIdentity, study: string): HeaderElements {
  const { person } = identity;
  const identifying: Attributes = {
    StudyInstanceUID: identity.studyInstanceUid,
    SeriesInstanceUID: identity.seriesInstanceUid,
    SOPInstanceUID: identity.sopInstanceUid,
    PatientName: person.name,
    PatientID: person.patientId,
    OtherPatientIDs: person.otherId,
    PatientBirthDate: person.birthDate,
    PatientAddress: person.address,
    PatientTelephoneNumbers: person.phone,
    StudyDate: identity.date,
    AccessionNumber: identity.accessionNumber,
    ReferringPhysicianName: identity.referringPhysician,
    PerformingPhysicianName: identity.performingPhysician,
    OperatorsName: identity.operator,
    InstitutionName: identity.hospital.name,
    InstitutionAddress: identity.hospital.address,
    StationName: identity.stationName,
    DeviceSerialNumber: identity.serialNumber,
  };
  const block = '0019';
  return {
    attributes: {
      ...identifying,
      StudyTime: identity.time,
      SeriesDate: identity.date,
      AcquisitionDate: identity.date,
      ContentDate: identity.date,
      ContentTime: identity.time,
      AcquisitionTime: identity.time,
      PatientSex: person.sex,
      PatientAge: `${String(identity.ageYears).padStart(3, '0')}Y`,
      StudyID: '1',
      StudyDescription: `${study} ${familyName(person.name)}`,
      RequestAttributesSequence: [
        { RequestedProcedureID: identity.accessionNumber, ScheduledProcedureStepID: identity.accessionNumber },
      ],
      [`${block},0010 LO`]: identity.privateCreator,
      [`${block},1001 LO`]: identity.privateIdentifier,
      [`${block},1002 PN`]: person.name,
    },
    planted: [
      ...Object.entries(identifying).map(([what, text]) => ({ what, text: String(text) })),
      { what: 'family name', text: familyName(person.name) },
      { what: 'private element', text: identity.privateIdentifier },
    ],
  };
}

function plainAttributes(header: FilmHeader): Attributes {
  const { device, sizePx } = header;
  const spacingMm = FILM_MM / sizePx;
  return {
    SOPClassUID: SOP_CLASS[device.modality],
    ImageType: ['ORIGINAL', 'PRIMARY'],
    Modality: device.modality,
    Manufacturer: device.manufacturer,
    ManufacturerModelName: device.model,
    SoftwareVersions: device.softwareVersions,
    SeriesDescription: `Thorax ${header.view}`,
    BodyPartExamined: 'CHEST',
    ViewPosition: header.view,
    PatientOrientation: ['L', 'F'],
    KVP: device.kvp,
    SeriesNumber: 1,
    InstanceNumber: 1,
    Laterality: device.modality === 'CR' ? '' : undefined,
    ImageLaterality: device.modality === 'DX' ? 'U' : undefined,
    BurnedInAnnotation: header.burnedIn ? 'YES' : 'NO',
    LossyImageCompression: '00',
    ImagerPixelSpacing: [spacingMm, spacingMm],
    PositionReferenceIndicator: '',
    RescaleIntercept: 0,
    RescaleSlope: 1,
    RescaleType: 'US',
    ...(device.modality === 'DX' ? digitalAttributes(device) : {}),
  };
}

/** What the DX image object asks for beyond CR (PS3.3 tables A.26-1 and C.8-70 to C.8-73). */
function digitalAttributes(device: Device): Attributes {
  return {
    PresentationIntentType: 'FOR PRESENTATION',
    PresentationLUTShape: device.photometric === 'MONOCHROME1' ? 'INVERSE' : 'IDENTITY',
    PixelIntensityRelationship: 'LOG',
    PixelIntensityRelationshipSign: -1,
    DetectorType: 'SCINTILLATOR',
    WindowCenter: 2048,
    WindowWidth: 4096,
    AcquisitionContextSequence: [],
    AnatomicRegionSequence: [{ CodeValue: '51185008', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Chest' }],
  };
}

function familyName(name: string): string {
  return name.split('^')[0] ?? name;
}
