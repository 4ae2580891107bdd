import { rm } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { Journal } from '#audit';
import { canonicalJson, type Log, UnicaError } from '#base';
import type { OptOuts } from '#consent';
import {
  type Deidentified,
  type PixelMask,
  type RegionRule,
  reopen,
  reopenInParts,
  type SiteSecret,
  type SiteWords,
} from '#deid';
import { type ClinicalMapping, openFileSource } from '#intake';
import type { BlobStore, Database, LocalBlobs } from '#store';
import type { SiteVault } from '#vault';
import type { ImportView } from '#wire';
import type { Archive } from './archive.ts';
import type { DicomIndex } from './dicom-index.ts';
import type { FileContent } from './file-content.ts';
import type { CleanedBefore, FindingFile, ImportFinding, ImportOrder } from './import-messages.ts';
import type { ImportCounts, Imports } from './imports.ts';
import type { MaskReviews } from './mask-reviews.ts';
import type { Quarantine } from './quarantine.ts';
import { removeImage } from './remove-image.ts';
import type { NodeTables } from './tables.ts';

/** What to bring in. */
export interface ImportWish {
  readonly paths: readonly string[];
  readonly clinicalPath: string | undefined;
  readonly mapping?: ClinicalMapping | undefined;
  /** Of a public set, or `auto`; see `openSource`. */
  readonly layout?: string | undefined;
  /** Folder or file name as it is shown. */
  readonly source: string;
  readonly actor: string;
  /** Files of other studies are refused; the UID is the sender's. */
  readonly onlyStudy?: string | undefined;
  /** What somebody decided who looked at the pixels; for one file of the quarantine. */
  readonly seenByPerson?: readonly PixelMask[] | undefined;
  /** The one file was cleaned here before: only the pixels are blacked out further. */
  readonly cleanedBefore?: CleanedBefore | undefined;
  /** What is stored of the one file makes room for it. */
  readonly takesPlace?: boolean | undefined;
  /** Outcomes tell what each file was before. */
  readonly tellOrigins?: boolean | undefined;
  /** Hears what became of each file, once it is on the disk and in the records. The import waits for it. */
  readonly onOutcome?: ((outcome: ImportOutcome) => void | Promise<void>) | undefined;
}

/** What became of one file. */
export interface ImportOutcome {
  readonly file: FindingFile;
  /**
   * `known`: this very file came before; `conflict`: another image has its UID; `set-aside`: it could not be
   * de-identified and waits for a person.
   */
  readonly kind: 'stored' | 'known' | 'conflict' | 'opted-out' | 'set-aside' | 'rejected' | 'other-study';
  /** Under which pseudonymous UIDs it is kept, when it is. */
  readonly kept?: {
    readonly studyInstanceUid: string;
    readonly seriesInstanceUid: string;
    readonly sopInstanceUid: string;
  };
  /** Why it was set aside. */
  readonly because?: { readonly sentence: string; readonly mend: string };
}

/** What an importer works with. */
export interface ImporterParts {
  readonly archive: Archive;
  readonly database: Database<NodeTables>;
  readonly reviews: MaskReviews;
  readonly dicomIndex: DicomIndex;
  readonly imports: Imports;
  readonly quarantine: Quarantine;
  readonly blobs: BlobStore & LocalBlobs;
  readonly optOuts: OptOuts;
  readonly journal: Journal;
  readonly log: Log;
  readonly site: SiteSecret;
  readonly siteWords: SiteWords;
  readonly regionRules: readonly RegionRule[];
  /** Keeps whose the images are, where the settings name one. */
  readonly vault: (() => Promise<SiteVault>) | undefined;
  readonly newId: (prefix: string) => string;
  readonly clock: () => number;
}

const PROGRESS_EVERY_MS = 250;

/** What a file is made of dies with the file; room for many files at once would only be kept. */
const THREAD_LIMITS = { maxYoungGenerationSizeMb: 12 } as const;

type CleanFinding = Extract<ImportFinding, { kind: 'clean' }>;
type StoredAs = 'stored' | 'known' | 'conflict' | 'opted-out';

/**
 * Brings images in: a thread reads, de-identifies and checks; this side stores. A file is acknowledged once its blob is
 * on disk and its row is written, so a crash loses nothing and a second run takes nothing twice.
 */
export class Importer {
  readonly #parts: ImporterParts;
  readonly #running = new Map<string, { readonly worker: Worker; readonly done: Promise<void> }>();

