import { ERROR_TABLE } from '#base';
import { CHECK_TABLE } from '#quality';

/** A table in one language: code of an error, or name of a check of quality, to its texts. */
export type ToldTexts = Readonly<Record<string, { readonly sentence: string; readonly mend: string }>>;

/** A piece of what a house said. Foreign: a phrase that stands there as the house wrote it, in English. */
export interface SaidPiece {
  readonly text: string;
  readonly isForeign: boolean;
}

/** A text of the table with what stands in its placeholders. */
interface Form {
  /** Of the text as the house sends it: placeholders as short as they can be, and as long. */
  readonly shortest: RegExp;
  readonly longest: RegExp;
  readonly names: readonly string[];
  readonly translation: string;
  /** Letters outside the placeholders: how much a match says. */
  readonly letters: number;
}

/** Fewer letters than these stand in too many sentences to tell them by. */
const FEWEST_LETTERS = 8;
/** An error tells why with the words of another, which may do so again. */
const DEEPEST = 3;
const PLACEHOLDER = /\{(\w+)\}/g;

/** The words of a house in one language. Houses send whole English sentences, of the tables that the portal has too. */
export class HouseWords {
  readonly errors: ToldTexts;
  readonly #forms: readonly Form[];

  constructor(errors: ToldTexts, checks: ToldTexts) {
    this.errors = errors;
    this.#forms = [
      ...Object.entries(ERROR_TABLE).flatMap(([code, row]) => formsOf(row, errors[code])),
      ...Object.entries(CHECK_TABLE).flatMap(([check, { message, mend }]) =>
        formsOf({ sentence: message, mend }, checks[check]),
      ),
    ];
  }

  /** A text of a house in pieces; undefined where it is of no error, or where it cannot be told what fills which place. */
  said(text: string, depth = 0): readonly SaidPiece[] | undefined {
    const whole = text.trim();
    let best: { readonly form: Form; readonly values: ReadonlyMap<string, string> } | undefined;
    for (const form of this.#forms) {
      if (best !== undefined && form.letters <= best.form.letters) continue;
      const values = valuesIn(whole, form);
      if (values !== undefined) best = { form, values };
    }
    return best === undefined ? undefined : this.#filled(best.form.translation, best.values, depth);
  }

  #filled(translation: string, values: ReadonlyMap<string, string>, depth: number): readonly SaidPiece[] {
    const pieces: SaidPiece[] = [];
    let at = 0;
    for (const { index, 0: written, 1: name = '' } of translation.matchAll(PLACEHOLDER)) {
      const value = values.get(name) ?? written;
      const inner = depth < DEEPEST ? this.said(value, depth + 1) : undefined;
      pieces.push({ text: translation.slice(at, index), isForeign: false });
      pieces.push(...(inner ?? [{ text: value, isForeign: isPhrase(value) }]));
      at = index + written.length;
    }
    pieces.push({ text: translation.slice(at), isForeign: false });
    return pieces.filter((piece) => piece.text !== '');
  }
}

/** A row's sentence, its next step, and both in one. */
function formsOf(english: ToldTexts[string], own: ToldTexts[string] | undefined): readonly Form[] {
  if (own === undefined) return [];
  return [
    formOf(english.sentence, own.sentence),
    formOf(english.mend, own.mend),
    formOf(`${english.sentence} ${english.mend}`, `${own.sentence} ${own.mend}`),
  ].filter(({ letters }) => letters >= FEWEST_LETTERS);
}

function formOf(english: string, translation: string): Form {
  const text = english.trim();
  const names: string[] = [];
  const literals: string[] = [];
  let at = 0;
  for (const { index, 0: written, 1: name = '' } of text.matchAll(PLACEHOLDER)) {
    literals.push(text.slice(at, index));
    names.push(name);
    at = index + written.length;
  }
  literals.push(text.slice(at));
  const pattern = (hole: string) => new RegExp(`^${literals.map(escaped).join(hole)}$`, 's');
  return {
    shortest: pattern('(.+?)'),
    longest: pattern('(.+)'),
    names,
    translation: translation.trim(),
    letters: literals.join('').replace(/\P{L}/gu, '').length,
  };
}

/** What stands in the placeholders; undefined where the text is another one, or could be read in two ways. */
function valuesIn(text: string, { shortest, longest, names }: Form): ReadonlyMap<string, string> | undefined {
  const first = shortest.exec(text);
  const second = first === null ? null : longest.exec(text);
  if (first === null || second === null) return undefined;
  const values = new Map<string, string>();
  for (const [place, name] of names.entries()) {
    const value = first[place + 1] ?? '';
    if (value !== second[place + 1] || (values.get(name) ?? value) !== value) return undefined;
    values.set(name, value);
  }
  return values;
}

function escaped(literal: string): string {
  return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Words, and not a name, a number or a path. */
function isPhrase(value: string): boolean {
  return /\p{L}{2,} +\p{L}{2,}/u.test(value);
}
