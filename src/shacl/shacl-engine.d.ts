/** The part of shacl-engine 1.1 that is used; the package brings no types. */
declare module 'shacl-engine' {
  import type { DataFactory, DatasetCore, NamedNode, Quad, Term } from '@rdfjs/types';

  /** One or several terms of a graph. */
  interface TermsPointer {
    readonly term?: Term;
    readonly terms: readonly Term[];
    readonly value?: string;
    readonly values: readonly string[];
    out(predicates: readonly Term[]): TermsPointer;
  }

  interface PathStep {
    readonly quantifier: string;
    readonly start: 'subject' | 'object';
    readonly predicates: readonly NamedNode[];
  }

  export interface ValidationResult {
    readonly constraintComponent: NamedNode;
    readonly focusNode: TermsPointer;
    readonly message: readonly { readonly value: string }[];
    readonly path?: readonly PathStep[];
    readonly results: readonly ValidationResult[];
    readonly severity: NamedNode;
    readonly shape: { readonly ptr: TermsPointer };
    readonly value?: TermsPointer;
  }

  export interface ValidationReport {
    readonly results: readonly ValidationResult[];
  }

  export class Validator {
    constructor(
      shapes: DatasetCore<Quad>,
      options: { readonly factory: DataFactory; readonly details?: boolean; readonly debug?: boolean },
    );
    /** @param shapes those to begin with; all of the graph unless told */
    validate(
      data: { readonly dataset: DatasetCore<Quad> },
      shapes?: readonly { readonly terms: readonly Term[] }[],
    ): Promise<ValidationReport>;
  }
}
