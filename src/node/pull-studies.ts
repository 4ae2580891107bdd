import { silentLog, UnicaError } from '#base';
import { echo, find, get, type IncomingInstance, move, type Query, type RemoteSystem } from '#dimse';
import { tagOf } from '#vocab';
import type { ImportView } from '#wire';
import type { NodeConfig } from './config.ts';
import type { DicomAddress } from './dicom-address.ts';
import { openIncoming } from './dicom-receiver.ts';
import { remoteOf } from './dicom-remote.ts';
import type { IncomingSpool } from './incoming-spool.ts';
import { type OpenNode, openNode } from './open-node.ts';
import { PullFolder } from './pull-folder.ts';
import { SpoolImports } from './spool-imports.ts';
import type { StudyKeys } from './study-wish.ts';

/** Which studies to fetch, and how. */
export interface PullWish {
  readonly from: DicomAddress;
  /** Each is asked for by itself; studies that match any of them are fetched, each once. */
  readonly questions: readonly StudyKeys[];
  /** get: over our own connection. move: the archive sends to this node's receiver, which has to be running. */
  readonly via: 'get' | 'move';
  readonly studiesAtMost: number;
  readonly onProgress?: (progress: PullProgress) => void;
  readonly signal?: AbortSignal;
}

/** How far a pull is. */
export interface PullProgress {
  readonly questions: number;
  readonly asked: number;
  readonly studies: number;
  readonly fetched: number;
  /** Objects that arrived. */
  readonly received: number;
}

/** What a pull came to. */
export interface PullReport extends PullProgress {
  /** Numbers of the questions, from 1, to which the archive has no study. */
  readonly unanswered: readonly number[];
  /** Objects that the archive could not send or we could not keep, and studies that it refused as a whole. */
  readonly failed: number;
  /** Arrived, and to be imported by the next start or pull. With `move` the running node imports. */
  readonly waiting: number;
  readonly accepted: number;
  readonly quarantined: number;
  readonly duplicates: number;
  readonly optedOut: number;
  readonly rejected: number;
}

/** C-ECHO under the node's own AE title. @throws UnicaError as `echo` of the room dimse. */
export async function dicomEcho(config: NodeConfig, to: DicomAddress, signal?: AbortSignal): Promise<void> {
  await echo(await remoteOf(config, to), { signal });
}

/**
 * How many studies an archive has of some days (C-FIND); counting ends at `most`, and the query is cancelled then.
 * @throws UnicaError as `find` of the room dimse.
 */
export async function countStudies(
  config: NodeConfig,
  from: DicomAddress,
  { studyDate, most, signal }: { readonly studyDate: string; readonly most: number; readonly signal?: AbortSignal },
): Promise<number> {
  const keys = { StudyDate: studyDate, StudyInstanceUID: '' };
  let studies = 0;
  for await (const _ of find(await remoteOf(config, from), { root: 'study', level: 'STUDY', keys }, { signal })) {
    studies += 1;
    if (studies >= most) break;
  }
  return studies;
}

/**
 * Fetches studies from an archive into a home, its service running or not: finds them, has them sent, and imports them
 * as everything else that arrives. What arrived before a failure is imported all the same, and nothing twice.
 * @throws UnicaError `node.not-initialised`, `node.too-many-studies`; `dimse.…` when the archive cannot be asked; the
 * reason of `signal`.
 */
export async function pullIntoNode(config: NodeConfig, wish: PullWish): Promise<PullReport> {
  const node = await openNode(config, silentLog);
  try {
    return await new Pull(config, wish, { node, remote: await remoteOf(config, wish.from) }).run();
  } finally {
    await node.close();
  }
}

type Count = 'accepted' | 'quarantined' | 'duplicates' | 'optedOut';

class Pull {
  readonly #config: NodeConfig;
  readonly #wish: PullWish;
  readonly #node: OpenNode;
  readonly #remote: RemoteSystem;
  readonly #views: ImportView[] = [];
  readonly #studies = new Set<string>();
  readonly #unanswered: number[] = [];
  #asked = 0;
  #fetched = 0;
  #received = 0;
  #failed = 0;
  #waiting = 0;

  constructor(
    config: NodeConfig,
    wish: PullWish,
    { node, remote }: { readonly node: OpenNode; readonly remote: RemoteSystem },
  ) {
    this.#config = config;
    this.#wish = wish;
    this.#node = node;
    this.#remote = remote;
  }

