import type { AllowedReader } from './allowed-peer.ts';
import type { RemoteSystem } from './request-association.ts';
import type { OutgoingInstance } from './store.ts';

/** What is asked about (PS3.4 section C.3). */
export type QueryLevel = 'PATIENT' | 'STUDY' | 'SERIES' | 'IMAGE';

/** One key of a question: an attribute that is matched, or only wanted back where its value is ''. */
export interface QuestionKey {
  readonly tag: number;
  readonly vr: string;
  /** As it was sent, without padding; several values apart by backslashes. '' too where it is no text. */
  readonly value: string;
}

/** A query, its unique keys of the levels above checked to be there. */
export interface Question {
  readonly root: 'patient' | 'study';
  readonly level: QueryLevel;
  readonly keys: readonly QuestionKey[];
}

/** What is to be sent: objects that fit every list that is not empty. */
export interface RetrieveWish {
  readonly level: QueryLevel;
  readonly patientIds: readonly string[];
  readonly studyInstanceUids: readonly string[];
  readonly seriesInstanceUids: readonly string[];
  readonly sopInstanceUids: readonly string[];
}

/** Values of one match by tag; what is not in it is answered empty. */
export type FoundValues = ReadonlyMap<number, string | number | readonly string[]>;

/** What is found for a question. */
export interface Findings {
  /** Keys were given that were not matched, so that more than was meant may be found. */
  readonly isLoose: boolean;
  /** Read as fast as the other side takes them; left early when it cancels. */
  readonly matches: AsyncIterable<FoundValues>;
}

/** Who asks. */
export interface Asker {
  readonly aeTitle: string;
  readonly address: string;
}

/** How a retrieval ended, for whoever keeps account. */
export interface RetrievalReport {
  readonly service: 'C-MOVE' | 'C-GET';
  /** AE title that the objects went to. */
  readonly to: string;
  readonly status: number;
  readonly completed: number;
  readonly failed: number;
  /** Not tried any more, after a cancel or the end of the association. */
  readonly remaining: number;
}

/**
 * What other systems may ask for by C-FIND, C-MOVE and C-GET. What its functions throw decides what they are told: who may
 * not ask (403), what time can mend (surroundings), or that the question cannot be understood (user).
 */
export interface ReadableArchive {
  readonly readers: readonly AllowedReader[];
  /** Systems that C-MOVE sends to; undefined for all others. */
  destination(aeTitle: string): RemoteSystem | undefined;
  find(question: Question, asker: Asker): Promise<Findings>;
  /** Objects in the order in which they are sent. */
  retrieve(wish: RetrieveWish, asker: Asker): Promise<readonly OutgoingInstance[]>;
  /** Called once for each retrieval, before its last answer. */
  retrieved(report: RetrievalReport, asker: Asker): Promise<void>;
}
