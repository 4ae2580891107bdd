import type { Json } from '#base';

const YEAR = '([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)';
const CLOCK = '([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]+)?';
const ZONE = '(Z|(\\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))';
const DAY = '(0[1-9]|1[0-2])-(0[1-9]|[1-2][0-9]|3[0-1])';

/** Formats of FHIR R4 (section 2.24.0.1) with an example of each. */
const TEXT_FORMATS: Readonly<Record<string, readonly [format: RegExp, example: string]>> = {
  base64Binary: [/^[0-9a-zA-Z+/\s]*(=\s*){0,2}$/, 'VU5JQ0E='],
  canonical: [/^\S+$/, 'http://example.org/profile'],
  code: [/^[^\s]+(\s[^\s]+)*$/, 'final'],
  date: [new RegExp(`^${YEAR}(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1]))?)?$`), '2024-05-17'],
  dateTime: [
    new RegExp(`^${YEAR}(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1])(T${CLOCK}${ZONE})?)?)?$`),
    '2024-05-17T09:30:00+02:00',
  ],
  id: [/^[A-Za-z0-9.-]{1,64}$/, 'study-1'],
  instant: [new RegExp(`^${YEAR}-${DAY}T${CLOCK}${ZONE}$`), '2024-05-17T09:30:00.000+02:00'],
  markdown: [/^[ \r\n\t\S]+$/, 'some text'],
  oid: [/^urn:oid:[0-2](\.(0|[1-9][0-9]*))+$/, 'urn:oid:1.2.840'],
  string: [/^[ \r\n\t\S]+$/, 'some text'],
  time: [new RegExp(`^${CLOCK}$`), '09:30:00'],
  uri: [/^\S+$/, 'urn:oid:1.2.840'],
  url: [/^\S+$/, 'https://example.org'],
  uuid: [/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7'],
  xhtml: [/^[\s\S]+$/, '<div xmlns="http://www.w3.org/1999/xhtml">text</div>'],
};

/** Lowest value of the whole numbers of FHIR R4; the highest is 2^31 - 1. */
const WHOLE_NUMBERS: Readonly<Record<string, number>> = { integer: -(2 ** 31), unsignedInt: 0, positiveInt: 1 };

/** R4 limits texts to 1 MiB. */
const LONGEST_TEXT = 1024 * 1024;

/** Why a value does not have the format of a primitive type; nothing where it has. */
export function formatProblem(
  type: string,
  value: Json,
): { readonly message: string; readonly fix: string } | undefined {
  if (type === 'boolean') return typeof value === 'boolean' ? undefined : wrongKind('true or false', 'without quotes');
  if (type === 'decimal') {
    return typeof value === 'number' && Number.isFinite(value) ? undefined : wrongKind('a number', 'without quotes');
  }
  const lowest = WHOLE_NUMBERS[type];
  if (lowest !== undefined) {
    if (typeof value !== 'number') return wrongKind('a whole number', 'without quotes');
    const fits = Number.isInteger(value) && value >= lowest && value < 2 ** 31;
    return fits ? undefined : wrongKind('a whole number in range', `from ${lowest} to 2147483647`);
  }
  const [format, example] = TEXT_FORMATS[type] ?? TEXT_FORMATS['string'] ?? [];
  if (format === undefined || example === undefined) return undefined;
  if (typeof value !== 'string') return wrongKind('a text', 'in quotes');
  if (value.trim() === '') return { message: 'is empty', fix: 'leave the element out or fill it in' };
  if (type !== 'base64Binary' && value.length > LONGEST_TEXT) {
    return { message: 'is longer than 1 MiB', fix: 'shorten it or attach it as a file' };
  }
  if (type === 'base64Binary' && value.replace(/\s/g, '').length % 4 !== 0) {
    return { message: 'is not base64: its length is no multiple of four', fix: 'encode the bytes again' };
  }
  if (!format.test(value) || !isCalendarDay(type, value) || !isAddress(type, value)) {
    return { message: `does not have the format of ${type}`, fix: `write it as in ${example}` };
  }
  return undefined;
}

function wrongKind(what: string, how: string): { readonly message: string; readonly fix: string } {
  return { message: `should be ${what}`, fix: `write ${what} ${how}` };
}

/** The format alone lets the 31st of February pass. */
function isCalendarDay(type: string, value: string): boolean {
  if (type !== 'date' && type !== 'dateTime' && type !== 'instant') return true;
  const [year, month, day] = value.slice(0, 10).split('-').map(Number);
  if (year === undefined || month === undefined || day === undefined) return true;
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

/** URNs of identifiers have a form of their own. */
function isAddress(type: string, value: string): boolean {
  if (type !== 'uri' && type !== 'url' && type !== 'canonical') return true;
  if (value.startsWith('urn:oid:')) return /^urn:oid:[0-2](\.(0|[1-9][0-9]*))+$/.test(value);
  if (value.startsWith('urn:uuid:'))
    return /^urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(#.*)?$/.test(value);
  return true;
}

/** True for types whose value is text, number or truth. */
export function isPrimitiveType(type: string): boolean {
  return type === 'boolean' || type === 'decimal' || type in WHOLE_NUMBERS || type in TEXT_FORMATS;
}
