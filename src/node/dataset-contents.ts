import { type DatasetSummary, summarise } from '#cdm';
import type { Cohort } from '#consent';
import { ELEMENTS, type Element } from '#mapping';
import { conceptName } from '#vocab';
import { type ClinicalWarehouse, type CodedPerson, codedPersons } from '#warehouse';
import type { DatasetRecord } from '#wire';
import type { ArchiveMember } from './archive.ts';

/** What images and clinical tables of a dataset say together, before disclosure control. */
export interface DatasetContents {
  readonly summary: DatasetSummary;
  /** Variables of the clinical tables, and of how many people each is known. */
  readonly variables: readonly { readonly variable: Variable; readonly persons: number }[];
}

type Variable = NonNullable<DatasetRecord['variables']>[number];

/**
 * Counts what a dataset holds. Somebody of whom there are only clinical rows counts among the people, as federated search counts; where no image
 * tells sex or age, the tables do.
 */
export async function datasetContents(
  { members }: Pick<Cohort<ArchiveMember>, 'members'>,
  warehouse: ClinicalWarehouse,
): Promise<DatasetContents> {
  if ((await warehouse.tablesSha256()) === undefined) return { summary: summarise(members), variables: [] };
  const build = await warehouse.current();
  const coded = new Map((await codedPersons(warehouse, build)).map((person) => [person.person, person]));
  const images = summarise(members.map((one) => ({ ...one, sex: one.sex ?? sexOf(coded.get(one.person)) })));
  const imaged = new Set(members.map(({ person }) => person));
  const others = [...coded.values()].filter(({ person }) => !imaged.has(person));
  return {
    summary: {
      ...images,
      persons: images.persons + others.length,
      sexes: withOthers(images.sexes, others),
      ageYears: images.ageYears ?? agesAtDiagnosis([...coded.values()]),
    },
    variables: [...(await warehouse.personsByElement(build))].flatMap(([id, persons]) => {
      const variable = variables.get(id);
      return variable === undefined ? [] : [{ variable, persons }];
    }),
  };
}

const SEXES: Readonly<Record<string, string>> = { COM1001366: 'M', COM1001370: 'F', COM1001288: 'O' };

function sexOf(person: CodedPerson | undefined): string | null {
  return SEXES[person?.sex ?? ''] ?? null;
}

function withOthers(sexes: DatasetSummary['sexes'], others: readonly CodedPerson[]): Readonly<Record<string, number>> {
  const counts = new Map(Object.entries(sexes));
  for (const person of others) {
    const sex = sexOf(person) ?? 'unknown';
    counts.set(sex, (counts.get(sex) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function agesAtDiagnosis(people: readonly CodedPerson[]): DatasetSummary['ageYears'] {
  const ages = people.flatMap(({ ageAtDiagnosis }) => ageAtDiagnosis ?? []);
  if (ages.length === 0) return null;
  const range = ages.reduce(({ from, to }, age) => ({ from: Math.min(from, age), to: Math.max(to, age) }), {
    from: Number.POSITIVE_INFINITY,
    to: 0,
  });
  return { from: Math.floor(range.from), to: Math.ceil(range.to) };
}

const DATATYPES: Readonly<Record<Element['kind'], Variable['datatype'] | undefined>> = {
  identifier: undefined,
  coded: 'string',
  text: 'string',
  number: 'decimal',
  date: 'date',
  'yes-no': 'boolean',
};

/** Elements as variables: what was measured or asked has a concept of the ontology, and its name is the title. */
const variables: ReadonlyMap<string, Variable> = new Map(
  ELEMENTS.flatMap(({ id, kind, fixed, names }) => {
    const datatype = DATATYPES[kind];
    if (datatype === undefined) return [];
    const code = Object.values(fixed).find((value) => /^[A-Z]{2,5}\d{6,8}$/.test(value)) ?? null;
    const said = code === null ? (names[0] ?? id) : (conceptName(code).split('|')[0] ?? id);
    const title = `${said.slice(0, 1).toUpperCase()}${said.slice(1)}`.slice(0, 120);
    return [[id, { name: id.replaceAll('-', '_'), title, datatype, code }] as const];
  }),
);
