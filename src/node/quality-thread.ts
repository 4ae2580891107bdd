// Entry of a thread that looks at the archive as a whole; comparing a hundred thousand images takes seconds.
import { parentPort, workerData } from 'node:worker_threads';
import { checkDataSet, describeCheck, dimensionScores, type QualityFinding, scoreOf } from '#quality';
import { imageRecordOf } from './image-records.ts';
import type { CheckedImage, CheckInArchive, QualityOfArchive } from './quality-messages.ts';

/** Examinations that are named as examples of a finding. */
const EXAMPLES = 5;

type Found = Pick<QualityFinding, 'check' | 'severity'>;

function qualityOf(images: readonly CheckedImage[]): QualityOfArchive {
  const findings = images.map(({ quality }) => [...(JSON.parse(quality) as readonly Found[])]);
  const recorded = images.flatMap(({ record }, index) => (record === null ? [] : [{ index, record }]));
  const records = recorded.map(({ record }) => imageRecordOf(record));
  for (const { check, severity, images: concerned } of checkDataSet(records)) {
    for (const image of concerned) findings[recorded[image]?.index ?? -1]?.push({ check, severity });
  }
  return {
    images: images.length,
    unrecorded: images.length - recorded.length,
    score: scoreOf(findings),
    findings: findings.reduce((sum, own) => sum + own.length, 0),
    dimensions: dimensionScores(findings),
    smallestSpacingMm: records.reduce<number | null>(
      (least, { spacingMm }) => (spacingMm && (least === null || spacingMm < least) ? spacingMm : least),
      null,
    ),
    checks: checksIn(images, findings),
  };
}

function checksIn(images: readonly CheckedImage[], findings: readonly (readonly Found[])[]): readonly CheckInArchive[] {
  const found = new Map<Found['check'], { images: number; readonly studies: Set<string> }>();
  findings.forEach((own, index) => {
    for (const check of new Set(own.map((finding) => finding.check))) {
      const entry = found.get(check) ?? { images: 0, studies: new Set() };
      entry.images += 1;
      if (entry.studies.size < EXAMPLES) entry.studies.add(images[index]?.studyInstanceUid ?? '');
      found.set(check, entry);
    }
  });
  return [...found]
    .flatMap(([check, entry]) => {
      const described = describeCheck(check);
      // A finding of an earlier version that is looked for no more.
      return described === undefined
        ? []
        : [{ check, ...described, images: entry.images, studies: [...entry.studies] }];
    })
    .toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.images - a.images);
}

const SEVERITIES = ['error', 'warning', 'info'];

parentPort?.postMessage(qualityOf(workerData as readonly CheckedImage[]));
