import type { Quad, Term } from '@rdfjs/types';
import { type JudgedValue, lexicallyValid } from './lexical-values.ts';
import { FIRST, keyOf, NIL, REST, RecordGraph, SH, TYPE } from './record-graph.ts';

/** True: nothing to object; false: surely something; undefined: the engine has to be asked. */
type Verdict = boolean | undefined;
type Judge = (focus: Quad['object'], graph: RecordGraph, depth: number) => Verdict;
type Parameters = ReadonlyMap<string, readonly Quad['object'][]>;

/** How deep shapes may refer to shapes before the engine is asked: records are shallow, circles are not. */
const DEEPEST = 24;

/** What a shape says that is no condition, by names of SHACL; everything else that is not judged here sends to the engine. */
const NO_CONDITIONS: ReadonlySet<string> = new Set([
  'path',
  'severity',
  'message',
  'name',
  'description',
  'order',
  'group',
  'targetClass',
  'targetNode',
  'targetSubjectsOf',
  'targetObjectsOf',
  'flags',
  'qualifiedMinCount',
  // Words of profiles that SHACL does not know; the engine passes them over too.
  'shape',
  'extends',
]);

interface Aimed {
  readonly shape: Quad['subject'];
  readonly focuses: (graph: RecordGraph) => Iterable<Quad['object']>;
  readonly judge: Judge;
}

/**
 * The shapes of a layer made into functions, for the one answer that nearly every shape gives: nothing to object. They
 * know the constraints that profiles of catalogues use; where a shape says anything else, or a value is written in a way that
 * they do not know, they say so and the engine is asked. What is found, and in which words, is the engine's alone.
 */
export class JudgedShapes {
  readonly #shapes: RecordGraph;
  readonly #aimed: readonly Aimed[];
  readonly #judges = new Map<string, Judge>();

