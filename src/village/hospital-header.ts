import { type SeededRandom, sha256Hex } from '#base';
import type { Attributes } from '#dicom';
import { type FictitiousPerson, fictitiousExam } from './fictitious-person.ts';

const INSTITUTION = 'Clínica Radiológica da Ribeira Velha';

/** What a hospital would write around a film: an invented person, examination and place, all of it identifying. */
export function hospitalHeader(
  random: SeededRandom,
  person: FictitiousPerson,
  film: { readonly number: number; readonly name: string },
): Attributes {
  const exam = fictitiousExam(random, film.number, INSTITUTION);
  return {
    StudyInstanceUID: uidOf(`study/${film.name}`),
    SeriesInstanceUID: uidOf(`series/${film.name}`),
    SOPInstanceUID: uidOf(`instance/${film.name}`),
    PatientName: person.name,
    PatientID: person.patientId,
    PatientBirthDate: person.birthDate,
    PatientSex: person.sex,
    PatientAge: `${String(person.ageYears).padStart(3, '0')}Y`,
    StudyDate: exam.studyDate,
    StudyTime: exam.studyTime,
    AccessionNumber: exam.accessionNumber,
    ReferringPhysicianName: exam.referringPhysician,
    InstitutionName: exam.institution,
    '0019,0010 LO': 'UNICA DEMO',
    '0019,1001 LO': `KIS-${exam.accessionNumber}-${person.patientId}`,
  };
}

/** A UID under the root for UUIDs (PS3.5 section B.2), from the digest of a name. */
function uidOf(name: string): string {
  return `2.25.${BigInt(`0x${sha256Hex(`unica-demo/${name}`).slice(0, 31)}`)}`;
}
