import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { asUnicaError, silentLog, UnicaError } from '#base';
import { pseudonymOf } from '#deid';
import { parseDicom } from '#dicom';
import { instanceOfFile, isOutOfResources, type OutgoingInstance, type RemoteSystem, store } from '#dimse';
import { tagOf } from '#vocab';
import type { NodeConfig } from './config.ts';
import type { DicomAddress } from './dicom-address.ts';
import { remoteOf } from './dicom-remote.ts';
import { KillSwitch } from './kill-switch.ts';
import { type OpenNode, openNode } from './open-node.ts';
import { SentResults } from './sent-results.ts';

/** Results to be sent, and where to. */
export interface DeliveryWish {
  /** DICOM files under the identity that the hospital's own archive knows. */
  readonly files: readonly string[];
  readonly to: DicomAddress;
  /** How often an archive that does not answer, or has no room, is tried, each time after twice the wait. */
  readonly attempts: number;
  readonly onProgress?: (progress: { readonly done: number; readonly attempt: number }) => void;
  readonly signal?: AbortSignal;
  /** Waits; for tests. */
  readonly pause?: (milliseconds: number) => Promise<void>;
}

/** What a delivery came to, in objects. */
export interface DeliveryReport {
  readonly sent: number;
  /** Confirmed by that system before; not sent again. */
  readonly alreadyThere: number;
  /** Of people who opted out or have no consent where one is needed; never sent. */
  readonly leftOut: number;
  /** Without a patient's number, so that nobody can say whether she may be in it; never sent. */
  readonly nameless: number;
  /** Not confirmed after all attempts, or refused. */
  readonly failed: number;
  /** Code of the failure that the last attempt ended with; null where there was none. */
  readonly failure: string | null;
}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** A result is a report, a mask or a picture. */
const LARGEST_FILE_BYTES = 256 * 2 ** 20;

/**
 * Sends results to a system of the hospital by C-STORE under the node's own title. Each is sent once: what the system has
 * confirmed is written down before the next, so that a run that was broken off goes on where it was. Nothing is sent of
 * people who are left out, nor while the owner has stopped the node, also where that was decided while an archive was waited for.
 * @throws UnicaError `node.stopped`, `cli.no-file`, `cli.unreadable`, and those of `remoteOf`
 */
export async function deliverResults(config: NodeConfig, wish: DeliveryWish): Promise<DeliveryReport> {
  const node = await openNode(config, silentLog);
  try {
    return await deliver(node, wish);
  } finally {
    await node.close();
  }
}

async function deliver(node: OpenNode, wish: DeliveryWish): Promise<DeliveryReport> {
  const { journal, standing, site } = node;
  const killSwitch = await KillSwitch.open(node.database.kysely);
  if (killSwitch.stopped) throw new UnicaError('node.stopped');
  const remote = await remoteOf(node.config, wish.to);
  const destination = `${wish.to.aeTitle}@${wish.to.host}:${wish.to.port}`;
  const sent = sentResultsOf(node);
  const waiting = new Map<string, WaitingResult>();
  const tally: Tally = { sent: 0, alreadyThere: 0, leftOut: 0, nameless: 0 };
  await standing.refresh();
  for (const path of wish.files) {
    const { instance, patientId } = await readResult(path);
    if (patientId === undefined) {
      tally.nameless += 1;
      continue;
    }
    const person = pseudonymOf(site, patientId);
    if (standing.isLeftOut(person)) tally.leftOut += 1;
    else if (await sent.wasSent(instance.sopInstanceUid, destination)) tally.alreadyThere += 1;
    else waiting.set(instance.sopInstanceUid, { instance, person });
  }
  let failure: string | null = null;
  // An archive may be waited for longer than the owner or a patient takes to decide otherwise.
  killSwitch.watch(() => {});
  const stop = killSwitch.signal;
  const signal = AbortSignal.any([stop, ...(wish.signal === undefined ? [] : [wish.signal])]);
  try {
    failure = await sendAll(node, { remote, destination, waiting, tally, wish, signal });
  } catch (error) {
    const thrown = stop.aborted ? new UnicaError('node.stopped', {}, { cause: error }) : error;
    failure = wish.signal?.aborted === true ? 'aborted' : asUnicaError(thrown).code;
    throw thrown;
  } finally {
    killSwitch.close();
    // Also of a run that is broken off: what it sent, it sent.
    const facts = { destination, ...tally, failed: waiting.size, failure: failure ?? '' };
    await journal.append({ actor: 'command-line', action: 'results.delivered', subject: node.card.siteId, facts });
  }
  return { ...tally, failed: waiting.size, failure };
}