  constructor(parts: ImporterParts) {
    this.#parts = parts;
  }

  /** Starts an import and says how it stands; it goes on by itself. */
  async begin(wish: ImportWish): Promise<ImportView> {
    const { imports, newId } = this.#parts;
    const importId = newId('import');
    await imports.begin(importId, wish.source);
    this.#start(importId, wish, await this.#parts.reviews.byHand());
    return await this.#view(importId);
  }

  /** Does an import and resolves when it has ended. */
  async run(wish: ImportWish, onProgress?: (view: ImportView) => void, signal?: AbortSignal): Promise<ImportView> {
    const { importId } = await this.begin(wish);
    const running = this.#running.get(importId);
    const stop = () => void running?.worker.terminate();
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    const tell = (report: (view: ImportView) => void) => () => void this.#view(importId).then(report);
    const ticking = onProgress === undefined ? undefined : setInterval(tell(onProgress), PROGRESS_EVERY_MS);
    try {
      await running?.done;
    } finally {
      clearInterval(ticking);
      signal?.removeEventListener('abort', stop);
    }
    return await this.#view(importId);
  }

  /** Stops what is running; called by the house. */
  async close(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ worker }) => worker.terminate()));
    await Promise.allSettled([...this.#running.values()].map(({ done }) => done));
  }

  #start(importId: string, wish: ImportWish, byHand: readonly string[]): void {
    const { site, vault } = this.#parts;
    const order: ImportOrder = {
      draftPrefix: this.#parts.blobs.draftPrefix,
      paths: wish.paths,
      clinicalPath: wish.clinicalPath,
      mapping: wish.mapping,
      layout: wish.layout,
      tellOrigins: wish.tellOrigins,
      onlyStudy: wish.onlyStudy,
      seenByPerson: wish.seenByPerson,
      cleanedBefore: wish.cleanedBefore,
      byHand,
      siteWords: this.#parts.siteWords,
      regionRules: this.#parts.regionRules,
      tellLinks: vault !== undefined,
      ...site,
    };
    const worker = new Worker(new URL('./import-thread.js', import.meta.url), {
      workerData: order,
      resourceLimits: THREAD_LIMITS,
    });
    const done = this.#follow(importId, worker, wish).finally(() => this.#running.delete(importId));
    this.#running.set(importId, { worker, done });
  }

  async #follow(importId: string, worker: Worker, wish: ImportWish): Promise<void> {
    const { imports, journal, log, clock } = this.#parts;
    const counts: ImportCounts = { received: 0, accepted: 0, quarantined: 0, duplicates: 0, optedOut: 0, rejected: [] };
    let failure: string | null = 'it was stopped before its end';
    let isBroken = false;
    let toldAtMs = clock();
    let storing: Promise<void> = Promise.resolve();
    const take = async (finding: ImportFinding): Promise<void> => {
      // What the thread had sent before it was stopped, perhaps its end, does not make the import whole.
      if (isBroken) return;
      if (finding.kind === 'end') failure = null;
      else if (finding.kind === 'failed') failure = finding.because;
      else {
        const outcome = await this.#store(importId, finding, counts, wish);
        if (outcome !== undefined) await wish.onOutcome?.(outcome);
      }
      if (clock() - toldAtMs > PROGRESS_EVERY_MS) {
        toldAtMs = clock();
        await imports.progress(importId, counts);
      }
      worker.postMessage('stored');
    };
    await new Promise<void>((resolve) => {
      worker.on('message', (finding: ImportFinding) => {
        storing = storing
          .then(() => take(finding))
          .catch(async (error: unknown) => {
            log.error('node.import-failed', { importId }, error);
            isBroken = true;
            failure = error instanceof UnicaError ? error.message : 'it could not be stored';
            await worker.terminate();
          });
      });
      worker.once('error', (error) => {
        log.error('node.import-thread-failed', { importId }, error);
        failure = 'the import thread failed';
      });
      worker.once('exit', () => resolve());
    });
    await storing;
    await imports.end(importId, counts, failure);
    await journal.append({
      actor: wish.actor,
      action: 'images.imported',
      subject: importId,
      facts: {
        received: counts.received,
        accepted: counts.accepted,
        quarantined: counts.quarantined,
        duplicates: counts.duplicates,
        optedOut: counts.optedOut,
        rejected: counts.rejected.length,
        complete: failure === null,
      },
    });
  }

  async #store(
    importId: string,
    finding: Exclude<ImportFinding, { kind: 'end' | 'failed' }>,
    counts: ImportCounts,
    wish: ImportWish,
  ): Promise<ImportOutcome | undefined> {
    const { archive, quarantine } = this.#parts;
    if (finding.kind === 'clinical') {
      await archive.putFindings(finding.rows, importId);
      return undefined;
    }
    const { file } = finding;
    counts.received += 1;
    if (finding.kind === 'rejected') {
      counts.rejected.push({ path: finding.path, reason: finding.reason });
      return { file, kind: finding.otherStudy === true ? 'other-study' : 'rejected' };
    }
    if (finding.kind === 'quarantined') {
      const kept = await quarantine.keep(finding.sourceSha256, finding.content, finding.reason);
      if (kept) counts.quarantined += 1;
      else counts.duplicates += 1;
      return { file, kind: 'set-aside', because: finding.reason };
    }
    const kind = await this.#storeImage(importId, finding, counts, wish);
    const { studyInstanceUid, seriesInstanceUid, sopInstanceUid } = finding.facts;
    return kind === 'opted-out'
      ? { file, kind }
      : { file, kind, kept: { studyInstanceUid, seriesInstanceUid, sopInstanceUid } };
  }

  async #storeImage(
    importId: string,
    finding: CleanFinding,
    counts: ImportCounts,
    wish: ImportWish,
  ): Promise<StoredAs> {
    const { content } = finding;
    // The seal does not cross threads: it is made again from the marks the thread's de-identification wrote.
    if (content instanceof Uint8Array) {
      return await this.#storeOpen(importId, finding, { counts, wish }, () => reopen(content));
    }
    const source = openFileSource(content.path);
    try {
      return await this.#storeOpen(importId, finding, { counts, wish }, () => reopenInParts(source));
    } finally {
      source.close();
      // Gone already where it was adopted.
      await rm(content.path, { force: true });
    }
  }

  async #storeOpen(
    importId: string,
    finding: CleanFinding,
    { counts, wish }: { readonly counts: ImportCounts; readonly wish: ImportWish },
    open: () => Deidentified,
  ): Promise<StoredAs> {
    const { archive, dicomIndex, optOuts } = this.#parts;
    const { facts } = finding;
    if (optOuts.isOptedOut(facts.person)) {
      counts.optedOut += 1;
      return 'opted-out';
    }
    if (wish.takesPlace === true) await removeImage(this.#parts, facts.sopInstanceUid);
    // Before the image itself: one whose link was not kept must not be kept either. Images that came before there was a
    // vault get theirs when they come again.
    if (finding.link !== undefined) await (await this.#parts.vault?.())?.record([finding.link]);
    if (await archive.knowsSource(finding.sourceSha256)) {
      // Images that came before there were records get theirs when they come again.
      await archive.keepRecord(facts.record);
      counts.duplicates += 1;
      return 'known';
    }
    const image = open();
    // The same instance in other bytes, such as another encoding, would leave a second blob that nobody asks for.
    if (await archive.knowsInstance(image.sopInstanceUid)) {
      counts.duplicates += 1;
      return 'conflict';
    }
    const { sha256, sizeBytes } = await this.#keep(finding.content);
    const added = await archive.add(
      {
        sop_instance_uid: image.sopInstanceUid,
        series_instance_uid: image.seriesInstanceUid,
        study_instance_uid: image.studyInstanceUid,
        person: image.person,
        blob_sha256: sha256,
        size_bytes: sizeBytes,
        source_sha256: finding.sourceSha256,
        pixel_sha256: facts.pixelSha256,
        modality: facts.modality,
        body_part: facts.bodyPart,
        manufacturer: facts.manufacturer,
        sex: facts.sex,
        age_years: facts.ageYears,
        study_year: facts.studyYear,
        quality: canonicalJson(facts.quality),
        import_id: importId,
      },
      facts.masks,
      facts.record,
    );
    if (!added) {
      counts.duplicates += 1;
      return 'conflict';
    }
    await dicomIndex.add(image, { sha256, sizeBytes });
    counts.accepted += 1;
    return 'stored';
  }

  async #keep(content: Uint8Array | FileContent): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
    const { blobs } = this.#parts;
    if (content instanceof Uint8Array) return await blobs.put(content);
    await blobs.adopt(content.path, content.sha256);
    return content;
  }

  async #view(importId: string): Promise<ImportView> {
    const view = await this.#parts.imports.view(importId);
    if (view === undefined) throw new UnicaError('http.not-found', { what: 'import of that number' });
    return view;
  }
}
