import type { Json } from '#base';

/** What became of one part of a store request. UIDs are those the sender wrote. */
export type StoreOutcome =
  | {
      readonly kind: 'stored';
      readonly sopClassUid: string;
      readonly sopInstanceUid: string;
      readonly retrieveUrl: string;
    }
  | {
      readonly kind: 'failed';
      /** Absent where the part could not be read as DICOM. */
      readonly object?: { readonly sopClassUid: string; readonly sopInstanceUid: string } | undefined;
      readonly reason: keyof typeof FAILURE_REASONS;
    };

/** Failure reasons (PS3.18 table I.2-2). */
const FAILURE_REASONS = {
  /** 0110: set aside, because it could not be de-identified. */
  'set-aside': 0x0110,
  /** 0111: another image with this UID is here already. */
  conflict: 0x0111,
  /** 0124: this person's images are not to be used. */
  'not-authorised': 0x0124,
  /** A900: it belongs to another study than the one in the address. */
  'other-study': 0xa900,
  /** C000: not DICOM, or damaged. */
  'not-understood': 0xc000,
  /** A700: no room. */
  'out-of-resources': 0xa700,
} as const;

/** Coercion of data elements: what is stored is the de-identified image. */
const COERCED = 0xb000;

/** The answer to a store request: HTTP status and the module of PS3.18 section I.2 as DICOM JSON. */
export function storeAnswer(outcomes: readonly StoreOutcome[]): {
  readonly status: 200 | 202 | 409;
  readonly body: Json;
} {
  const stored = outcomes.flatMap((outcome) => (outcome.kind === 'stored' ? [outcome] : []));
  const failed = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [outcome] : []));
  const status = stored.length === 0 ? 409 : failed.length === 0 ? 200 : 202;
  const known = failed.flatMap(({ object, reason }) =>
    object === undefined ? [] : [{ ...reference(object), '00081197': { vr: 'US', Value: [FAILURE_REASONS[reason]] } }],
  );
  const others = failed.flatMap(({ object, reason }) =>
    object === undefined ? [{ '00081197': { vr: 'US', Value: [FAILURE_REASONS[reason]] } }] : [],
  );
  const referenced = stored.map((outcome) => ({
    ...reference(outcome),
    '00081190': { vr: 'UR', Value: [outcome.retrieveUrl] },
    '00081196': { vr: 'US', Value: [COERCED] },
  }));
  return {
    status,
    body: {
      ...(known.length === 0 ? {} : { '00081198': { vr: 'SQ', Value: known } }),
      ...(others.length === 0 ? {} : { '0008119A': { vr: 'SQ', Value: others } }),
      ...(referenced.length === 0 ? {} : { '00081199': { vr: 'SQ', Value: referenced } }),
    },
  };
}

function reference({ sopClassUid, sopInstanceUid }: { readonly sopClassUid: string; readonly sopInstanceUid: string }) {
  return {
    '00081150': { vr: 'UI', Value: [sopClassUid] },
    '00081155': { vr: 'UI', Value: [sopInstanceUid] },
  };
}