  constructor(shapes: readonly Quad[]) {
    this.#shapes = new RecordGraph(shapes);
    // Classes below classes are rare in profiles and left to the engine.
    const isFlat = !shapes.some(({ predicate }) => predicate.value.endsWith('#subClassOf'));
    const aimed = new Map<string, Quad['subject']>();
    for (const { subject, predicate, object } of shapes) {
      if (predicate.value.startsWith(`${SH}target`) || object.value === CLASS) aimed.set(keyOf(subject), subject);
    }
    this.#aimed = [...aimed.values()].map((shape) => {
      const said = this.#said(shape);
      const isPlain = isFlat && !said.has(`${SH}target`);
      return { shape, focuses: focusesOf(shape, said, isPlain), judge: isPlain ? this.#judgeOf(shape) : unsure };
    });
  }

  /** Shapes that may have something to object to a record, by key. */
  doubted(record: RecordGraph): ReadonlySet<string> {
    const doubted = new Set<string>();
    for (const { shape, focuses, judge } of this.#aimed) {
      for (const focus of focuses(record)) {
        if (judge(focus, record, 0) === true) continue;
        doubted.add(keyOf(shape));
        break;
      }
    }
    return doubted;
  }

  #said(shape: Term): Parameters {
    const said = new Map<string, Quad['object'][]>();
    for (const { predicate, object } of this.#shapes.about(shape)) {
      const own = said.get(predicate.value);
      if (own === undefined) said.set(predicate.value, [object]);
      else own.push(object);
    }
    return said;
  }

  /** Made when it is first asked for: shapes refer to one another in circles. */
  #judgeOf(shape: Quad['object'] | Quad['subject']): Judge {
    const key = keyOf(shape);
    return (focus, graph, depth) => {
      let judge = this.#judges.get(key);
      if (judge === undefined) {
        judge = this.#make(this.#said(shape));
        this.#judges.set(key, judge);
      }
      return depth > DEEPEST ? undefined : judge(focus, graph, depth + 1);
    };
  }

  #make(said: Parameters): Judge {
    const path = said.get(`${SH}path`);
    const walk = path === undefined ? undefined : this.#walk(path);
    if (path !== undefined && walk === undefined) return unsure;
    const ofAll: ((values: readonly JudgedValue[], graph: RecordGraph, depth: number) => Verdict)[] = [];
    const ofEach: Judge[] = [];
    for (const [predicate, terms] of said) {
      if (!predicate.startsWith(SH)) continue;
      const name = predicate.slice(SH.length);
      if (NO_CONDITIONS.has(name)) continue;
      const each = this.#conditionOfEach(name, terms, said);
      const all = each === undefined && walk !== undefined ? this.#conditionOfAll(name, terms, said) : undefined;
      if (each !== undefined) ofEach.push(each);
      else if (all !== undefined) ofAll.push(all);
      else return unsure;
    }
    return (focus, graph, depth) => {
      const values = walk === undefined ? [focus] : walk(focus, graph);
      let verdict: Verdict = true;
      for (const judge of ofAll) verdict = both(verdict, judge(values, graph, depth));
      for (const value of values) for (const judge of ofEach) verdict = both(verdict, judge(value, graph, depth));
      return verdict;
    };
  }

  /** What holds of the values of a property together. */
  #conditionOfAll(name: string, terms: readonly Quad['object'][], said: Parameters) {
    const [term] = terms;
    if (term === undefined || terms.length !== 1) return undefined;
    const number = Number.parseInt(term.value, 10);
    switch (name) {
      case 'minCount':
        return (values: readonly JudgedValue[]): Verdict => values.length >= number;
      case 'maxCount':
        return (values: readonly JudgedValue[]): Verdict => values.length <= number;
      case 'hasValue':
        return (values: readonly JudgedValue[]): Verdict => values.some((value) => value.equals(term));
      case 'uniqueLang':
        return term.value === 'true' ? hasEachLanguageOnce : undefined;
      case 'qualifiedValueShape': {
        const least = said.get(`${SH}qualifiedMinCount`);
        if (least?.length !== 1) return undefined;
        const judge = this.#judgeOf(term);
        const asked = Number.parseInt(least[0]?.value ?? '', 10);
        return (values: readonly JudgedValue[], graph: RecordGraph, depth: number): Verdict =>
          values.filter((value) => judge(value, graph, depth) === true).length >= asked || undefined;
      }
      default:
        return undefined;
    }
  }

  /** What holds of each value, or of the thing itself where the shape has no path. */
  #conditionOfEach(name: string, terms: readonly Quad['object'][], said: Parameters): Judge | undefined {
    if (name === 'node' || name === 'property') {
      const judges = terms.map((term) => this.#judgeOf(term));
      return (focus, graph, depth) =>
        judges.reduce<Verdict>((all, judge) => both(all, judge(focus, graph, depth)), true);
    }
    if (name === 'class') {
      const classes = terms.map(keyOf);
      return (focus, graph) => {
        const own = graph.about(focus, TYPE);
        return classes.every((one) => own.some(({ object }) => keyOf(object) === one));
      };
    }
    const [term] = terms;
    if (term === undefined || terms.length !== 1) return undefined;
    switch (name) {
      case 'nodeKind':
        return (focus) => KINDS.get(term.value.slice(SH.length))?.has(focus.termType);
      case 'datatype':
        return (focus) => lexicallyValid(focus, term.value);
      case 'pattern':
        return patternOf(term.value, said.get(`${SH}flags`) ?? []);
      case 'in': {
        const list = this.#list(term);
        if (list === undefined) return undefined;
        const allowed = new Set(list.map(keyOf));
        return (focus) => allowed.has(keyOf(focus));
      }
      case 'languageIn': {
        const starts = this.#list(term)?.map(({ value }) => value);
        if (starts === undefined) return undefined;
        return (focus) =>
          focus.termType === 'Literal' && focus.language !== '' && starts.some((one) => focus.language.startsWith(one));
      }
      case 'not': {
        const judge = this.#judgeOf(term);
        return (focus, graph, depth) => {
          const verdict = judge(focus, graph, depth);
          return verdict === undefined ? undefined : !verdict;
        };
      }
      case 'or': {
        const judges = this.#list(term)?.map((one) => this.#judgeOf(one));
        if (judges === undefined) return undefined;
        return (focus, graph, depth) => {
          let verdict: Verdict = false;
          for (const judge of judges) {
            const one = judge(focus, graph, depth);
            if (one === true) return true;
            if (one === undefined) verdict = undefined;
          }
          return verdict;
        };
      }
      default:
        return undefined;
    }
  }

  /** Values along a path, each once; undefined for paths of more than steps and choices. */
  #walk(
    paths: readonly Quad['object'][],
  ): ((focus: JudgedValue, graph: RecordGraph) => readonly JudgedValue[]) | undefined {
    const [path] = paths;
    if (path === undefined || paths.length !== 1) return undefined;
    const steps = (this.#list(path) ?? [path]).map((step) => this.#step(step));
    const known = steps.filter((step) => step !== undefined);
    if (known.length !== steps.length) return undefined;
    return (focus, graph) =>
      known.reduce<readonly JudgedValue[]>((from, step) => once(from.flatMap((one) => step(one, graph))), [focus]);
  }

  #step(step: Quad['object']): ((focus: JudgedValue, graph: RecordGraph) => readonly JudgedValue[]) | undefined {
    if (step.termType === 'NamedNode') {
      const predicate = step.value;
      return (focus, graph) => graph.about(focus, predicate).map(({ object }) => object);
    }
    const said = this.#said(step);
    if (said.size !== 1) return undefined;
    const choices = said.get(`${SH}alternativePath`)?.map((one) => this.#list(one));
    const [choice] = choices ?? [];
    if (choice?.every(({ termType }) => termType === 'NamedNode')) {
      return (focus, graph) => choice.flatMap(({ value }) => graph.about(focus, value).map(({ object }) => object));
    }
    const [inverse, ...rest] = said.get(`${SH}inversePath`) ?? [];
    if (inverse?.termType !== 'NamedNode' || rest.length > 0) return undefined;
    return (focus, graph) => graph.pointing(inverse.value, focus).map(({ subject }) => subject);
  }

  /** Items of a list of the shapes; undefined for what is none. */
  #list(head: Quad['object']): readonly Quad['object'][] | undefined {
    const items: Quad['object'][] = [];
    let at: Quad['object'] = head;
    while (at.value !== NIL) {
      const [first] = this.#shapes.about(at, FIRST);
      const [rest] = this.#shapes.about(at, REST);
      if (first === undefined || rest === undefined || items.length > LONGEST_LIST) return undefined;
      items.push(first.object);
      at = rest.object;
    }
    return items;
  }
}

