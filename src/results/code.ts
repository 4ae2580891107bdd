import type { Attributes } from '#dicom';
import { CONTEXT_GROUPS, SRT_OF_SCT } from './context-groups.ts';

/** A coded word of DICOM: value, scheme and meaning (PS3.3 section 8). */
export interface Code {
  readonly value: string;
  readonly scheme: string;
  readonly meaning: string;
}

/** A code of PS3.16 annex D. */
export function dcm(value: string, meaning: string): Code {
  return { value, scheme: 'DCM', meaning };
}

/** A code of SNOMED CT. */
export function sct(value: string, meaning: string): Code {
  return { value, scheme: 'SCT', meaning };
}

/** A unit. */
export function ucum(value: string, meaning = value): Code {
  return { value, scheme: 'UCUM', meaning };
}

/** Our own words, where no standard has one; the objects that use them say whose they are. */
export const PRIVATE_SCHEME = '99UNICA';

export function own(value: string, meaning: string): Code {
  return { value, scheme: PRIVATE_SCHEME, meaning };
}

export const PERCENT = ucum('%', 'Percent');
export const MILLIMETRE = ucum('mm', 'millimeter');

/** Whether both mean the same: by value and scheme, an older code of SNOMED (SRT) counting as today's. */
export function sameCode(a: Code, b: Code): boolean {
  return keysOf(a).some((key) => keysOf(b).includes(key));
}

function keysOf({ scheme, value }: Code): readonly string[] {
  const own = `${scheme} ${value}`;
  return scheme === 'SCT' ? [own, ...(SRT_OF_SCT[value] ?? []).map((older) => `SRT ${older}`)] : [own];
}

/** Codes of a context group of PS3.16. @throws RangeError for one that is not among ours */
export function groupCodes(cid: number): readonly Code[] {
  const group = CONTEXT_GROUPS[cid];
  if (group === undefined) throw new RangeError(`context group ${cid} is not among those of the templates`);
  return group.codes.map(([scheme, value, meaning]) => ({ scheme, value, meaning }));
}

/** An item of a code sequence. A value too long for CodeValue is written as LongCodeValue. */
export function codeItem({ value, scheme, meaning }: Code): Attributes {
  return {
    ...(value.length <= 16 ? { CodeValue: value } : { LongCodeValue: value }),
    CodingSchemeDesignator: scheme,
    CodeMeaning: meaning.slice(0, 64),
  };
}

/** (value, scheme, "meaning"), as the standard writes codes. */
export function shownCode({ value, scheme, meaning }: Code): string {
  return `(${value}, ${scheme}, "${meaning}")`;
}
