import type { SeededRandom } from '#base';

/** An invented patient with everything that a hospital's file says about one and that must never leave it. */
export interface FictitiousPerson {
  /** DICOM PN, family and given name. */
  readonly name: string;
  readonly patientId: string;
  /** DICOM DA. */
  readonly birthDate: string;
  readonly sex: 'F' | 'M';
  readonly ageYears: number;
}

/** An invented examination of an invented patient. */
export interface FictitiousExam {
  readonly accessionNumber: string;
  /** DICOM DA. */
  readonly studyDate: string;
  /** DICOM TM. */
  readonly studyTime: string;
  readonly referringPhysician: string;
  readonly institution: string;
}

const FAMILY = [
  'Albuquerque',
  'Bogdanavičius',
  'Cvetkovič',
  'Domańska',
  'Engelhardt',
  'Figueiredo',
  'Grabauskas',
  'Hrynevych',
  'Ioannidou',
  'Jankauskas',
  'Kowalczyk',
  'Lewandowska',
  'Mavromatis',
  'Nogueira',
  'Oberländer',
  'Papadopoulou',
  'Quintanilha',
  'Rutkowska',
  'Shevchenko',
  'Théodoridis',
  'Urbanavičienė',
  'Vasconcelos',
  'Wiśniewska',
  'Zupančič',
] as const;
const GIVEN_F = [
  'Aleksandra',
  'Beatriz',
  'Danutė',
  'Eleftheria',
  'Franziska',
  'Katarzyna',
  'Ljudmila',
  'Oleksandra',
] as const;
const GIVEN_M = [
  'Alexandros',
  'Bartłomiej',
  'Christoph',
  'Duarte',
  'Gediminas',
  'Jonathan',
  'Mykhailo',
  'Tadeusz',
] as const;

/** An invented patient; equal streams and numbers give equal people. */
export function fictitiousPerson(
  random: SeededRandom,
  known: { readonly number: number; readonly sex?: 'F' | 'M' | undefined; readonly ageYears?: number | undefined },
): FictitiousPerson {
  const sex = known.sex ?? random.pick(['F', 'M'] as const);
  const ageYears = known.ageYears ?? Math.round(Math.min(92, Math.max(19, 58 + 14 * random.normal())));
  // The number makes each name one of its kind, so that finding it on the wire can mean only this person.
  const family = `${random.pick(FAMILY)}-${romanOf(known.number)}`;
  return {
    name: `${family}^${random.pick(sex === 'F' ? GIVEN_F : GIVEN_M)}`,
    patientId: `HX${String(700_000 + known.number)}-${String(random.below(100)).padStart(2, '0')}`,
    birthDate: `${2023 - ageYears}${twoDigits(1 + random.below(12))}${twoDigits(1 + random.below(28))}`,
    sex,
    ageYears,
  };
}

/** An invented examination in 2024. */
export function fictitiousExam(random: SeededRandom, number: number, institution: string): FictitiousExam {
  return {
    accessionNumber: `ACC${String(40_000_000 + 7 * number + random.below(7))}`,
    studyDate: `2024${twoDigits(1 + random.below(12))}${twoDigits(1 + random.below(28))}`,
    studyTime: `${twoDigits(7 + random.below(12))}${twoDigits(random.below(60))}${twoDigits(random.below(60))}`,
    referringPhysician: `${random.pick(FAMILY)}^${random.pick(GIVEN_F)}^^Dr.`,
    institution,
  };
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** A number in letters, so that it can be part of a name. */
function romanOf(number: number): string {
  let text = '';
  for (let rest = number + 26; rest > 0; rest = Math.floor(rest / 26)) {
    text = String.fromCharCode(97 + (rest % 26)) + text;
  }
  return text.charAt(0).toUpperCase() + text.slice(1);
}
