import { SeededRandom } from '#base';
import { buildDicom } from '#dicom';
import type { PlantedIdentifier } from './film-header.ts';
import { mammogramAttributes } from './mammogram-header.ts';
import { type SyntheticPerson, syntheticHospital, syntheticPerson, syntheticStaffName } from './people.ts';
import type { ScreeningExam } from './screening-exam.ts';
import type { ScreeningRecord, ViewName } from './screening-record.ts';
import { studyTime } from './study-time.ts';
import { syntheticUid } from './uid.ts';

/** A mammogram as a hospital's archive would hold it. */
export interface MammogramFile {
  readonly fileName: string;
  readonly bytes: Uint8Array;
  /** Every identifying text of the file. */
  readonly planted: readonly PlantedIdentifier[];
}

/** The woman of an examination as the hospital knows her: the same in all examinations of hers. */
export function screeningPerson({ seed, site, woman, birthDate }: ScreeningRecord): SyntheticPerson {
  const random = new SeededRandom(`screening/${seed}/person/${woman.number}`);
  return syntheticPerson(random, site.country, woman.number, { sex: 'F', birthDate });
}

/** Of the examination as a whole. */
export function screeningStudyUid({ seed, index }: ScreeningRecord): string {
  return syntheticUid(new SeededRandom(`screening/${seed}/study/${index}`));
}

/** Name of the file of a view of an examination. */
export function mammogramFileName(index: number, { laterality, view }: ViewName): string {
  return `MG${String(index).padStart(6, '0')}-${laterality}${view}.dcm`;
}

/** An examination as DICOM files of its views, MG For Presentation. Equal examinations give equal bytes. */
export function screeningFiles(exam: ScreeningExam): readonly MammogramFile[] {
  const { seed, index, site, device, woman, examNumber } = exam;
  const house = new SeededRandom(`screening/${seed}/house/${site.siteId}`);
  const hospital = syntheticHospital(house, site.country);
  const staff = Array.from({ length: 6 }, () => syntheticStaffName(house, site.country));
  const random = new SeededRandom(`screening/${seed}/header/${woman.number}/${examNumber}`);
  const unit = site.devices.indexOf(device);
  const shared = {
    person: screeningPerson(exam),
    hospital,
    date: exam.date,
    time: studyTime(random),
    ageYears: Math.floor(exam.ageYears),
    accessionNumber: `MG${2_000_000 + random.below(7_000_000)}`,
    stationName: `${site.siteId.toUpperCase().slice(0, 8)}MG${1 + unit}`,
    serialNumber: `MG${500_000 + unit}${site.siteId.length}83`,
    referringPhysician: random.pick(staff.slice(0, 3)),
    performingPhysician: random.pick(staff.slice(3, 5)),
    operator: staff[5] ?? '',
    privateIdentifier: `KIS-${10_000_000 + random.below(80_000_000)}`,
    privateCreator: device.privateCreator,
    studyInstanceUid: screeningStudyUid(exam),
    seriesInstanceUid: syntheticUid(random),
  };
  return exam.pictures.map((picture, place) => {
    const identity = { ...shared, sopInstanceUid: syntheticUid(random) };
    const { attributes, planted } = mammogramAttributes({
      ...{ identity, device, picture, implants: exam.implants },
      instanceNumber: place + 1,
    });
    const { rows, columns, values } = picture.frame;
    const bytes = buildDicom(attributes, {
      ...{ rows, columns },
      values: values as Uint16Array,
      bitsStored: device.bitsStored,
      photometricInterpretation: device.photometricInterpretation,
    });
    return { fileName: mammogramFileName(index, picture), bytes, planted };
  });
}
