import { bundleOfManifest, kosFromBundle, type Manifest } from '#fhir';
import type { ModelResult } from './model-result.ts';
import { objectUid } from './object-uid.ts';

/** An object that a result became, as a manifest lists it. */
export interface WrittenObject {
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly seriesInstanceUid: string;
  readonly modality: string;
}

/** The objects of a result as an imaging manifest (IHE MADO): a DICOM key object selection, a file. */
export function resultManifest(result: ModelResult, objects: readonly WrittenObject[]): Uint8Array {
  return kosFromBundle(bundleOfManifest(manifestOf(result, objects)));
}

function manifestOf(result: ModelResult, objects: readonly WrittenObject[]): Manifest {
  const { study, reckoned, model } = result;
  const series = [...new Map(objects.map((object) => [object.seriesInstanceUid, object.modality])).entries()];
  return {
    // Of the objects too: the manifest of other forms of the same result is another one.
    document: {
      value: `urn:oid:${objectUid(result, 'manifest', objects.map(({ sopInstanceUid }) => sopInstanceUid).join(' '))}`,
    },
    written: reckoned,
    timezone: reckoned.zone,
    title: 'AI results, research use',
    studyInstanceUid: study.StudyInstanceUID,
    studyDescription: study['StudyDescription'] || undefined,
    studyStarted: study['StudyDate'] ? { date: study['StudyDate'], time: study['StudyTime'] || undefined } : undefined,
    accession: study['AccessionNumber'] ? { value: study['AccessionNumber'] } : undefined,
    patient: {
      id: study['PatientID']
        ? { value: study['PatientID'], issuer: study['IssuerOfPatientID'] || undefined }
        : undefined,
      name: study['PatientName'] || undefined,
      birthDate: study['PatientBirthDate'] || undefined,
      sex: study['PatientSex'] || undefined,
    },
    manufacturer: model.manufacturer,
    series: series.map(([seriesInstanceUid, modality], index) => ({
      seriesInstanceUid,
      modality,
      number: index + 1,
      instances: objects
        .filter((object) => object.seriesInstanceUid === seriesInstanceUid)
        .map(({ sopInstanceUid, sopClassUid }) => ({ sopInstanceUid, sopClassUid })),
    })),
  };
}
