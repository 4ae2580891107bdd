import { sha256Hex } from '#base';

/** Part of a data set. */
export type SplitPart = 'train' | 'val' | 'test';

/** Shares that are kept from learning where the set says nothing. */
const SHARES = { test: 0.2, val: 0.1 } as const;

/**
 * Which part each person's pictures belong to: never more than one. What a set's authors keep for the test stays there, and what
 * they made for validation too; where they name no such part, people are drawn by the digest of seed and pseudonym, so that a person is
 * in the same part whatever else is there. Of a person in several official parts the strictest counts: test, then val.
 */
export function splitByPatient(
  pictures: readonly { readonly patientId: string; readonly split?: SplitPart | undefined }[],
  seed: string | number,
): ReadonlyMap<string, SplitPart> {
  const official = new Map<string, SplitPart>();
  for (const { patientId, split } of pictures) {
    if (split === undefined || official.get(patientId) === 'test') continue;
    if (split === 'test' || official.get(patientId) === undefined || split === 'val') official.set(patientId, split);
  }
  const has = (part: SplitPart): boolean => [...official.values()].includes(part);
  const [hasTest, hasVal] = [has('test'), has('val')];
  const parts = new Map<string, SplitPart>();
  for (const { patientId } of pictures) {
    const given = official.get(patientId);
    // Without an official part, train is what is left to draw from.
    parts.set(patientId, given === 'test' || given === 'val' ? given : drawn(patientId, seed, hasTest, hasVal));
  }
  return parts;
}

function drawn(patientId: string, seed: string | number, hasTest: boolean, hasVal: boolean): SplitPart {
  const place = Number.parseInt(sha256Hex(`split/${seed}/${patientId}`).slice(0, 12), 16) / 2 ** 48;
  const test = hasTest ? 0 : SHARES.test;
  if (place < test) return 'test';
  return !hasVal && place < test + SHARES.val ? 'val' : 'train';
}
