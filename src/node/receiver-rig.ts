import { buildDicom } from '#dicom';
import { type OutgoingInstance, readFileMeta } from '#dimse';
import { generateKeys } from '#identity';
import { siteSecret, writeIdentityCard } from './identity-card.ts';

/** Planted in every object of {@link fictitiousObject}; nothing of it may be found outside spool and quarantine. */
export const PLANTED = {
  name: 'Quispel^Wilhelmina',
  patientId: 'ZX-8841720',
  institution: 'Sankt Quispel Spital',
} as const;

const SIZE_PX = 32;

/** A home that was enrolled with a hub which is not there: enough for a node to start, receive and import. */
export async function enrolledHome(home: string): Promise<void> {
  await siteSecret(home);
  await writeIdentityCard(home, {
    siteId: 'lisbon',
    country: 'PT',
    displayName: 'Lisbon',
    hubUrl: 'http://127.0.0.1:1',
    hubName: 'no hub',
    hubPublicKey: generateKeys().publicKey,
  });
}

/** The instance UID of object `number` as its sender knows it. */
export function fictitiousUid(number: number): string {
  return `1.2.826.0.1.3680043.10.99.${number + 1}`;
}

/** A small radiograph of a person who does not exist, four to a study, as a DICOM file. */
export function fictitiousObject(number: number, changes: Readonly<Record<string, string>> = {}): Uint8Array {
  const study = `1.2.826.0.1.3680043.10.98.${Math.floor(number / 4) + 1}`;
  // Without an edge that could be taken for writing.
  const values = Uint8Array.from(
    { length: SIZE_PX * SIZE_PX },
    (_, index) => 20 + (number % 150) + Math.floor(index / SIZE_PX),
  );
  return buildDicom(
    {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
      SOPInstanceUID: fictitiousUid(number),
      StudyInstanceUID: study,
      SeriesInstanceUID: `${study}.1`,
      PatientName: PLANTED.name,
      PatientID: `${PLANTED.patientId}-${Math.floor(number / 4)}`,
      PatientSex: 'F',
      PatientAge: '055Y',
      InstitutionName: PLANTED.institution,
      StudyDate: '20230514',
      AccessionNumber: `ACC${Math.floor(number / 4)}`,
      Modality: 'DX',
      BurnedInAnnotation: 'NO',
      BodyPartExamined: 'CHEST',
      InstanceNumber: String(number),
      ...changes,
    },
    { rows: SIZE_PX, columns: SIZE_PX, values, bitsStored: 8, photometricInterpretation: 'MONOCHROME2' },
  );
}

/** A DICOM file in memory as an object to be sent. */
export function outgoing(file: Uint8Array): OutgoingInstance {
  const { meta, datasetStart } = readFileMeta(file.subarray(0, 65_536));
  return { ...meta, chunks: () => [file.subarray(datasetStart)] };
}
