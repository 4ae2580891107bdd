import type { DataSet } from '#dicom';
import { sopClassName, tagOf } from '#vocab';
import type { ReportIssue } from './report-issue.ts';
import type { ReportItem, ReportTree } from './report-tree.ts';
import type { Template } from './template.ts';

const SR = '1.2.840.10008.5.1.4.1.1.88.';

/** Kinds of reports that may hold a template (PS3.3 sections A.35.5.3.1.1 and A.35.6.3.1.1; PS3.16 TID 1500). */
const CLASSES: Readonly<Record<number, readonly string[]>> = {
  1500: [`${SR}22`, `${SR}33`, `${SR}34`],
  4000: [`${SR}50`],
  4100: [`${SR}65`],
};

/** Enumerated values of the module SR Document General (PS3.3 section C.17.2). */
const FLAGS = [
  ['CompletionFlag', ['COMPLETE', 'PARTIAL']],
  ['VerificationFlag', ['VERIFIED', 'UNVERIFIED']],
] as const;

/** What holds for the report as a whole: its kind, its flags, its template, and that every object it names is evidence. */
export function documentIssues(
  dataset: DataSet,
  { root, items }: ReportTree,
  template: Template | undefined,
): readonly ReportIssue[] {
  const issues: ReportIssue[] = [];
  const wrong = (path: string, rule: string, message: string, fix: string) => issues.push({ path, rule, message, fix });
  const sopClass = dataset.text(tagOf('SOPClassUID')) ?? '';
  const classes = template === undefined ? undefined : CLASSES[template.tid];
  if (classes !== undefined && !classes.includes(sopClass)) {
    const names = classes.map((uid) => sopClassName(uid) ?? uid).join(' or ');
    wrong(root.path, 'PS3.3 A.35', `is written as ${sopClassName(sopClass) ?? sopClass}`, `write it as ${names}`);
  }
  if (root.valueType !== 'CONTAINER')
    wrong(root.path, 'PS3.3 C.17.3', `is a ${root.valueType}`, 'begin with a CONTAINER');
  if (root.relationship !== '') {
    wrong(root.path, 'PS3.3 C.17.3', 'has a relationship, though nothing is above it', 'leave RelationshipType out');
  }
  if (template !== undefined && root.template === undefined) {
    const fix = `add ContentTemplateSequence with DCMR and ${template.tid}`;
    wrong(root.path, 'PS3.3 C.18.8', 'does not say which template it follows', fix);
  }
  for (const [keyword, values] of FLAGS) {
    const value = dataset.text(tagOf(keyword)) ?? '(none)';
    if (!(values as readonly string[]).includes(value)) {
      wrong(root.path, 'PS3.3 C.17.2', `its ${keyword} is ${value}`, `set it to ${values.join(' or ')}`);
    }
  }
  const evident = evidence(dataset);
  for (const item of items.values()) {
    const uid = objectOf(item);
    if (uid !== undefined && !evident.has(uid)) {
      const fix = 'list it in CurrentRequestedProcedureEvidenceSequence';
      wrong(item.path, 'PS3.3 C.17.2.3', 'names an object that is not among the evidence', fix);
    }
  }
  return issues;
}

function objectOf({ dataset }: ReportItem): string | undefined {
  return dataset.items(tagOf('ReferencedSOPSequence'))[0]?.text(tagOf('ReferencedSOPInstanceUID'));
}

function evidence(dataset: DataSet): ReadonlySet<string> {
  const studies = [
    ...dataset.items(tagOf('CurrentRequestedProcedureEvidenceSequence')),
    ...dataset.items(tagOf('PertinentOtherEvidenceSequence')),
  ];
  return new Set(
    studies
      .flatMap((study) => study.items(tagOf('ReferencedSeriesSequence')))
      .flatMap((series) => series.items(tagOf('ReferencedSOPSequence')))
      .flatMap((object) => object.text(tagOf('ReferencedSOPInstanceUID')) ?? []),
  );
}
