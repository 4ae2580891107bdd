import type { DataSet } from '#dicom';
import { tagOf } from '#vocab';
import { type Code, groupCodes, PERCENT, PRIVATE_SCHEME, sameCode, sct } from './code.ts';
import { codeIn } from './report-tree.ts';

const MEASURED = tagOf('MeasuredValueSequence');
const UNITS = tagOf('MeasurementUnitsCodeSequence');
const NUMBER = tagOf('NumericValue');

/** What a measurement of a name is measured in, where its name says so. */
const BY_CONCEPT: readonly (readonly [concept: Code, cid: number])[] = [
  [sct('410668003', 'Length'), 7460],
  [sct('81827009', 'Diameter'), 7460],
  [sct('103339001', 'Long Axis'), 7460],
  [sct('103340004', 'Short Axis'), 7460],
  [sct('42798000', 'Area'), 7461],
  [sct('118565006', 'Volume'), 7462],
];

/** Units that fit a measurement of that name; undefined where any may. All numbers of our own names are percent. */
export function unitsOf(concept: Code): readonly Code[] | undefined {
  if (concept.scheme === PRIVATE_SCHEME) return [PERCENT];
  const cid = BY_CONCEPT.find(([known]) => sameCode(known, concept))?.[1];
  return cid === undefined ? undefined : groupCodes(cid);
}

/** The unit of a NUM item. */
export function unitOf(dataset: DataSet): Code | undefined {
  const [value] = dataset.items(MEASURED);
  return value === undefined ? undefined : codeIn(value, UNITS);
}

/** The number of a NUM item. */
export function numberOf(dataset: DataSet): number | undefined {
  return dataset.items(MEASURED)[0]?.number(NUMBER);
}
