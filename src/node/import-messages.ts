import type { StudyFacts } from '#cdm';
import type { PixelMask, RegionRule, SiteWords } from '#deid';
import type { ClinicalMapping } from '#intake';
import type { ImageRecord } from '#quality';
import type { VaultLink } from '#vault';
import type { ClinicalFindings } from './archive.ts';
import type { FileContent } from './file-content.ts';
import type { QuarantineReason } from './quarantine.ts';

/** What the import thread is asked to do. */
export interface ImportOrder {
  readonly paths: readonly string[];
  readonly clinicalPath: string | undefined;
  /** How the clinical table is read, where not by its usual names. */
  readonly mapping?: ClinicalMapping | undefined;
  /** Of a public set, or `auto`; see `openSource`. */
  readonly layout?: string | undefined;
  readonly siteId: string;
  readonly secret: Uint8Array;
  /** Begins the paths of large files that the thread writes. */
  readonly draftPrefix: string;
  /** What somebody decided who looked at the pixels of the one file that is to be brought in. */
  readonly seenByPerson?: readonly PixelMask[] | undefined;
  /**
   * The one file was cleaned here before and only the pixels are to be blacked out further: the digest of what it was when it
   * came, and what is black in it already.
   */
  readonly cleanedBefore?: CleanedBefore | undefined;
  /** Pseudonymous UIDs of images that a person blacks out. */
  readonly byHand?: readonly string[] | undefined;
  /** Words that may stay in descriptions. */
  readonly siteWords?: SiteWords | undefined;
  /** Rectangles of the site that are blacked out. */
  readonly regionRules?: readonly RegionRule[] | undefined;
  /** True where a site vault keeps whose an image was. */
  readonly tellLinks?: boolean | undefined;
  /** True when the sender waits to hear what became of each file. */
  readonly tellOrigins?: boolean | undefined;
  /** Files of other studies are refused; the UID is the sender's. */
  readonly onlyStudy?: string | undefined;
}

/** What is known of an image that left the archive to be blacked out further. */
export interface CleanedBefore {
  readonly sourceSha256: string;
  readonly masks: readonly PixelMask[];
}

/** What a file was before it was de-identified: told to its sender, kept nowhere. */
export interface Origin {
  readonly studyInstanceUid: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
}

/** The file a finding is about. */
export interface FindingFile {
  readonly name: string;
  /** Where it was asked for and the file could be read. */
  readonly origin?: Origin | undefined;
}

/** What an image brings into the index beside its bytes. */
export interface ImageFacts extends Omit<StudyFacts, 'findings'> {
  readonly pixelSha256: string | null;
  /** What was blacked out in its pixels. */
  readonly masks: readonly PixelMask[];
  readonly quality: readonly { readonly check: string; readonly severity: string }[];
  /** For the checks of the data set as a whole. */
  readonly record: ImageRecord;
}

/**
 * What the thread found: one message a file, each acknowledged, so that only a few are under way. `path` is the file's name
 * as the source calls it.
 */
export type ImportFinding =
  | {
      readonly kind: 'clean';
      readonly file: FindingFile;
      readonly sourceSha256: string;
      /** Or a draft of the blob store. */
      readonly content: Uint8Array | FileContent;
      readonly facts: ImageFacts;
      /** For the site vault, where there is one; kept nowhere else. */
      readonly link?: VaultLink | undefined;
    }
  | {
      readonly kind: 'quarantined';
      readonly file: FindingFile;
      readonly sourceSha256: string;
      /** Or the file that came, which stays until it is acknowledged. */
      readonly content: Uint8Array | FileContent;
      readonly reason: QuarantineReason;
    }
  | {
      readonly kind: 'rejected';
      readonly file: FindingFile;
      readonly path: string;
      readonly reason: string;
      readonly otherStudy?: boolean;
    }
  | { readonly kind: 'clinical'; readonly rows: readonly ClinicalFindings[] }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly because: string };
