import { UnicaError } from '#base';

/** Loaded when it is needed: threads that import pictures stand beside this file and have no mapping to read. */
async function mappingSchema() {
  const { z } = await import('zod');
  return z.strictObject({
    patientId: z.string().min(1).optional(),
    studyInstanceUid: z.string().min(1).optional(),
    findings: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
    labels: z.record(z.string().min(1), z.string()).optional(),
  });
}

/** How a hospital's clinical table is read where its columns or words are others than ours. */
export interface ClinicalMapping {
  /** Names of columns, as the table writes them. */
  readonly patientId?: string | undefined;
  readonly studyInstanceUid?: string | undefined;
  /** Every column that holds findings. */
  readonly findings?: readonly string[] | undefined;
  /** A finding in the hospital's words, in lower case, and what it is called here; '' for none. */
  readonly labels: ReadonlyMap<string, string>;
}

/**
 * Reads a mapping: `{"patientId": "MRN", "studyInstanceUid": "Study", "findings": ["Diagnose"], "labels": {"Herd": "Mass",
 * "o.B.": ""}}`, all of it optional.
 * @throws UnicaError `intake.mapping-invalid`
 */
export async function readClinicalMapping(text: string): Promise<ClinicalMapping> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new UnicaError('intake.mapping-invalid', { problem: 'it is not JSON' }, { cause });
  }
  const parsed = (await mappingSchema()).safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') || 'the document';
    throw new UnicaError('intake.mapping-invalid', { problem: `${where}: ${issue?.message ?? 'unknown shape'}` });
  }
  const { patientId, studyInstanceUid, findings, labels = {} } = parsed.data;
  return {
    patientId,
    studyInstanceUid,
    findings: typeof findings === 'string' ? [findings] : findings,
    labels: new Map(Object.entries(labels).map(([words, label]) => [words.trim().toLowerCase(), label.trim()])),
  };
}
