import { type Attributes, buildDicom, type DataSet, parseDicom } from '#dicom';
import { uidFrom } from './derived-ids.ts';
import {
  type Manifest,
  type ManifestCode,
  type ManifestIdentifier,
  type ManifestInstance,
  type ManifestSeries,
  modalitiesOf,
} from './manifest.ts';
import { schemeOf, systemOf } from './manifest-codes.ts';

export const KEY_OBJECT_SELECTION = '1.2.840.10008.5.1.4.1.1.88.59';

/**
 * A manifest as a DICOM key object selection with an image library, laid out as the published IHE MADO example: evidence
 * with places to retrieve from, then a group for each series. Codes of the scheme 99IHE are MADO's own, still temporary.
 */
export function kosOfManifest(manifest: Manifest): DataSet {
  const { accession, patient, series, studyInstanceUid } = manifest;
  const uid = documentUid(manifest);
  const instances = series.flatMap((one) => one.instances);
  return parseDicom(
    buildDicom({
      SOPClassUID: KEY_OBJECT_SELECTION,
      SOPInstanceUID: uid,
      StudyDate: manifest.studyStarted?.date ?? '',
      ContentDate: manifest.written.date,
      StudyTime: manifest.studyStarted?.time ?? '',
      ContentTime: manifest.written.time ?? '',
      AccessionNumber: accession?.value.slice(0, 16) ?? '',
      IssuerOfAccessionNumberSequence: issuerItem(accession),
      Modality: 'KO',
      Manufacturer: manifest.manufacturer?.slice(0, 64) ?? '',
      InstitutionName: manifest.institution?.slice(0, 64),
      ReferringPhysicianName: '',
      TimezoneOffsetFromUTC: manifest.timezone,
      StudyDescription: manifest.studyDescription?.slice(0, 64),
      SeriesDescription: manifest.title?.slice(0, 64),
      ReferencedPerformedProcedureStepSequence: [],
      PatientName: patient.name ?? '',
      PatientID: patient.id?.value ?? '',
      IssuerOfPatientID: plainIssuer(patient.id),
      IssuerOfPatientIDQualifiersSequence: issuerItem(patient.id),
      PatientBirthDate: patient.birthDate ?? '',
      PatientSex: patient.sex ?? '',
      StudyInstanceUID: studyInstanceUid,
      SeriesInstanceUID: uidFrom(`series of ${uid}`),
      StudyID: '',
      SeriesNumber: '1',
      InstanceNumber: '1',
      ValueType: 'CONTAINER',
      ConceptNameCodeSequence: [codeItem(concept('MADOTEMP001', '99IHE', 'Manifest with Description'))],
      ContinuityOfContent: 'SEPARATE',
      ReferencedRequestSequence: accession === undefined ? undefined : [requestItem(manifest, accession)],
      CurrentRequestedProcedureEvidenceSequence: [
        { ReferencedSeriesSequence: series.map(evidenceItem), StudyInstanceUID: studyInstanceUid },
      ],
      ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: '2010' }],
      ContentSequence: [library(manifest), ...instances.map(imageItem)],
    }),
  ).dataset;
}

/** The UID that names the manifest; one that follows from its identifier where that is no UID. */
function documentUid({ document, studyInstanceUid }: Manifest): string {
  const uid = /^urn:oid:([0-9.]{1,64})$/.exec(document.value)?.[1];
  return uid ?? uidFrom(`manifest ${document.issuer ?? ''} ${document.value} ${studyInstanceUid}`);
}

function requestItem({ studyInstanceUid, procedure }: Manifest, accession: ManifestIdentifier): Attributes {
  return {
    AccessionNumber: accession.value.slice(0, 16),
    IssuerOfAccessionNumberSequence: issuerItem(accession),
    ReferencedStudySequence: [],
    StudyInstanceUID: studyInstanceUid,
    RequestedProcedureDescription: procedure?.slice(0, 64) ?? '',
    RequestedProcedureCodeSequence: [],
    RequestedProcedureID: '',
    PlacerOrderNumberImagingServiceRequest: '',
    FillerOrderNumberImagingServiceRequest: '',
  };
}

/** An address as DICOM writes issuers (HL7v2 Hierarchic Designator macro). */
function issuerItem(identifier: ManifestIdentifier | undefined): readonly Attributes[] | undefined {
  const issuer = identifier?.issuer;
  if (issuer === undefined || plainIssuer(identifier) !== undefined) return undefined;
  const oid = /^urn:oid:(.+)$/.exec(issuer)?.[1];
  return [{ UniversalEntityID: oid ?? issuer, UniversalEntityIDType: oid === undefined ? 'URI' : 'ISO' }];
}

