import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { asUnicaError, ERROR_TABLE, UnicaError } from '#base';
import { studyFactsOf } from '#cdm';
import { pixelCodecs } from '#codecs';
import {
  ALL_OPTIONS,
  blackOutInPieces,
  type Deidentified,
  deidentify,
  deidentifyInPieces,
  type OutcomeInPieces,
  originOf as originIn,
  type PixelMask,
  pseudonymOf,
  pseudonymousUid,
  type Refusal,
  reopenInParts,
  shiftDays,
} from '#deid';
import { type DataSet, decodeSamples, outlineDicom, parseDicom } from '#dicom';
import {
  type ClinicalRow,
  type FileSource,
  openFileSource,
  openLargeDicom,
  openSource,
  readClinicalCsv,
  writeContents,
} from '#intake';
import { bytesPassed } from '#memory';
import { lookAt, pixelDigest, recordOf } from '#quality';
import type { VaultLink } from '#vault';
import { tagOf } from '#vocab';
import type { ClinicalFindings } from './archive.ts';
import type { FileContent } from './file-content.ts';
import type { CleanedBefore, FindingFile, ImageFacts, ImportFinding, ImportOrder, Origin } from './import-messages.ts';
import type { QuarantineReason } from './quarantine.ts';

/** Findings under way, and their bytes, before the main thread must have stored some: bounds the memory of an import. */
const WINDOW = { findings: 8, bytes: 33_554_432 } as const;

/** What a file leaves behind in memory: it as it came and as it goes, its pixels decoded for several checks. */
const COPIES_OF_A_FILE = 8;

/** Large files are read in pieces of this size for their digest. */
const PIECE_BYTES = 1_048_576;

type LinkedFacts = Pick<ImageFacts, 'person' | 'studyInstanceUid'>;

const port = parentPort;
if (port === null) throw new Error('import-thread runs as a worker thread');
const order = workerData as ImportOrder;
const codecs = pixelCodecs();
const site = { siteId: order.siteId, secret: order.secret };
const byHand: ReadonlySet<string> = new Set(order.byHand);
const means = { codecs, siteWords: order.siteWords, regionRules: order.regionRules, seenByPerson: order.seenByPerson };

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
  const [only] = order.paths;
  if (order.cleanedBefore !== undefined && only !== undefined) {
    await takeBack(order.cleanedBefore, only);
    await send({ kind: 'end' });
    return;
  }
  const source = openSource(order.paths, { layout: order.layout });
  await sendClinical(await source.clinical());
  await sendClinical(await clinicalTables());
  for await (const file of source) {
    if (file.path !== undefined && (await takeInLarge(file.name, file.path))) continue;
    const bytes = await file.read().catch((error: unknown) => asUnicaError(error));
    if (bytes instanceof UnicaError) {
      await send({ kind: 'rejected', file: { name: file.name }, path: file.name, reason: bytes.message });
    } else await takeIn(file.name, bytes);
  }
  await send({ kind: 'end' });
}

/** A file of the quarantine that was cleaned before: only what a person marked is blacked out. */
async function takeBack({ sourceSha256, masks: earlier }: CleanedBefore, sourcePath: string): Promise<void> {
  const source = openFileSource(sourcePath);
  try {
    const marked = order.seenByPerson ?? [];
    const outcome = blackOutInPieces(source, marked, means) ?? notInParts();
    await sendInParts({ name: basename(sourcePath) }, outcome, {
      sourceSha256,
      content: { path: sourcePath, sizeBytes: source.sizeBytes, sha256: sourceSha256 },
      masks: [...earlier, ...marked],
    });
  } finally {
    source.close();
  }
}

/** Deflated bodies cannot be written anew in parts. */
function notInParts(): Refusal {
  const { sentence, mend } = ERROR_TABLE['node.found-readable'];
  return { kind: 'quarantined', because: 'node.found-readable', sentence, mend };
}

async function takeIn(name: string, bytes: Uint8Array): Promise<void> {
  // Before there is more of it: what is in use during two collections would live long, and the file before it is over.
  bytesPassed(COPIES_OF_A_FILE * bytes.length);
  const file: FindingFile = { name, origin: originOf(() => parseDicom(bytes).dataset) };
  if (await isOfOtherStudy(file)) return;
  const sourceSha256 = createHash('sha256').update(bytes).digest('hex');
  const outcome = cleaned(bytes);
  if (outcome.kind === 'clean' && isByHand(outcome.facts.sopInstanceUid)) {
    const reason = byHandReason(outcome.facts.masks);
    await send({ kind: 'quarantined', file, sourceSha256, content: own(bytes), reason });
  } else if (outcome.kind === 'clean') {
    const link = order.tellLinks === true ? linkOf(parseDicom(bytes).dataset, outcome.facts) : undefined;
    await send({ kind: 'clean', file, sourceSha256, content: own(outcome.bytes), facts: outcome.facts, link });
  } else {
    await send({ kind: 'quarantined', file, sourceSha256, content: own(bytes), reason: outcome.reason });
  }
}

/** Takes a large file in, of which no more than a frame is held; false for one that has to be read as a whole. */
async function takeInLarge(name: string, path: string): Promise<boolean> {
  const source = openLargeDicom(path);
  if (source === undefined) return false;
  try {
    return await takeInParts(name, path, source);
  } finally {
    source.close();
  }
}

