import type { Quad } from '@rdfjs/types';

/** A term of a record that conditions are about. */
export type JudgedValue = Quad['object'];

const XSD = 'http://www.w3.org/2001/XMLSchema#';

/**
 * Ways of writing a value that are valid beyond doubt, by datatype of XML Schema. They are fewer than those allowed: what is
 * written otherwise is for the engine to say.
 */
const SURELY_VALID: ReadonlyMap<string, RegExp> = new Map([
  ['boolean', /^(true|false|1|0)$/],
  ['decimal', /^[+-]?\d+(\.\d+)?$/],
  ['nonNegativeInteger', /^\d{1,15}$/],
  ['date', /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/],
  ['dateTime', /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z?$/],
  ['gYear', /^\d{4}$/],
  ['gYearMonth', /^\d{4}-(0[1-9]|1[0-2])$/],
  ['duration', /^P\d+[YMD]$/],
  ['hexBinary', /^([\da-fA-F]{2})*$/],
  ['anyURI', /^[\u0020-\u007e]*$/],
  ['string', /^[\u0020-\u007e]*$/],
]);

/** Whether a term is a value of a datatype; undefined where its way of writing has to be looked at more closely. */
export function lexicallyValid(term: JudgedValue, datatype: string): boolean | undefined {
  if (term.termType !== 'Literal' || term.datatype.value !== datatype) return false;
  const pattern = datatype.startsWith(XSD) ? SURELY_VALID.get(datatype.slice(XSD.length)) : undefined;
  return pattern?.test(term.value) === true ? true : undefined;
}