/** A result that was not confirmed yet, and the pseudonym of whose it is. */
interface WaitingResult {
  readonly instance: OutgoingInstance;
  readonly person: string;
}

type Tally = { -readonly [Key in 'sent' | 'alreadyThere' | 'leftOut' | 'nameless']: DeliveryReport[Key] };

/** The object, and whose it is. */
async function readResult(
  path: string,
): Promise<{ readonly instance: OutgoingInstance; readonly patientId: string | undefined }> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new UnicaError('cli.no-file', { path });
  // One file of many: it is said which, and what to do with it.
  const unreadable = (problem: string, cause?: unknown) => {
    const hint = 'Take it out of the folder, or have it written again.';
    return new UnicaError('cli.unreadable', { path, problem, hint }, { cause });
  };
  if (found.size > LARGEST_FILE_BYTES) throw unreadable(`it is larger than ${LARGEST_FILE_BYTES / 2 ** 20} MiB`);
  try {
    const { dataset } = parseDicom(await readFile(path));
    return { instance: await instanceOfFile(path), patientId: dataset.text(tagOf('PatientID')) };
  } catch (error) {
    if (!(error instanceof UnicaError)) throw error;
    throw unreadable('it is no whole DICOM file', error);
  }
}

/**
 * Tries until everything is confirmed or refused, or the attempts are used up; before each attempt whoever decided against it
 * meanwhile is left out. Takes out of `waiting` what was confirmed and what is left out. @returns the last failure's code
 */
async function sendAll(
  node: OpenNode,
  {
    remote,
    destination,
    waiting,
    tally,
    wish,
    signal,
  }: {
    readonly remote: RemoteSystem;
    readonly destination: string;
    readonly waiting: Map<string, WaitingResult>;
    readonly tally: Tally;
    readonly wish: DeliveryWish;
    readonly signal: AbortSignal;
  },
): Promise<string | null> {
  const { pause = async (milliseconds: number) => await sleep(milliseconds, undefined, { signal }) } = wish;
  const sent = sentResultsOf(node);
  const refused = new Set<string>();
  let failure: string | null = null;
  for (let attempt = 1; attempt <= wish.attempts; attempt += 1) {
    if ([...waiting.keys()].every((uid) => refused.has(uid))) break;
    if (attempt > 1) await pause(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 2)));
    signal.throwIfAborted();
    // The watch looks now and then; this looks now.
    if ((await KillSwitch.open(node.database.kysely)).stopped) throw new UnicaError('node.stopped');
    await node.standing.refresh();
    for (const [uid, { person }] of waiting) {
      if (!node.standing.isLeftOut(person)) continue;
      waiting.delete(uid);
      tally.leftOut += 1;
    }
    const left = [...waiting.values()].flatMap(({ instance }) =>
      refused.has(instance.sopInstanceUid) ? [] : [instance],
    );
    failure = null;
    try {
      for await (const { kind, status, sopInstanceUid } of store(remote, left, { signal })) {
        if (kind === 'stored' || kind === 'stored-with-warning') {
          await sent.writeDown(sopInstanceUid, destination);
          waiting.delete(sopInstanceUid);
          tally.sent += 1;
        } else if (isOutOfResources(status)) {
          failure ??= 'clinic.peer-full';
        } else {
          // It would say the same again.
          refused.add(sopInstanceUid);
          failure = 'node.results-refused';
        }
        wish.onProgress?.({ done: tally.sent, attempt });
      }
    } catch (error) {
      signal.throwIfAborted();
      failure = asUnicaError(error).code;
    }
  }
  if (waiting.size === 0) return null;
  return failure ?? (refused.size > 0 ? 'node.results-refused' : null);
}

function sentResultsOf({ database, secret, clock }: OpenNode): SentResults {
  return new SentResults({ db: database.kysely, secret, clock });
}
