import { type DataSetFinding, dataSetFinding, groupedBy, membersOf } from './data-set-finding.ts';
import type { ImageRecord } from './image-record.ts';
import { nearDuplicates } from './near-duplicates.ts';

/** Instances that are there twice, and pictures that are copies of others. The first of each is told nothing. */
export function checkCopies(records: readonly ImageRecord[]): readonly DataSetFinding[] {
  const findings: DataSetFinding[] = [];
  const dropped = new Set<number>();
  const all = membersOf(records);
  for (const [first, ...others] of groupedBy(all, ({ record }) => record.sopInstanceUid).values()) {
    for (const { image, record } of others) {
      const isSame = record.pixelSha256 === first?.record.pixelSha256;
      findings.push(dataSetFinding(isSame ? 'repeated-instance' : 'uid-reused', [image]));
      if (isSame) dropped.add(image);
    }
  }
  const kept = all.filter(({ image }) => !dropped.has(image));
  for (const [, ...copies] of groupedBy(kept, ({ record }) => record.pixelSha256).values()) {
    for (const { image } of copies) {
      findings.push(dataSetFinding('exact-duplicate', [image]));
      dropped.add(image);
    }
  }
  const likenesses = records.map(({ likeness }, image) => (dropped.has(image) ? undefined : (likeness ?? undefined)));
  const isSameExposure = (a: number, b: number): boolean => sameExposure(records[a], records[b]);
  for (const [, ...copies] of nearDuplicates(likenesses, { isExpected: isSameExposure })) {
    for (const copy of copies) findings.push(dataSetFinding('near-duplicate', [copy]));
  }
  return findings;
}

/** A raw exposure beside the one for reading, and repeats of a view, look alike by nature. */
function sameExposure(one: ImageRecord | undefined, other: ImageRecord | undefined): boolean {
  return (
    one !== undefined &&
    other !== undefined &&
    one.studyInstanceUid !== '' &&
    one.studyInstanceUid === other.studyInstanceUid &&
    one.view === other.view &&
    one.side === other.side &&
    (one.view !== null || one.isForProcessing !== other.isForProcessing)
  );
}
