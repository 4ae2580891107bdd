import fhirpath, { type Model } from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import type { Json } from '#base';
import { type FhirResource, isObject, objectsOf, textAt } from './fhir-json.ts';
import { narrativeProblem } from './narrative.ts';
import type { Constraint } from './structures.ts';

const model: Model = r4;

/** What a rule may look at beside the element itself. */
export interface InvariantContext {
  /** The nearest resource around the element. */
  readonly resource: FhirResource;
  /** The resource that contains it, or itself. */
  readonly rootResource: FhirResource;
  /** What a reference points at, where the document holds it. */
  readonly resolve: (reference: string) => FhirResource | undefined;
}

/** `unclear` where the rule cannot be evaluated. */
export type Verdict = 'holds' | 'broken' | 'unclear';

type Rule = (data: Json, environment: Record<string, unknown>) => readonly unknown[];

/**
 * Rules that FHIRPath engines read differently, done by hand. dom-3 of R4 casts lists with `as`, which strict engines
 * refuse; the checks of narratives are a function of the HL7 validator.
 */
const BY_HAND: Readonly<Record<string, (data: Json, context: InvariantContext) => Verdict>> = {
  'dom-3': (data) => (isObject(data) ? everyContainedIsUsed(data) : 'holds'),
  'txt-1': (data) => narrativeVerdict(data),
  'txt-2': (data) => narrativeVerdict(data),
};

/** Evaluates the FHIRPath rules of profiles, each compiled once. */
export class Invariants {
  readonly #rules = new Map<string, Rule | undefined>();
  #resolve: InvariantContext['resolve'] = () => undefined;

  /** `base` is the path of the element in FHIR's own model: `Bundle.entry`, `HumanName`. */
  check(constraint: Constraint, base: string, data: Json, context: InvariantContext): Verdict {
    const byHand = BY_HAND[constraint.key];
    if (byHand !== undefined) return byHand(data, context);
    const rule = this.#rule(constraint.expression, base);
    if (rule === undefined) return 'unclear';
    this.#resolve = context.resolve;
    try {
      const answer = rule(data, { resource: context.resource, rootResource: context.rootResource });
      if (answer.length === 0) return 'holds';
      return answer.length === 1 && answer[0] === false ? 'broken' : 'holds';
    } catch {
      return 'unclear';
    }
  }

  #rule(expression: string, base: string): Rule | undefined {
    const key = `${base}\n${expression}`;
    if (this.#rules.has(key)) return this.#rules.get(key);
    const rule = this.#compiled(expression, base);
    this.#rules.set(key, rule);
    return rule;
  }

  #compiled(expression: string, base: string): Rule | undefined {
    try {
      const path = base.includes('.') || /^[A-Z]/.test(base) ? { base, expression } : expression;
      return fhirpath.compile(path, model, {
        traceFn: () => undefined,
        userInvocationTable: {
          resolve: { fn: (items: readonly unknown[]) => this.#resolved(items), arity: { 0: [] } },
          htmlChecks: { fn: () => [true], arity: { 0: [] } },
        },
      }) as Rule;
    } catch {
      return undefined;
    }
  }

  /** @note a plain object would have lost its type: evaluating `$this` makes a node that knows it. */
  #resolved(items: readonly unknown[]): unknown[] {
    return items.flatMap((item) => {
      const reference = isObject(item) ? textAt(item, 'reference') : item;
      const target = typeof reference === 'string' ? this.#resolve(reference) : undefined;
      if (target === undefined) return [];
      return fhirpath.evaluate(target, '$this', {}, model, { resolveInternalTypes: false });
    });
  }
}

function narrativeVerdict(data: Json): Verdict {
  return typeof data === 'string' && narrativeProblem(data) !== undefined ? 'broken' : 'holds';
}

/** A contained resource is pointed at from the resource around it, or points at it. */
function everyContainedIsUsed(resource: { readonly [name: string]: Json | undefined }): Verdict {
  const contained = objectsOf(resource['contained']);
  if (contained.length === 0) return 'holds';
  const texts = new Set(textsOf(resource));
  const all = contained.every(
    (inner) => texts.has(`#${textAt(inner as never, 'id') ?? ''}`) || textsOf(inner).includes('#'),
  );
  return all ? 'holds' : 'broken';
}

function textsOf(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return value.startsWith('#') ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((inner: Json | undefined) => textsOf(inner));
}
