import {
  attributeOf,
  type ConfidentialityOption,
  type ConfidentialityRow,
  confidentialityRow,
  isPrivate,
} from '#vocab';

/** What the profile asks for an attribute. */
export type Action = 'keep' | 'remove' | 'empty' | 'dummy' | 'uid' | 'shift-date' | 'clean';

/** Options of PS3.15 section E.3 that are applied: patient characteristics stay, dates are shifted. */
const OPTIONS: readonly ConfidentialityOption[] = ['patient', 'dates'];

/** Free text that no row of the table names is not kept: nobody has vouched for it. */
const FREE_TEXT: ReadonlySet<string> = new Set(['PN', 'ST', 'LT', 'UT', 'UC', 'UR', 'AE']);

/** The action for a tag with its value representation. Private and unknown attributes go. */
export function actionOf(tag: number, vr: string): Action {
  if (isPrivate(tag) || (tag & 0xffff) === 0) return 'remove';
  const group = tag >>> 24;
  if (group === 0x60 || group === 0x50) return 'remove';
  const attribute = attributeOf(tag);
  if (attribute === undefined) return 'remove';
  const row = confidentialityRow(tag);
  if (row !== undefined) return byRow(row, attribute.vr);
  return withoutRow(vr === 'UN' ? attribute.vr : vr);
}

function byRow(row: ConfidentialityRow, vr: string): Action {
  for (const option of OPTIONS) {
    const choice = row.options[option];
    if (choice === 'K') return 'keep';
    if (choice === 'C') return option === 'dates' ? 'shift-date' : 'clean';
  }
  // Of several allowed actions the one that keeps a file valid whatever the type of the attribute in its IOD.
  switch (row.basic) {
    case 'X':
      return 'remove';
    case 'Z':
    case 'X/Z':
      return 'empty';
    case 'U':
    case 'X/Z/U*':
      return vr === 'SQ' ? 'keep' : 'uid';
    default:
      return 'dummy';
  }
}

function withoutRow(vr: string): Action {
  if (vr === 'UI') return 'uid';
  if (vr === 'DA' || vr === 'DT') return 'shift-date';
  return FREE_TEXT.has(vr) ? 'remove' : 'keep';
}
