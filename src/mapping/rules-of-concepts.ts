import { answersOf } from './answers.ts';
import type { ConceptTable } from './concept-table.ts';
import { ELEMENTS } from './elements.ts';
import { type LearntRules, learntKey } from './propose-mapping.ts';

/** A site's names of concepts, as values of the columns that they can be answers of. */
export function rulesOfConcepts({ synonyms }: ConceptTable): LearntRules {
  const values = new Map<string, string>();
  for (const { id, answers } of ELEMENTS) {
    if (answers === undefined) continue;
    for (const { code } of answersOf(answers))
      for (const name of synonyms[code] ?? []) values.set(`${id} ${learntKey(name)}`, code);
  }
  return { headings: new Map(), values };
}
