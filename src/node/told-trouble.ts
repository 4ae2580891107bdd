import { ERROR_TABLE } from '#base';

/** What went wrong and what to do, where only the code was kept. */
export function toldTrouble(code: string): { readonly code: string; readonly sentence: string; readonly mend: string } {
  const known =
    Object.entries(ERROR_TABLE).find(([own]) => own === code)?.[1] ?? ERROR_TABLE['clinic.peer-unreachable'];
  const told = (text: string) => text.replaceAll(/\{[^}]*\}/g, '…');
  return { code, sentence: told(known.sentence), mend: told(known.mend) };
}
