/** Something that a document does wrong, or may do wrong. */
export interface FhirIssue {
  /** Where, as FHIRPath writes it: `Bundle.entry[0].resource.status`. */
  readonly path: string;
  /** What is wrong, as a clause about the element. */
  readonly message: string;
  /** How to mend it. */
  readonly fix: string;
  /** Kind of rule: cardinality, fixed, pattern, slicing, binding, type, format, reference, extension, invariant, bundle, structure. */
  readonly rule: string;
  /** The profile that asks for it, where it is not FHIR itself. */
  readonly profile?: string;
}

/** Collects findings, each once. */
export class Findings {
  readonly errors: FhirIssue[] = [];
  readonly warnings: FhirIssue[] = [];
  readonly notChecked = new Set<string>();
  readonly #seen = new Set<string>();

  error(issue: FhirIssue): void {
    if (this.#isNew(issue)) this.errors.push(issue);
  }

  warn(issue: FhirIssue): void {
    if (this.#isNew(issue)) this.warnings.push(issue);
  }

  #isNew({ path, message }: FhirIssue): boolean {
    const key = `${path}\n${message}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }
}
