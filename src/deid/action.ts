import {
  attributeOf,
  type ConfidentialityOption,
  type ConfidentialityRow,
  confidentialityRow,
  isPrivate,
} from '#vocab';
import type { DeidOption, DeidOptions } from './options.ts';

/** What the profile asks for an attribute. */
export type Action = 'keep' | 'remove' | 'empty' | 'dummy' | 'uid' | 'shift-date' | 'clean' | 'safe-private';

/** Which rule asks for it. */
export type Rule =
  /** A row of Table E.1-1; `option` and its code where a column other than that of the Basic Profile decided. */
  | {
      readonly kind: 'row';
      readonly basic: string;
      readonly option?: ColumnOption | undefined;
      readonly code?: 'K' | 'C' | undefined;
    }
  /** No row names it; decided by what it is or how it is written. */
  | {
      readonly kind:
        | 'private'
        | 'group-length'
        | 'overlay'
        | 'unknown'
        | 'sequence'
        | 'uid'
        | 'date'
        | 'report-text'
        | 'free-text'
        | 'other-representation'
        | 'bulk'
        | 'no-row';
    };

/** An action with the rule that asks for it. */
export interface Decision {
  readonly action: Action;
  readonly rule: Rule;
}

/** The options whose column of Table E.1-1 decides, the strictest first. */
const COLUMNS = [
  'dates',
  'patient',
  'device',
  'descriptors',
  'structured',
] as const satisfies readonly (ConfidentialityOption & DeidOption)[];

/** An option with a column of its own in Table E.1-1. */
export type ColumnOption = (typeof COLUMNS)[number];

/** Free text that no row of the table names is not kept: nobody has vouched for it. */
const FREE_TEXT: ReadonlySet<string> = new Set(['PN', 'ST', 'LT', 'UT', 'UC', 'UR', 'AE']);

const DATED: ReadonlySet<string> = new Set(['DA', 'DT', 'TM']);

const SHORT_TEXT: ReadonlySet<string> = new Set(['AS', 'CS', 'DS', 'IS', 'LO', 'SH']);

/** Representations that can hold anything. */
const BULK: ReadonlySet<string> = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN']);

/** Groups whose bulk values are tables about pixels and surfaces: look-up tables, pixels, meshes. */
const PIXEL_GROUPS: ReadonlySet<number> = new Set([0x0028, 0x0066, 0x7fe0]);

/** (0040,A160): what a report says in words (PS3.3 section C.17.3); no row of the table names it. */
const TEXT_VALUE = 0x0040a160;

/**
 * The action for an element by its tag and the representation it is written in. Unknown attributes go, private ones too
 * unless the option asks to look at them, and so does everything written in another kind of representation than the
 * dictionary allows: text where numbers belong has a reason to be there that nobody knows.
 */
export function decisionOf(tag: number, writtenVr: string, options: DeidOptions): Decision {
  let known = decisions.get(options);
  if (known === undefined) {
    known = new Map();
    decisions.set(options, known);
  }
  // Two letters are two bytes behind the tag's four.
  const key = tag * 65_536 + writtenVr.charCodeAt(0) * 256 + writtenVr.charCodeAt(1);
  const before = known.get(key);
  if (before !== undefined) return before;
  const decision = decided(tag, writtenVr, options);
  if (known.size < MOST_DECIDED) known.set(key, decision);
  return decision;
}

/** The action alone. */
export function actionOf(tag: number, writtenVr: string, options: DeidOptions): Action {
  return decisionOf(tag, writtenVr, options).action;
}

/** Decisions that are remembered for each set of options; files with more kinds of elements are no files. */
const MOST_DECIDED = 16_384;
const decisions = new WeakMap<DeidOptions, Map<number, Decision>>();

function decided(tag: number, writtenVr: string, options: DeidOptions): Decision {
  if ((tag & 0xffff) === 0 || tag >>> 16 < 0x0008) return by('remove', 'group-length');
  if (isPrivate(tag)) return by(options.has('private') ? 'safe-private' : 'remove', 'private');
  const group = tag >>> 24;
  if (group === 0x60 || group === 0x50) return by('remove', 'overlay');
  const attribute = attributeOf(tag);
  if (attribute === undefined) return by('remove', 'unknown');
  const vr = writtenVr === 'UN' ? attribute.vr : writtenVr;
  const row = confidentialityRow(tag);
  const decision = row === undefined ? withoutRow(tag, attribute.vr, vr, options) : byRow(row, vr, options);
  return decision.action === 'keep' && !isOfKind(attribute.vr, vr) ? by('remove', 'other-representation') : decision;
}

/** Representations that writers exchange for one another; a value of another kind is not what its tag says. */
const KINDS: readonly ReadonlySet<string>[] = [
  new Set(['CS', 'LO', 'LT', 'SH', 'ST', 'UC', 'UR', 'UT']),
  new Set(['DS', 'IS']),
  new Set(['AT', 'FD', 'FL', 'OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SL', 'SS', 'SV', 'UL', 'UN', 'US', 'UV']),
];

function isOfKind(declared: string, written: string): boolean {
  return declared === written || KINDS.some((kind) => kind.has(declared) && kind.has(written));
}

function by(action: Action, kind: Exclude<Rule['kind'], 'row'>): Decision {
  return { action, rule: { kind } };
}

function byRow(row: ConfidentialityRow, vr: string, options: DeidOptions): Decision {
  const { basic } = row;
  for (const option of COLUMNS) {
    const code = options.has(option) ? row.options[option] : undefined;
    if (code === undefined) continue;
    const decide = (action: Action): Decision => ({ action, rule: { kind: 'row', basic, option, code } });
    if (code === 'K') return decide('keep');
    if (option === 'dates') return decide('shift-date');
    // What the option for devices would have cleaned are network names: nothing of them is worth keeping.
    if (option !== 'device') return decide('clean');
  }
  return { action: basicAction(basic, vr), rule: { kind: 'row', basic } };
}

/** Of several allowed actions the one that keeps a file valid whatever the type of the attribute in its IOD. */
function basicAction(basic: string, vr: string): Action {
  switch (basic) {
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

function withoutRow(tag: number, declared: string, written: string, options: DeidOptions): Decision {
  if (written === 'SQ') return by('keep', 'sequence');
  const either = (kind: ReadonlySet<string>) => kind.has(declared) || kind.has(written);
  if (declared === 'UI' || written === 'UI') return by('uid', 'uid');
  if (either(DATED)) return by(options.has('dates') ? 'shift-date' : 'empty', 'date');
  if (tag === TEXT_VALUE && options.has('structured')) return by('clean', 'report-text');
  if (either(FREE_TEXT)) return by('remove', 'free-text');
  if (SHORT_TEXT.has(declared) !== SHORT_TEXT.has(written)) return by('remove', 'other-representation');
  return BULK.has(written) && !PIXEL_GROUPS.has(tag >>> 16) ? by('remove', 'bulk') : by('keep', 'no-row');
}
