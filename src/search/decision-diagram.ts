import { UnicaError } from '#base';

/**
 * Something that is asked about a study, and the answers to it, which exclude each other. `values`: the last answer is
 * "anything else". `runs`: "unknown", then the lower edges of neighbouring intervals.
 */
export interface Variable {
  readonly name: string;
  readonly kind: 'values' | 'runs';
  readonly answers: readonly string[];
}

/** A yes-or-no function of the variables: 0 is never, 1 is always. */
export type Diagram = number;

const NEVER: Diagram = 0;
const ALWAYS: Diagram = 1;

/** Work for one question; the hardest that people write need some hundreds. */
const MOST_EDGES = 200_000;

interface Branching {
  readonly variable: number;
  /** By answer. */
  readonly then: readonly Diagram[];
}

/**
 * Reduced, ordered decision diagrams (Bryant 1986, with several answers to a variable): two functions of the same
 * variables are equal exactly when their diagrams are.
 */
export class Diagrams {
  readonly #variables: readonly Variable[];
  readonly #branchings: Branching[] = [];
  readonly #known = new Map<string, Diagram>();
  readonly #combined = new Map<string, Diagram>();
  #edges = 0;

  constructor(variables: readonly Variable[]) {
    this.#variables = variables;
  }

  /** Holds where a variable has an answer that fits. */
  answered(variable: number, fits: (answer: string) => boolean): Diagram {
    const { answers } = this.#variable(variable);
    return this.#branch(
      variable,
      answers.map((answer) => (fits(answer) ? ALWAYS : NEVER)),
    );
  }

  not(of: Diagram): Diagram {
    return this.#combine('xor', of, ALWAYS);
  }

  and(all: readonly Diagram[]): Diagram {
    return all.reduce((one, other) => this.#combine('and', one, other), ALWAYS);
  }

  or(any: readonly Diagram[]): Diagram {
    return any.reduce((one, other) => this.#combine('or', one, other), NEVER);
  }

  /**
   * What a diagram says, in rows of which the last is the whole: a variable, then its answers with what follows from each
   * (`never`, `always`, or the number of a row). Answers and variables that make no difference are not told, so equal
   * functions have equal rows even where the variables were cut in other ways.
   */
  rows(root: Diagram): readonly (readonly string[])[] {
    const rows: (readonly string[])[] = [];
    const places = new Map<Diagram, string>([
      [NEVER, 'never'],
      [ALWAYS, 'always'],
    ]);
    const place = (diagram: Diagram): string => {
      const placed = places.get(diagram);
      if (placed !== undefined) return placed;
      const { variable, then } = this.#at(diagram);
      const { name, kind, answers } = this.#variable(variable);
      const row = [name];
      for (const [answer, next] of then.entries()) {
        const like = kind === 'values' ? then.length - 1 : answer - 1;
        const told = kind === 'values' ? answer === like : answer < 2;
        if (told || then[like] !== next) row.push(answers[answer] ?? '', place(next));
      }
      places.set(diagram, String(rows.length));
      rows.push(row);
      return String(rows.length - 1);
    };
    const whole = place(root);
    return root <= ALWAYS ? [[whole]] : rows;
  }

  #combine(how: 'and' | 'or' | 'xor', one: Diagram, other: Diagram): Diagram {
    if (one <= ALWAYS && other <= ALWAYS) return truth(how, one === ALWAYS, other === ALWAYS) ? ALWAYS : NEVER;
    const key = `${how} ${Math.min(one, other)} ${Math.max(one, other)}`;
    const found = this.#combined.get(key);
    if (found !== undefined) return found;
    const variable = Math.min(this.#variableOf(one), this.#variableOf(other));
    const then = this.#variable(variable).answers.map((_, answer) =>
      this.#combine(how, this.#follow(one, variable, answer), this.#follow(other, variable, answer)),
    );
    const made = this.#branch(variable, then);
    this.#combined.set(key, made);
    return made;
  }

  #branch(variable: number, then: readonly Diagram[]): Diagram {
    this.#edges += then.length;
    if (this.#edges > MOST_EDGES) throw new UnicaError('search.too-intricate');
    const [first] = then;
    if (first !== undefined && then.every((next) => next === first)) return first;
    const key = `${variable}:${then.join()}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#branchings.push({ variable, then });
    const made = this.#branchings.length + ALWAYS;
    this.#known.set(key, made);
    return made;
  }

  #follow(diagram: Diagram, variable: number, answer: number): Diagram {
    return this.#variableOf(diagram) === variable ? (this.#at(diagram).then[answer] ?? NEVER) : diagram;
  }

  #variableOf(diagram: Diagram): number {
    return diagram <= ALWAYS ? Number.POSITIVE_INFINITY : this.#at(diagram).variable;
  }

  #variable(variable: number): Variable {
    const known = this.#variables[variable];
    if (known === undefined) throw new RangeError('no such variable');
    return known;
  }

  #at(diagram: Diagram): Branching {
    const branching = this.#branchings[diagram - ALWAYS - 1];
    if (branching === undefined) throw new RangeError('no such diagram');
    return branching;
  }
}

function truth(how: 'and' | 'or' | 'xor', one: boolean, other: boolean): boolean {
  if (how === 'and') return one && other;
  return how === 'or' ? one || other : one !== other;
}
