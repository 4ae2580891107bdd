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

/** All that a header is made from. */
export interface FilmHeader {
  readonly person: SyntheticPerson;
  readonly device: Device;
  readonly view: View;
  readonly sizePx: number;
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
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly sopInstanceUid: string;
  readonly frameOfReferenceUid: string;
  readonly burnedIn: boolean;
}

const SOP_CLASS = {
  DX: '1.2.840.10008.5.1.4.1.1.1.1',
  CR: '1.2.840.10008.5.1.4.1.1.1',
} as const;

/** Width of a film in millimetres. */
const FILM_MM = 356;

/** The elements of a chest film's header, and those of its texts that identify someone. */
export function filmAttributes(header: FilmHeader): {
  readonly attributes: Attributes;
  readonly planted: readonly PlantedIdentifier[];
} {
  const { person, device } = header;
  const identifying: Attributes = {
    StudyInstanceUID: header.studyInstanceUid,
    SeriesInstanceUID: header.seriesInstanceUid,
    SOPInstanceUID: header.sopInstanceUid,
    FrameOfReferenceUID: header.frameOfReferenceUid,
    PatientName: person.name,
    PatientID: person.patientId,
    OtherPatientIDs: person.otherId,
    PatientBirthDate: person.birthDate,
    PatientAddress: person.address,
    PatientTelephoneNumbers: person.phone,
    StudyDate: header.date,
    AccessionNumber: header.accessionNumber,
    ReferringPhysicianName: header.referringPhysician,
    PerformingPhysicianName: header.performingPhysician,
    OperatorsName: header.operator,
    InstitutionName: header.hospital.name,
    InstitutionAddress: header.hospital.address,
    StationName: header.stationName,
    DeviceSerialNumber: header.serialNumber,
  };
  const block = '0019';
  return {
    attributes: {
      ...identifying,
      ...plainAttributes(header),
      StudyDescription: `Chest ${header.view} ${familyName(person.name)}`,
      RequestAttributesSequence: [
        { RequestedProcedureID: header.accessionNumber, ScheduledProcedureStepID: header.accessionNumber },
      ],
      [`${block},0010 LO`]: device.privateCreator,
      [`${block},1001 LO`]: header.privateIdentifier,
      [`${block},1002 PN`]: person.name,
    },
    planted: [
      ...Object.entries(identifying).map(([what, text]) => ({ what, text: String(text) })),
      { what: 'family name', text: familyName(person.name) },
      { what: 'private element', text: header.privateIdentifier },
    ],
  };
}

function plainAttributes(header: FilmHeader): Attributes {
  const { device, person, sizePx } = header;
  const spacingMm = FILM_MM / sizePx;
  return {
    SOPClassUID: SOP_CLASS[device.modality],
    ImageType: ['ORIGINAL', 'PRIMARY'],
    Modality: device.modality,
    Manufacturer: device.manufacturer,
    ManufacturerModelName: device.model,
    SoftwareVersions: device.softwareVersions,
    StudyTime: header.time,
    SeriesDate: header.date,
    AcquisitionDate: header.date,
    ContentDate: header.date,
    ContentTime: header.time,
    AcquisitionTime: header.time,
    SeriesDescription: `Thorax ${header.view}`,
    PatientSex: person.sex,
    PatientAge: `${String(header.ageYears).padStart(3, '0')}Y`,
    BodyPartExamined: 'CHEST',
    ViewPosition: header.view,
    PatientOrientation: ['L', 'F'],
    KVP: device.kvp,
    StudyID: '1',
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
