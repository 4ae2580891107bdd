import fhirpath from 'fhirpath';

/** Code systems too large or not free to ship, whose codes have a form that can be checked. */
const FORMS: ReadonlyMap<string, (code: string) => boolean> = new Map(
  Object.entries({
    'http://snomed.info/sct': (code: string) => /^\d{6,18}$/.test(code) && isVerhoeff(code),
    'http://loinc.org': isLoinc,
    'http://unitsofmeasure.org': isUcum,
    // FHIR adds the short names of its own formats.
    'urn:ietf:bcp:13': (code: string) => /^(json|xml|ttl)$|^[\w!#$&^.+-]+\/[\w!#$&^.+*-]+(\s*;.*)?$/.test(code),
    'urn:ietf:bcp:47': (code: string) => /^([a-z]{2,3}|x|i)(-[A-Za-z0-9]{1,8})*$/i.test(code),
    'urn:iso:std:iso:3166': (code: string) => /^([A-Z]{2,3}|\d{3})$/.test(code),
    'urn:iso:std:iso:4217': (code: string) => /^[A-Z]{3}$/.test(code),
    // A bare UID stands for its URN in many documents.
    'urn:ietf:rfc:3986': (code: string) => /^[a-z][a-z0-9+.-]*:\S+$/i.test(code) || isUid(code),
    'http://dicom.nema.org/resources/CodeSystem/DICOM_UIDs': (code: string) => isUid(code.replace(/^urn:oid:/, '')),
    // Levels of the Anatomical Therapeutic Chemical classification.
    'http://www.whocc.no/atc': (code: string) => /^[A-Z](\d{2}([A-Z]([A-Z](\d{2})?)?)?)?$/.test(code),
  }),
);

/** False where a code cannot be one of its system: letters in SNOMED CT, a wrong check digit, a unit that UCUM does not know. */
export function mayBeCode(system: string, code: string): boolean {
  return FORMS.get(system)?.(code) ?? true;
}

/** True for a DICOM UID (PS3.5 section 9.1). @note numbers that begin with 0 are forbidden there and common. */
export function isUid(text: string): boolean {
  return text.length <= 64 && /^[0-2](\.\d+)+$/.test(text);
}

/** True for systems whose codes are known by their form alone: media types, languages. */
export function isFormOfAll(system: string): boolean {
  return system === 'urn:ietf:bcp:13' || system === 'urn:ietf:bcp:47';
}

/** Multiplication, permutation: J. Verhoeff, Error Detecting Decimal Codes (1969), as SNOMED CT uses them. */
const TIMES = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const PERMUTED = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

function isVerhoeff(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits.at(-1 - place));
    sum = Number(TIMES[sum]?.[Number(PERMUTED[place % 8]?.[digit])]);
  }
  return sum === 0;
}

/** LOINC codes end in a digit by the Luhn rule; of parts and answers (two letters before) only the form is checked. */
function isLoinc(code: string): boolean {
  if (/^(LP|LA|LL|LG|MTHU)\d{1,7}-\d$/.test(code)) return true;
  const [, digits = '', check] = /^(\d{1,7})-(\d)$/.exec(code) ?? [];
  if (check === undefined) return false;
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits.at(-1 - place));
    sum += place % 2 === 1 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit;
  }
  return (10 - (sum % 10)) % 10 === Number(check);
}

/** @note the library takes "mmol" for a unit and "Mmol" for another; it answers at once for units of the table. */
function isUcum(code: string): boolean {
  if (/\s/.test(code)) return false;
  const answer: unknown = fhirpath.ucumUtils.validateUnitString(code, false);
  return typeof answer !== 'object' || answer === null || !('status' in answer) || answer.status === 'valid';
}