const LONGEST_LIST = 10_000;
const CLASS = 'http://www.w3.org/2000/01/rdf-schema#Class';

const KINDS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['BlankNode', new Set(['BlankNode'])],
  ['BlankNodeOrIRI', new Set(['BlankNode', 'NamedNode'])],
  ['BlankNodeOrLiteral', new Set(['BlankNode', 'Literal'])],
  ['IRI', new Set(['NamedNode'])],
  ['IRIOrLiteral', new Set(['NamedNode', 'Literal'])],
  ['Literal', new Set(['Literal'])],
]);

const unsure: Judge = () => undefined;

function both(a: Verdict, b: Verdict): Verdict {
  if (a === false || b === false) return false;
  return a === undefined ? a : b;
}

function once(values: readonly JudgedValue[]): readonly JudgedValue[] {
  return values.length < 2 ? values : [...new Map(values.map((value) => [keyOf(value), value])).values()];
}

/** A pattern as the engine reads it; flags that make it remember where it stopped are left to the engine. */
function patternOf(pattern: string, flags: readonly Quad['object'][]): Judge | undefined {
  const [flag] = flags;
  if (flags.length > 1 || !/^[imsu]*$/.test(flag?.value ?? '')) return undefined;
  const expression = new RegExp(pattern, flag?.value);
  return (focus) => (focus.termType === 'BlankNode' ? undefined : expression.test(focus.value));
}

function hasEachLanguageOnce(values: readonly JudgedValue[]): Verdict {
  const languages = values.flatMap((value) => (value.termType === 'Literal' && value.language ? [value.language] : []));
  return new Set(languages).size === languages.length;
}

/** Where a shape aims; a shape may be a class itself. Of one that aims in other ways, something, so that the engine is asked. */
function focusesOf(shape: Quad['subject'], said: Parameters, isPlain: boolean): Aimed['focuses'] {
  if (!isPlain) return () => [shape];
  const of = (name: string) => said.get(`${SH}${name}`) ?? [];
  const classes = [...of('targetClass'), shape];
  return (graph) => [
    ...classes.flatMap((one) => graph.pointing(TYPE, one).map(({ subject }) => subject)),
    ...of('targetNode'),
    ...of('targetObjectsOf').flatMap(({ value }) => graph.saying(value).map(({ object }) => object)),
    ...of('targetSubjectsOf').flatMap(({ value }) => graph.saying(value).map(({ subject }) => subject)),
  ];
}
