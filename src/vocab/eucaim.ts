import { CDM_COLUMNS } from './generated/cdm-columns.ts';
import { HYPER_ONTOLOGY } from './generated/hyper-ontology.ts';

/** A column of the EUCAIM common data model. */
export interface CdmColumn {
  readonly table: string;
  readonly column: string;
  readonly sqlType: string;
  readonly key: boolean;
  readonly required: boolean;
  readonly references: string | null;
}

/** All columns, in the order of the deployed schema. */
export const CDM: readonly CdmColumn[] = CDM_COLUMNS.split('\n').map((row) => {
  const [table = '', column = '', sqlType = '', key, required, references] = row.split(' ');
  return {
    table,
    column,
    sqlType,
    key: key === 'key',
    required: required === 'required',
    references: references === '-' || references === undefined ? null : references,
  };
});

/** A concept of the EUCAIM hyper-ontology. */
export interface Concept {
  /** `CLIN…` clinical, `IMG…` imaging, `BP…` part of the body, `COM…` common values, `GEN…`, `SPEC…` of data sets. */
  readonly code: string;
  readonly name: string;
  /** The kind of thing that it is, as OMOP calls it: Condition, Measurement, Procedure … Empty where it is not told. */
  readonly domain: string;
}

let concepts: ReadonlyMap<string, Concept> | undefined;

/** All concepts of the hyper-ontology, by code; read when they are first asked for. */
export function hyperOntologyConcepts(): ReadonlyMap<string, Concept> {
  concepts ??= new Map(
    HYPER_ONTOLOGY.split('\n').map((row): readonly [string, Concept] => {
      const [code = '', domain = '', name = ''] = row.split('\t');
      return [code, { code, name, domain }];
    }),
  );
  return concepts;
}

/** Name of a hyper-ontology concept. @throws RangeError when there is none of that code */
export function conceptName(code: string): string {
  const name = hyperOntologyConcepts().get(code)?.name;
  if (name === undefined) throw new RangeError(`the hyper-ontology has no concept ${code}`);
  return name;
}

/** Whether a text is written as codes of the hyper-ontology are; another version may have a concept where this one has none. */
export function isConceptCode(text: string): boolean {
  return /^(BP|CLIN|COM|GEN|IMG|SPEC)\d{6,}$/.test(text);
}

/** The first of the names of a concept; the code itself where this version of the hyper-ontology has none of that code. */
export function conceptLabel(code: string): string {
  return hyperOntologyConcepts().get(code)?.name.split('|')[0] ?? code;
}
