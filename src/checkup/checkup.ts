import { CHECK_NAMES, type Checkup, type Finding } from '#wire';
import { textForIt } from './text-for-it.ts';

/** Findings put together: in the order of the checks, with the worst of them and the text for the hospital's IT. */
export function checkupOf(
  house: {
    readonly house: 'node' | 'hub';
    readonly name: string | null;
    readonly software: string;
    readonly atMs: number;
  },
  found: readonly Finding[],
): Checkup {
  const findings = [...found].sort((one, other) => CHECK_NAMES.indexOf(one.check) - CHECK_NAMES.indexOf(other.check));
  const state = findings.some((finding) => finding.state === 'bad')
    ? 'bad'
    : findings.some((finding) => finding.state === 'note')
      ? 'note'
      : 'good';
  return { ...house, state, findings, forIt: textForIt(house, findings) };
}
