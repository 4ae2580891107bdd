import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { asUnicaError, ERROR_TABLE, UnicaError } from '#base';
import { studyFactsOf } from '#cdm';
import { pixelCodecs } from '#codecs';
import {
  ALL_OPTIONS,
  type Deidentified,
  deidentify,
  originOf as originIn,
  pseudonymOf,
  pseudonymousUid,
  shiftDays,
} from '#deid';
import { decodeSamples, parseDicom } from '#dicom';
import { type ClinicalRow, openSource, readClinicalCsv } from '#intake';
import { checkFile, pixelDigest } from '#quality';
import type { VaultLink } from '#vault';
import { tagOf } from '#vocab';
import type { ClinicalFindings } from './archive.ts';
import type { FindingFile, ImageFacts, ImportFinding, ImportOrder, Origin } from './import-messages.ts';
import type { QuarantineReason } from './quarantine.ts';

/** Findings under way, and their bytes, before the main thread must have stored some: bounds the memory of an import. */
const WINDOW = { findings: 8, bytes: 268_435_456 } as const;

const port = parentPort;
if (port === null) throw new Error('import-thread runs as a worker thread');
const order = workerData as ImportOrder;
const codecs = pixelCodecs();
const site = { siteId: order.siteId, secret: order.secret };

/** Sizes of the findings that are not stored yet, in the order in which they were sent and will be acknowledged. */
const underWay: number[] = [];
let underWayBytes = 0;
let wake: () => void = () => {};
port.on('message', () => {
  underWayBytes -= underWay.shift() ?? 0;
  wake();
});

await run().catch(async (error: unknown) => {
  await send({ kind: 'failed', because: asUnicaError(error).message });
});
while (underWay.length > 0) await woken();
port.close();

async function run(): Promise<void> {
  const source = openSource(order.paths);
  await sendClinical(await source.clinical());
  await sendClinical(await clinicalTables());
  for await (const file of source) {
    const bytes = await file.read().catch((error: unknown) => asUnicaError(error));
    if (bytes instanceof UnicaError) {
      await send({ kind: 'rejected', file: { name: file.name }, path: file.name, reason: bytes.message });
    } else await takeIn(file.name, bytes);
  }
  await send({ kind: 'end' });
}

async function takeIn(name: string, bytes: Uint8Array): Promise<void> {
  const file: FindingFile = { name, origin: order.tellOrigins === true ? originOf(bytes) : undefined };
  if (order.onlyStudy !== undefined && file.origin !== undefined && file.origin.studyInstanceUid !== order.onlyStudy) {
    await send({ kind: 'rejected', file, path: name, reason: 'It belongs to another study.', otherStudy: true });
    return;
  }
  const sourceSha256 = createHash('sha256').update(bytes).digest('hex');
  const outcome = cleaned(bytes);
  if (outcome.kind === 'clean') {
    const link = order.tellLinks === true ? linkOf(bytes, outcome.facts) : undefined;
    await send({ kind: 'clean', file, sourceSha256, bytes: own(outcome.bytes), facts: outcome.facts, link });
  } else {
    await send({ kind: 'quarantined', file, sourceSha256, bytes: own(bytes), reason: outcome.reason });
  }
}

type Cleaned =
  | { readonly kind: 'clean'; readonly bytes: Uint8Array; readonly facts: ImageFacts }
  | { readonly kind: 'quarantined'; readonly reason: QuarantineReason };

/** A fault of ours sets one file aside, where a person finds it, and does not end the import of the others. */
function cleaned(bytes: Uint8Array): Cleaned {
  try {
    const outcome = deidentify(bytes, site, ALL_OPTIONS, { codecs, siteWords: order.siteWords });
    if (outcome.kind === 'clean') {
      return { kind: 'clean', bytes: outcome.image.bytes, facts: { ...factsOf(outcome.image), masks: outcome.masks } };
    }
    const { because: code, sentence, mend } = outcome;
    return {
      kind: 'quarantined',
      reason: { code, sentence, mend, ...(outcome.suspects === undefined ? {} : { suspects: outcome.suspects }) },
    };
  } catch (error) {
    const { code, message } = asUnicaError(error);
    const { mend } = ERROR_TABLE[code];
    return { kind: 'quarantined', reason: { code, sentence: message.replace(mend, '').trim(), mend } };
  }
}

