import { type Json, SeededRandom } from '#base';
import { shippedDefinitions } from './definitions.ts';
import { isResource } from './fhir-json.ts';
import { MUTATION_KINDS, type MutationKind, mutateDocument } from './mutate-document.ts';
import { validateFhir } from './validate-document.ts';

/** What came of a campaign of damaged documents. */
export interface MutationReport {
  readonly documents: number;
  readonly mutants: number;
  readonly rejected: number;
  /** By kind of fault: how many, how many rejected. */
  readonly kinds: readonly { readonly kind: MutationKind; readonly mutants: number; readonly rejected: number }[];
  /** Faults that passed, at most fifty. */
  readonly passed: readonly { readonly kind: MutationKind; readonly path: string; readonly document: string }[];
}

/** Damages valid documents, a fault each, and validates what comes out. Documents that are not valid
 * are left out; nearly a third of the drawings are of bundles, which are few and hold most kinds of elements. */
export function mutationCampaign(
  documents: readonly { readonly name: string; readonly document: Json }[],
  { mutants, seed }: { readonly mutants: number; readonly seed: string },
): MutationReport {
  const definitions = shippedDefinitions();
  // Conformance resources say nothing about patients.
  const sound = documents.filter(
    ({ document }) =>
      isResource(document) &&
      !/^(CapabilityStatement|SearchParameter|ValueSet|CodeSystem)$/.test(document.resourceType) &&
      validateFhir(document).valid,
  );
  const bundles = sound.filter(({ document }) => isResource(document) && document.resourceType === 'Bundle');
  const random = new SeededRandom(seed);
  const counts = new Map(MUTATION_KINDS.map((kind) => [kind, { mutants: 0, rejected: 0 }]));
  const passed: { kind: MutationKind; path: string; document: string }[] = [];
  for (let made = 0; made < mutants; ) {
    // The kind is drawn first, so that the rare ones are tried too.
    const kind = random.pick(MUTATION_KINDS);
    const { name, document } = random.pick(kind.startsWith('bundle') || random.uniform() < 0.3 ? bundles : sound);
    const mutant = mutateDocument(document, kind, random, definitions);
    const count = counts.get(kind);
    if (mutant === undefined || count === undefined) continue;
    made += 1;
    count.mutants += 1;
    if (validateFhir(mutant.document).valid) passed.push({ kind, path: mutant.path, document: name });
    else count.rejected += 1;
  }
  return {
    documents: sound.length,
    mutants,
    rejected: mutants - passed.length,
    kinds: [...counts].map(([kind, count]) => ({ kind, ...count })),
    passed: passed.slice(0, 50),
  };
}
