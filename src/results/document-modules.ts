import { type Attributes, buildDicom } from '#dicom';
import { PRIVATE_SCHEME } from './code.ts';
import { type Item, treeAttributes } from './content-item.ts';
import type { ModelResult, ResultImage } from './model-result.ts';
import { type ObjectKind, objectUid, seriesUid } from './object-uid.ts';

/** Kinds that are written here; the manifest is written by the room of manifests. */
type SeriesKind = Exclude<ObjectKind, 'document' | 'manifest'>;

/** Every one says here that it is research: templates of reports have no place for it, and viewers show this. */
const SERIES_OF: Readonly<Record<SeriesKind, { readonly number: number; readonly says: string }>> = {
  'cad-sr': { number: 9001, says: 'AI findings (CAD SR), research use' },
  'measurement-report': { number: 9002, says: 'AI measurements (SR), research use' },
  segmentation: { number: 9003, says: 'AI localisation (SEG), research use' },
  'heat-map': { number: 9004, says: 'AI heat map, research use' },
};

/**
 * Elements that every object of a result has: patient and study as their images have them, a series of its own, the
 * model as equipment, and when it was made.
 */
export function commonAttributes(
  result: ModelResult,
  kind: SeriesKind,
  what: { readonly sopClassUid: string; readonly modality: string; readonly of?: string; readonly number?: number },
): Attributes {
  const { study, model, reckoned } = result;
  const { number, says } = SERIES_OF[kind];
  return {
    SOPClassUID: what.sopClassUid,
    SOPInstanceUID: objectUid(result, kind, what.of),
    ...patientAndStudy(study),
    TimezoneOffsetFromUTC: reckoned.zone,
    Modality: what.modality,
    SeriesInstanceUID: seriesUid(result, kind),
    SeriesNumber: number,
    SeriesDescription: says,
    SeriesDate: reckoned.date,
    SeriesTime: reckoned.time,
    InstanceNumber: what.number ?? 1,
    ContentDate: reckoned.date,
    ContentTime: reckoned.time,
    Manufacturer: model.manufacturer,
    ManufacturerModelName: model.name,
    DeviceSerialNumber: model.digest.slice(0, 64),
    SoftwareVersions: model.version,
  };
}

/** Elements of the patient and study modules that have to stand, empty where unknown (type 2). */
const NEEDED = [
  'PatientName',
  'PatientID',
  'PatientBirthDate',
  'PatientSex',
  'StudyDate',
  'StudyTime',
  'ReferringPhysicianName',
  'StudyID',
  'AccessionNumber',
] as const;

/** Those that are taken over where the images have them. */
export const STUDY_KEYWORDS = [
  ...NEEDED,
  'StudyInstanceUID',
  'StudyDescription',
  'IssuerOfPatientID',
  'PatientIdentityRemoved',
  'DeidentificationMethod',
] as const;

function patientAndStudy(study: ModelResult['study']): Attributes {
  const taken = STUDY_KEYWORDS.map((keyword) => [keyword, study[keyword]] as const);
  return {
    ...Object.fromEntries(NEEDED.map((keyword) => [keyword, ''])),
    ...Object.fromEntries(taken.filter(([, value]) => value !== undefined && value !== '')),
  };
}

/** Instances by series, as evidence sequences list them. */
function evidence(
  studyInstanceUid: string,
  images: readonly Pick<ResultImage, 'seriesInstanceUid' | 'sopClassUid' | 'sopInstanceUid'>[],
): Attributes {
  const series = [...new Set(images.map(({ seriesInstanceUid }) => seriesInstanceUid))];
  return {
    StudyInstanceUID: studyInstanceUid,
    ReferencedSeriesSequence: series.map((uid) => ({
      SeriesInstanceUID: uid,
      ReferencedSOPSequence: images
        .filter(({ seriesInstanceUid }) => seriesInstanceUid === uid)
        .map(({ sopClassUid, sopInstanceUid }) => ({
          ReferencedSOPClassUID: sopClassUid,
          ReferencedSOPInstanceUID: sopInstanceUid,
        })),
    })),
  };
}

/**
 * A structured report as a file (PS3.3 section A.35): complete and verified by nobody. It names the report of an earlier
 * version of the model that it replaces.
 */
export function reportFile(
  result: ModelResult,
  kind: 'cad-sr' | 'measurement-report',
  sopClassUid: string,
  root: Item,
): Uint8Array {
  const { study, images, model } = result;
  const earlier =
    model.replaces === undefined
      ? undefined
      : {
          seriesInstanceUid: seriesUid(result, kind, model.replaces),
          sopClassUid,
          sopInstanceUid: objectUid(result, kind, '', model.replaces),
        };
  return buildDicom({
    ...commonAttributes(result, kind, { sopClassUid, modality: 'SR' }),
    CodingSchemeIdentificationSequence: [
      {
        CodingSchemeDesignator: PRIVATE_SCHEME,
        CodingSchemeName: 'UNICA result concepts',
        CodingSchemeResponsibleOrganization: 'UNICA',
      },
    ],
    ReferencedPerformedProcedureStepSequence: [],
    CompletionFlag: 'COMPLETE',
    VerificationFlag: 'UNVERIFIED',
    PerformedProcedureCodeSequence: [],
    CurrentRequestedProcedureEvidenceSequence: [evidence(study.StudyInstanceUID, images)],
    ...(earlier === undefined ? {} : { PredecessorDocumentsSequence: [evidence(study.StudyInstanceUID, [earlier])] }),
    ...treeAttributes(root),
  });
}