function plainIssuer(identifier: ManifestIdentifier | undefined): string | undefined {
  const issuer = identifier?.issuer;
  return issuer === undefined || /^[a-z][a-z0-9+.-]*:/i.test(issuer) ? undefined : issuer;
}

function evidenceItem({ retrieveUrl, retrieveLocationUid, instances, seriesInstanceUid }: ManifestSeries): Attributes {
  return {
    RetrieveURL: retrieveUrl,
    ReferencedSOPSequence: instances.map(referenceItem),
    SeriesInstanceUID: seriesInstanceUid,
    RetrieveLocationUID: plainUid(retrieveLocationUid),
  };
}

/** Where a FHIR manifest names a location by something else than a UID, DICOM has no place for it. */
function plainUid(text: string | undefined): string | undefined {
  return /^(?:urn:)?(?:oid:)?([0-2](?:\.(?:0|[1-9]\d*))+)$/.exec(text ?? '')?.[1];
}

function referenceItem({ sopClassUid, sopInstanceUid }: ManifestInstance): Attributes {
  return { ReferencedSOPClassUID: sopClassUid, ReferencedSOPInstanceUID: sopInstanceUid };
}

function library(manifest: Manifest): Attributes {
  const { regions = [], series } = manifest;
  return {
    RelationshipType: 'CONTAINS',
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [codeItem(concept('111028', 'DCM', 'Image Library'))],
    ContinuityOfContent: 'SEPARATE',
    ContentSequence: [
      ...modalitiesOf(manifest).map(modalityItem),
      ...regions.map(regionItem),
      {
        ...context('NUM', concept('MADOTEMP009', '99IHE', 'Number of Study Related Series')),
        MeasuredValueSequence: [
          {
            MeasurementUnitsCodeSequence: [codeItem(concept('{series}', 'UCUM', '{series}'))],
            NumericValue: String(series.length),
          },
        ],
      },
      ...series.map(group),
    ],
  };
}

function group(series: ManifestSeries): Attributes {
  const { description, number, region, seriesInstanceUid, started, instances, modality } = series;
  const text = (named: ManifestCode, value: string | number | undefined): readonly Attributes[] =>
    value === undefined ? [] : [{ ...context('TEXT', named), TextValue: String(value) }];
  return {
    RelationshipType: 'CONTAINS',
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [codeItem(concept('126200', 'DCM', 'Image Library Group'))],
    ContinuityOfContent: 'SEPARATE',
    ContentSequence: [
      ...(modality === undefined ? [] : [modalityItem(modality)]),
      ...(started === undefined
        ? []
        : [{ ...context('DATE', concept('MADOTEMP003', '99IHE', 'Series Date')), Date: started.date }]),
      ...(started?.time === undefined
        ? []
        : [{ ...context('TIME', concept('MADOTEMP004', '99IHE', 'Series Time')), Time: started.time }]),
      ...text(concept('MADOTEMP002', '99IHE', 'Series Description'), description),
      ...text(concept('113607', 'DCM', 'Series Number'), number),
      ...(region === undefined ? [] : [regionItem(region)]),
      { ...context('UIDREF', concept('112002', 'DCM', 'Series Instance UID')), UID: seriesInstanceUid },
      ...text(
        concept('MADOTEMP007', '99IHE', 'Number of Series Related Instances'),
        `(${instances.length}, UCUM, "instances")`,
      ),
      ...instances.flatMap((instance) => [
        ...text(concept('113609', 'DCM', 'Instance Number'), instance.number),
        ...text(concept('121140', 'DCM', 'Number of Frames'), instance.frames),
        imageItem(instance),
      ]),
    ],
  };
}

function imageItem(instance: ManifestInstance): Attributes {
  return { ReferencedSOPSequence: [referenceItem(instance)], RelationshipType: 'CONTAINS', ValueType: 'IMAGE' };
}

function modalityItem(code: string): Attributes {
  return {
    ...context('CODE', concept('121139', 'DCM', 'Modality')),
    ConceptCodeSequence: [codeItem(concept(code, 'DCM', code))],
  };
}

function regionItem(region: ManifestCode): Attributes {
  return { ...context('CODE', concept('123014', 'DCM', 'Target Region')), ConceptCodeSequence: [codeItem(region)] };
}

function context(valueType: string, named: ManifestCode): Attributes {
  return { RelationshipType: 'HAS ACQ CONTEXT', ValueType: valueType, ConceptNameCodeSequence: [codeItem(named)] };
}

function concept(code: string, scheme: string, display: string): ManifestCode {
  return { system: systemOf(scheme), code, display };
}

function codeItem({ system, code, display }: ManifestCode): Attributes {
  const value = code.length <= 16 ? { CodeValue: code } : { LongCodeValue: code };
  return { ...value, CodingSchemeDesignator: schemeOf(system), CodeMeaning: (display ?? code).slice(0, 64) };
}