/** Undefined where the file cannot be read. */
function originOf(bytes: Uint8Array): Origin | undefined {
  try {
    const { dataset } = parseDicom(bytes);
    return {
      studyInstanceUid: dataset.text(tagOf('StudyInstanceUID')) ?? '',
      sopClassUid: dataset.text(tagOf('SOPClassUID')) ?? '',
      sopInstanceUid: dataset.text(tagOf('SOPInstanceUID')) ?? '',
    };
  } catch (error) {
    if (error instanceof UnicaError) return undefined;
    throw error;
  }
}

function linkOf(bytes: Uint8Array, { person, studyInstanceUid: newStudyInstanceUid }: ImageFacts): VaultLink {
  return { ...originIn(parseDicom(bytes).dataset), person, newStudyInstanceUid, daysBack: shiftDays(site, person) };
}

function factsOf(image: Deidentified): Omit<ImageFacts, 'masks'> {
  const { findings: _, ...facts } = studyFactsOf(image);
  const quality = checkFile(image.file, codecs).map(({ check, severity }) => ({ check, severity }));
  return { ...facts, pixelSha256: pixelsOf(image), quality };
}

/** Null where the pixels cannot be decoded here; the quality findings say so. */
function pixelsOf(image: Deidentified): string | null {
  try {
    return pixelDigest(decodeSamples(image.file, 0, codecs));
  } catch (error) {
    if (error instanceof UnicaError) return null;
    throw error;
  }
}

/** The table that was named, or the `clinical.csv` that lies in a folder. */
async function clinicalTables(): Promise<readonly ClinicalRow[]> {
  if (order.clinicalPath !== undefined)
    return readClinicalCsv(await readFile(order.clinicalPath, 'utf8'), order.mapping);
  const rows: ClinicalRow[] = [];
  for (const path of order.paths) {
    const beside = basename(path) === 'clinical.csv' ? path : join(path, 'clinical.csv');
    const text = await readFile(beside, 'utf8').catch(() => undefined);
    if (text !== undefined) rows.push(...readClinicalCsv(text, order.mapping));
  }
  return rows;
}

async function sendClinical(rows: readonly ClinicalRow[]): Promise<void> {
  if (rows.length === 0) return;
  const bySubject = new Map<string, ClinicalFindings>();
  for (const row of rows) {
    const person = pseudonymOf(site, row.patientId);
    const subject = row.studyInstanceUid === undefined ? person : pseudonymousUid(site, row.studyInstanceUid);
    const earlier = bySubject.get(subject)?.findings ?? [];
    bySubject.set(subject, { subject, person, findings: [...new Set([...earlier, ...row.findings])] });
  }
  await send({ kind: 'clinical', rows: [...bySubject.values()] });
}

async function send(finding: ImportFinding): Promise<void> {
  const sizeBytes = 'bytes' in finding ? finding.bytes.length : 0;
  while (underWay.length >= WINDOW.findings || (underWay.length > 0 && underWayBytes + sizeBytes > WINDOW.bytes)) {
    await woken();
  }
  underWay.push(sizeBytes);
  underWayBytes += sizeBytes;
  port?.postMessage(finding, 'bytes' in finding ? [finding.bytes.buffer as ArrayBuffer] : []);
}

function woken(): Promise<void> {
  return new Promise((resolve) => {
    wake = resolve;
  });
}

/** Bytes in a buffer of their own, which can be handed over instead of copied. */
function own(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}
