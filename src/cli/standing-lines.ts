import type { RecordStandingView } from '#wire';

/** Where a record stands, and each thing that it lacks with the field that fills it. */
export function linesOfStanding({ record, state, missing, address }: RecordStandingView): readonly string[] {
  return [
    `${record.title}, version ${record.version}: ${state}`,
    address,
    ...missing.map(({ profile, field, fix }) => `  ${profile}${field === null ? '' : ` (field ${field})`}: ${fix}`),
  ];
}

/** What a description of a dataset looks like, for those whose file is none. */
export const DESCRIPTION_EXAMPLE =
  'A description is JSON such as {"title":"Chest films","description":"…","conditions":["DUO_0000042"],"card":{"publisherName":"Hospital"}}.';
