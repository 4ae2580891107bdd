import type { Finding } from '#wire';

/** A letter to the hospital's IT: everything that only they can mend, with what was seen; null where there is nothing. */
export function textForIt(
  { name, software, atMs }: { readonly name: string | null; readonly software: string; readonly atMs: number },
  findings: readonly Finding[],
): string | null {
  const theirs = findings.filter(({ mender, state }) => mender === 'it' && (state === 'bad' || state === 'note'));
  if (theirs.length === 0) return null;
  const seen = theirs.map(({ says, mend, code }, at) => `${at + 1}. ${says}\n   ${mend ?? ''}\n   (${code ?? ''})`);
  return [
    `Subject: UNICA${name === null ? '' : ` (${name})`}: please mend on our machine`,
    '',
    `On ${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC the program ${software}, which connects our imaging archive with its research network, found the following. It needs outgoing connections only; nothing has to be opened from outside.`,
    '',
    ...seen,
    '',
    'Afterwards `unica doctor` on the same machine says whether it is well.',
  ].join('\n');
}