async function takeInParts(name: string, sourcePath: string, source: FileSource): Promise<boolean> {
  const datasetOf = () => outlineDicom(source)?.file.dataset;
  const file: FindingFile = { name, origin: originOf(datasetOf) };
  if (await isOfOtherStudy(file)) return true;
  const outcome = deidentifyInPieces(source, site, ALL_OPTIONS, means);
  if (outcome === undefined) return false;
  const sourceSha256 = digestOf(pieces(source));
  const content = { path: sourcePath, sizeBytes: source.sizeBytes, sha256: sourceSha256 };
  if (outcome.kind === 'clean' && isByHand(outcome.names.sopInstanceUid)) {
    await send({ kind: 'quarantined', file, sourceSha256, content, reason: byHandReason(outcome.masks) });
    return true;
  }
  await sendInParts(file, outcome, { sourceSha256, content });
  return true;
}

/** Whether a person blacks this image out; not while one has just done it. */
function isByHand(sopInstanceUid: string): boolean {
  return order.seenByPerson === undefined && byHand.has(sopInstanceUid);
}

function byHandReason(suspects: readonly PixelMask[]): QuarantineReason {
  const { sentence, mend } = ERROR_TABLE['node.by-hand'];
  return { code: 'node.by-hand', sentence, mend, suspects };
}

/** Writes a file that is cleaned piece by piece, and tells of it. */
async function sendInParts(
  file: FindingFile,
  outcome: OutcomeInPieces,
  of: {
    readonly sourceSha256: string;
    readonly content: FileContent;
    /** Of a file that was cleaned before, which has its link. */
    readonly masks?: readonly PixelMask[];
  },
): Promise<void> {
  const { sourceSha256, content } = of;
  const path = `${order.draftPrefix}${randomUUID()}`;
  const digest = createHash('sha256');
  const setAside = async (refusal: Refusal) =>
    await send({ kind: 'quarantined', file, sourceSha256, content, reason: reasonOf(refusal) });
  if (outcome.kind === 'quarantined') return await setAside(outcome);
  const written = writeContents(path, outcome.contents(), (piece) => digest.update(piece));
  if (typeof written !== 'number') return await setAside(written);
  const draft = { path, sizeBytes: written, sha256: digest.digest('hex') };
  const facts = { ...largeFacts(path), masks: of.masks ?? outcome.masks };
  const link = order.tellLinks === true && of.masks === undefined ? linkOf(outcome.original, facts) : undefined;
  await send({ kind: 'clean', file, sourceSha256, content: draft, facts, link });
}

function largeFacts(path: string): Omit<ImageFacts, 'masks'> {
  const source = openFileSource(path);
  try {
    return factsOf(reopenInParts(source));
  } finally {
    source.close();
  }
}

function* pieces(source: FileSource): Generator<Uint8Array> {
  for (let start = 0; start < source.sizeBytes; start += PIECE_BYTES) yield source.read(start, PIECE_BYTES);
}

function digestOf(parts: Iterable<Uint8Array>): string {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest('hex');
}

async function isOfOtherStudy(file: FindingFile): Promise<boolean> {
  if (order.onlyStudy === undefined || file.origin === undefined) return false;
  if (file.origin.studyInstanceUid === order.onlyStudy) return false;
  const reason = 'It belongs to another study.';
  await send({ kind: 'rejected', file, path: file.name, reason, otherStudy: true });
  return true;
}

type Cleaned =
  | { readonly kind: 'clean'; readonly bytes: Uint8Array; readonly facts: ImageFacts }
  | { readonly kind: 'quarantined'; readonly reason: QuarantineReason };

/** A fault of ours sets one file aside, where a person finds it, and does not end the import of the others. */
function cleaned(bytes: Uint8Array): Cleaned {
  try {
    const outcome = deidentify(bytes, site, ALL_OPTIONS, means);
    if (outcome.kind === 'clean') {
      return { kind: 'clean', bytes: outcome.image.bytes, facts: { ...factsOf(outcome.image), masks: outcome.masks } };
    }
    return { kind: 'quarantined', reason: reasonOf(outcome) };
  } catch (error) {
    const { code, message } = asUnicaError(error);
    const { mend } = ERROR_TABLE[code];
    return { kind: 'quarantined', reason: { code, sentence: message.replace(mend, '').trim(), mend } };
  }
}

function reasonOf({ because: code, sentence, mend, suspects }: Refusal): QuarantineReason {
  return { code, sentence, mend, ...(suspects === undefined ? {} : { suspects }) };
}

/** Undefined where nobody asks, or the file cannot be read. */
function originOf(datasetOf: () => DataSet | undefined): Origin | undefined {
  if (order.tellOrigins !== true) return undefined;
  try {
    const dataset = datasetOf();
    if (dataset === undefined) return undefined;
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

function linkOf(original: DataSet, { person, studyInstanceUid: newStudyInstanceUid }: LinkedFacts): VaultLink {
  return { ...originIn(original), person, newStudyInstanceUid, daysBack: shiftDays(site, person) };
}

function factsOf(image: Deidentified): Omit<ImageFacts, 'masks'> {
  const { findings: _, ...facts } = studyFactsOf(image);
  const { findings, frame } = lookAt(image.firstFrame, codecs);
  const quality = findings.map(({ check, severity }) => ({ check, severity }));
  const record = recordOf(image.dataset, frame);
  return { ...facts, pixelSha256: record.pixelSha256 ?? pixelsOf(image), quality, record };
}

/** Null where the pixels cannot be decoded here; the quality findings say so. */
function pixelsOf(image: Deidentified): string | null {
  try {
    return pixelDigest(decodeSamples(image.firstFrame, 0, codecs));
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
  const held = 'content' in finding && finding.content instanceof Uint8Array ? finding.content : undefined;
  const sizeBytes = held?.length ?? 0;
  while (underWay.length >= WINDOW.findings || (underWay.length > 0 && underWayBytes + sizeBytes > WINDOW.bytes)) {
    await woken();
  }
  underWay.push(sizeBytes);
  underWayBytes += sizeBytes;
  port?.postMessage(finding, held === undefined ? [] : [held.buffer as ArrayBuffer]);
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