  async run(): Promise<PullReport> {
    await this.#find();
    try {
      if (this.#wish.via === 'move') for (const study of this.#studies) await this.#fetch(() => this.#move(study));
      else await this.#getAll();
    } finally {
      await this.#journal();
    }
    return this.#report();
  }

  async #find(): Promise<void> {
    const { questions, studiesAtMost, signal } = this.#wish;
    for (const keys of questions) {
      const before = this.#asked;
      let answers = 0;
      for await (const answer of find(this.#remote, studyQuery({ ...keys, StudyInstanceUID: '' }), { signal })) {
        const study = answer.text(tagOf('StudyInstanceUID'));
        if (study === undefined) continue;
        answers += 1;
        this.#studies.add(study);
        if (this.#studies.size > studiesAtMost) throw new UnicaError('node.too-many-studies', { limit: studiesAtMost });
      }
      this.#asked += 1;
      if (answers === 0) this.#unanswered.push(before + 1);
      this.#tell();
    }
  }

  async #getAll(): Promise<void> {
    if (this.#studies.size === 0) return;
    const folder = await PullFolder.begin(this.#config.incomingPath);
    try {
      await this.#getInto(folder);
    } finally {
      await folder.end();
    }
  }

  async #getInto(folder: PullFolder): Promise<void> {
    const spool = await openIncoming(this.#config, folder);
    const imports = new SpoolImports({
      spool,
      importer: this.#node.importer,
      log: silentLog,
      onImported: (view) => this.#views.push(view),
    });
    try {
      for (const study of this.#studies) {
        // The archive waits rather than being refused.
        if (spool.isHalfFull) await imports.importAll();
        await this.#fetch(() => this.#get(study, spool));
      }
    } finally {
      if (this.#wish.signal?.aborted !== true) await imports.importAll();
      await imports.close();
      await spool.close();
      this.#waiting = spool.waitingFiles;
    }
  }

  /** A study that the archive refuses does not keep the others from being fetched. */
  async #fetch(send: () => Promise<{ readonly failed: number }>): Promise<void> {
    this.#wish.signal?.throwIfAborted();
    try {
      const { failed } = await send();
      this.#failed += failed;
    } catch (error) {
      if (!(error instanceof UnicaError) || error.code !== 'dimse.refused') throw error;
      this.#failed += 1;
    }
    this.#fetched += 1;
    this.#tell();
  }

  #get(study: string, spool: IncomingSpool): Promise<{ readonly failed: number }> {
    const receive = async (instance: IncomingInstance) => {
      // Over our own connection it is we who call.
      await spool.receive({ ...instance, callingAeTitle: this.#remote.aeTitle });
      this.#received += 1;
      this.#tell();
    };
    return get(this.#remote, studyQuery({ StudyInstanceUID: study }), receive, { signal: this.#wish.signal });
  }

  async #move(study: string): Promise<{ readonly failed: number }> {
    const outcome = await move(
      this.#remote,
      { ...studyQuery({ StudyInstanceUID: study }), destinationAeTitle: this.#config.dicomAeTitle },
      { signal: this.#wish.signal },
    );
    this.#received += outcome.completed + outcome.warnings;
    return outcome;
  }

  #progress(): PullProgress {
    return {
      questions: this.#wish.questions.length,
      asked: this.#asked,
      studies: this.#studies.size,
      fetched: this.#fetched,
      received: this.#received,
    };
  }

  #tell(): void {
    this.#wish.onProgress?.(this.#progress());
  }

  #report(): PullReport {
    const sum = (count: Count) => this.#views.reduce((total, view) => total + view[count], 0);
    return {
      ...this.#progress(),
      unanswered: this.#unanswered,
      failed: this.#failed,
      waiting: this.#waiting,
      accepted: sum('accepted'),
      quarantined: sum('quarantined'),
      duplicates: sum('duplicates'),
      optedOut: sum('optedOut'),
      rejected: this.#views.reduce((total, { rejected }) => total + rejected.length, 0),
    };
  }

  async #journal(): Promise<void> {
    const { questions, studies, fetched, received, failed, unanswered } = this.#report();
    await this.#node.journal.append({
      actor: 'command-line',
      action: 'images.pulled',
      subject: `dicom:${this.#remote.aeTitle}`,
      facts: { via: this.#wish.via, questions, unanswered: unanswered.length, studies, fetched, received, failed },
    });
  }
}

function studyQuery(keys: Query['keys']): Query {
  return { root: 'study', level: 'STUDY', keys };
}
