import { canonicalJson, sha256Hex } from '#base';
import { type Standing, streamCohort } from '#consent';
import { factsOfCodes, numberFieldOf, type Searchable, type SearchSource } from '#search';
import { type ClinicalWarehouse, type CodedPerson, codedPersons } from '#warehouse';
import type { Archive, ArchiveMember } from './archive.ts';
import { WHOLE_ARCHIVE } from './current-data.ts';

/**
 * What federated search counts at a node: the archive's images with the findings of its tables, and what the warehouse has
 * coded of the same people; people of whom there are only clinical rows count, too.
 */
export function nodeSearchSource(archive: Archive, warehouse: ClinicalWarehouse, standing: Standing): SearchSource {
  return {
    revision: async () => `${await archive.revision()} ${await warehouse.revision()}`,
    async draw() {
      const members = await archive.members();
      const tables = await warehouse.tablesSha256();
      // Without tables a warehouse knows nothing that the images do not say.
      const coded = tables === undefined ? [] : await codedPersons(warehouse, await warehouse.current());
      const images = archive.contentSha256(members);
      return streamCohort({
        dataset: WHOLE_ARCHIVE,
        dataVersion: tables === undefined ? images : sha256Hex(canonicalJson([images, tables])),
        members: rowsOf(members, coded),
        standing,
      });
    },
  };
}

function* rowsOf(members: readonly ArchiveMember[], coded: readonly CodedPerson[]): Generator<Searchable> {
  const images = new Map<string, ArchiveMember[]>();
  for (const member of members) images.set(member.person, [...(images.get(member.person) ?? []), member]);
  const clinical = new Map(coded.map((person) => [person.person, person]));
  for (const person of [...new Set([...images.keys(), ...clinical.keys()])].sort()) {
    const known = clinical.get(person);
    const facts = known === undefined ? {} : factsOf(known);
    const ofPerson = images.get(person) ?? [];
    for (const member of ofPerson) yield { ...member, sex: member.sex ?? known?.sex ?? null, ...facts };
    if (ofPerson.length > 0 || known === undefined) continue;
    const nothing = {
      modality: null,
      bodyPart: null,
      manufacturer: null,
      ageYears: null,
      studyYear: null,
      findings: [],
    };
    yield { person, studyInstanceUid: null, ...nothing, sex: known.sex, ...facts };
  }
}

function factsOf(person: CodedPerson): Pick<Searchable, 'coded' | 'numbers'> {
  const { ageAtDiagnosis, yearOfDiagnosis, population } = person;
  const measured = person.numbers.flatMap(({ code, value }) => {
    const field = numberFieldOf(code);
    return field === undefined ? [] : [[field, value] as const];
  });
  return {
    coded: { ...factsOfCodes(person.codes), ...(population === null ? {} : { population: [population] }) },
    numbers: {
      ...Object.fromEntries(measured),
      ...(ageAtDiagnosis === null ? {} : { ageAtDiagnosis }),
      ...(yearOfDiagnosis === null ? {} : { diagnosisYear: yearOfDiagnosis }),
    },
  };
}
