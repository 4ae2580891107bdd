import { tagOf } from '#vocab';
import type { Action } from './action.ts';

/** Their group, where the depth at which an element stands decides. */
export const PIXELS = 0x7fe0;

/** Actions whose outcome for a text follows from the text and its tag, whatever stands around it. */
export const BY_TEXT: ReadonlySet<Action> = new Set<Action>(['keep', 'uid', 'shift-date']);

/** Representations of text but those of names and addresses. */
export const TEXTS: ReadonlySet<string> = new Set([
  'AS',
  'CS',
  'DA',
  'DS',
  'DT',
  'IS',
  'LO',
  'LT',
  'SH',
  'ST',
  'TM',
  'UI',
  'UT',
]);

/** Representations of free text that can be cleaned word by word. */
export const WORDED: ReadonlySet<string> = new Set(['LO', 'LT', 'SH', 'ST', 'UC', 'UT']);

/** Patient characteristics with defined terms in PS3.3. */
export const ENUMERATED: ReadonlyMap<number, RegExp> = new Map([
  [tagOf('PatientSex'), /^[MFO]$/],
  [tagOf('PatientSexNeutered'), /^(ALTERED|UNALTERED)$/],
  [tagOf('SmokingStatus'), /^(YES|NO|UNKNOWN)$/],
]);

/** Representations of numbers and of bytes. */
export const BINARY: ReadonlySet<string> = new Set([
  'OB',
  'OW',
  'OF',
  'OD',
  'OL',
  'OV',
  'UN',
  'US',
  'SS',
  'UL',
  'SL',
  'FL',
  'FD',
  'AT',
  'SV',
  'UV',
]);

export const VERIFYING_OBSERVERS = tagOf('VerifyingObserverSequence');
export const VERIFICATION_FLAG = tagOf('VerificationFlag');

/** What is changed in reports because the names of those who verified them go. */
export const REPORT_TAGS: ReadonlySet<number> = new Set([VERIFYING_OBSERVERS, VERIFICATION_FLAG]);
