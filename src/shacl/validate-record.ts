import type { Quad } from '@rdfjs/types';
import type { ValidationResult } from 'shacl-engine';
import { UnicaError } from '#base';
import { backgroundOf } from './background.ts';
import { fixHint, parametersOf } from './fix-hint.ts';
import { foundByEngine, layersOf, type ProfileName, profileOf, RecordKind } from './profile.ts';
import { RecordGraph, TYPE } from './record-graph.ts';

/** Something that a profile asks for and a record lacks or has otherwise. */
export interface ShaclFinding {
  /** The thing concerned: its address, or `_:…` for something nested without one. */
  readonly focus: string;
  /** Address of the property; several joined by ` | ` where any would do, by ` / ` along a path; empty for the thing itself. */
  readonly path: string;
  readonly message: string;
  /** What to do, in plain words. */
  readonly fix: string;
}

/** What came of looking at a record. */
export interface ShaclReport {
  /** True without violations; warnings are about what is recommended. */
  readonly conforms: boolean;
  readonly violations: readonly ShaclFinding[];
  readonly warnings: readonly ShaclFinding[];
}

const DCAT = 'http://www.w3.org/ns/dcat#';
const IDENTIFIER = 'http://purl.org/dc/terms/identifier';
const DESCRIBED: ReadonlySet<string> = new Set(
  ['Dataset', 'Catalog', 'Distribution', 'DatasetSeries', 'DataService', 'CatalogRecord'].map((name) => DCAT + name),
);

/**
 * Holds a record, or a catalogue of them, against a profile. The classes of the terms of public vocabularies are added
 * before, so that a record need not repeat them.
 * @param violationsOnly leaves out what is only recommended
 * @throws UnicaError `shacl.unknown-profile`; `shacl.nothing-described` where there is nothing a profile speaks of
 */
export async function validateRecord(
  record: readonly Quad[],
  profileName: ProfileName,
  { violationsOnly = false }: { readonly violationsOnly?: boolean } = {},
): Promise<ShaclReport> {
  const profile = profileOf(profileName);
  if (!record.some(({ predicate, object }) => predicate.value === TYPE && DESCRIBED.has(object.value))) {
    throw new UnicaError('shacl.nothing-described');
  }
  const whole = [...record, ...backgroundOf(record)];
  const dataset = new RecordGraph(whole);
  const violations = new Map<string, ShaclFinding>();
  const warnings = new Map<string, ShaclFinding>();
  let kind: RecordKind | undefined;
  for (const layer of layersOf(profile)) {
    const { counts, judged } = layer;
    if (violationsOnly && counts === 'warning') continue;
    const doubted = judged.doubted(dataset);
    if (doubted.size === 0) continue;
    kind ??= new RecordKind(whole);
    const results = await foundByEngine(layer, { kind, dataset, doubted });
    for (const result of results) {
      const isViolation = counts === 'violation' && result.severity.value.endsWith('#Violation');
      const finding = findingOf(result);
      const key = JSON.stringify([finding.focus, finding.path, result.constraintComponent.value, result.value?.value]);
      if (isViolation) violations.set(key, violations.get(key) ?? finding);
      else warnings.set(key, finding);
    }
  }
  if (profile.identifierIsAddress) {
    for (const finding of foreignIdentifiers(record)) violations.set(JSON.stringify(finding), finding);
  }
  const found = [...violations.values()];
  // What must be there need not be recommended as well.
  const known = new Set(found.map(({ focus, path }) => `${focus} ${path}`));
  return {
    conforms: found.length === 0,
    violations: found,
    warnings: [...warnings.values()].filter(({ focus, path }) => !known.has(`${focus} ${path}`)),
  };
}

function findingOf(result: ValidationResult): ShaclFinding {
  const fix = fixHint(result, parametersOf(result));
  const said = result.message.map(({ value }) => value).join(' ');
  const focus = result.focusNode.term;
  return {
    focus: focus === undefined ? '' : focus.termType === 'BlankNode' ? `_:${focus.value}` : focus.value,
    path: (result.path ?? []).map(({ predicates }) => predicates.map(({ value }) => value).join(' | ')).join(' / '),
    message: said === '' ? fix : said,
    fix,
  };
}

/** SHACL without queries cannot compare a text with the address of what carries it. */
function foreignIdentifiers(record: readonly Quad[]): readonly ShaclFinding[] {
  const datasets = new Set(
    record
      .filter(({ predicate, object }) => predicate.value === TYPE && object.value === `${DCAT}Dataset`)
      .map(({ subject }) => subject.value),
  );
  return record
    .filter(({ predicate, subject }) => predicate.value === IDENTIFIER && datasets.has(subject.value))
    .filter(({ subject, object }) => object.value !== subject.value)
    .map(({ subject }) => ({
      focus: subject.value,
      path: IDENTIFIER,
      message: 'dct:identifier must be the address of the dataset in the catalogue.',
      fix: 'Write the address of the dataset, as it stands at the beginning of the record, as the text of dct:identifier.',
    }));
}
