import { open } from 'node:fs/promises';
import type { AgreedContext } from './association.ts';
import { COMMAND, type Command } from './dimse-message.ts';
import { FILE_META_BYTES_AT_MOST, type FileMeta, readFileMeta } from './file-meta.ts';
import { MEDIUM_PRIORITY } from './find.ts';
import { CONTEXTS_AT_MOST, type RemoteSystem, type WantedContext } from './request-association.ts';
import { isWarning, STATUS, statusOfFailure } from './status.ts';
import { CONVERTED_TRANSFER_SYNTAXES } from './transfer-syntaxes.ts';
import { type OperationOptions, UserAssociation } from './user-association.ts';

/** An object to be sent as it is. */
export interface OutgoingInstance extends FileMeta {
  /**
   * The data set in its transfer syntax, without a file header; asked for when its turn comes. What it rejects with leaves
   * the object unsent; what is thrown while it is read ends the association.
   */
  chunks(): Dataset | Promise<Dataset>;
  /**
   * The same object in one of {@link CONVERTED_TRANSFER_SYNTAXES}, for systems that do not take its own; undefined where it
   * cannot be converted without loss.
   */
  readonly converted?: (transferSyntaxUid: string) => Promise<Dataset>;
}

type Dataset = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What the other side answered to one object. */
export interface StoreOutcome {
  readonly sopInstanceUid: string;
  /**
   * not-offered: it takes no such objects, or not in their transfer syntax; unreadable: it could not be read here. Both were
   * not sent.
   */
  readonly kind: 'stored' | 'stored-with-warning' | 'refused' | 'not-offered' | 'unreadable';
  /** Of the C-STORE-RSP; 0x0122 when it was not offered, and as we would answer where it could not be read. */
  readonly status: number;
}

/** Options of {@link store}. */
export interface StoreOptions extends OperationOptions {
  /** Whose C-MOVE it is done for. */
  readonly originator?: { readonly aeTitle: string; readonly messageId: number };
}

/** Bytes of a file that are read at once. */
const READ_BYTES = 262_144;

/** A DICOM file as an object to be sent. @throws UnicaError `dimse.no-file-meta`, and what reading a file throws. */
export async function instanceOfFile(path: string): Promise<OutgoingInstance> {
  const file = await open(path);
  try {
    const head = new Uint8Array(FILE_META_BYTES_AT_MOST);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const { meta, datasetStart } = readFileMeta(head.subarray(0, bytesRead));
    return { ...meta, chunks: () => chunksFrom(path, datasetStart) };
  } finally {
    await file.close();
  }
}

async function* chunksFrom(path: string, start: number): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path);
  try {
    for (let offset = start; ; ) {
      const buffer = new Uint8Array(READ_BYTES);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      offset += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/**
 * C-STORE: sends objects in their order, each in its own transfer syntax or else converted, and tells what was answered to
 * each.
 * @throws UnicaError `dimse.unreachable`, `dimse.rejected`, `dimse.timeout`, `dimse.connection-lost`, `dimse.aborted`,
 * `dimse.protocol`; what `chunks` throws; the reason of `signal`. What was not yielded before was not confirmed.
 */
export async function* store(
  remote: RemoteSystem,
  instances: readonly OutgoingInstance[],
  options: StoreOptions = {},
): AsyncGenerator<StoreOutcome, void, undefined> {
  for (const group of groupsOf(instances)) yield* storeGroup(remote, group, options);
}

/** Objects, and the contexts that they need. */
interface Group {
  readonly instances: OutgoingInstance[];
  readonly contexts: ReadonlyMap<string, WantedContext>;
}

async function* storeGroup(
  remote: RemoteSystem,
  { instances, contexts }: Group,
  options: StoreOptions,
): AsyncGenerator<StoreOutcome, void, undefined> {
  const { signal } = options;
  const user = await UserAssociation.open(remote, [...contexts.values()], [], signal);
  let failure: unknown;
  try {
    for (const instance of instances) {
      const outcome = await storeOne(user, instance, options);
      yield outcome;
      signal?.throwIfAborted();
    }
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await user.end(failure);
  }
}

async function storeOne(
  user: UserAssociation,
  instance: OutgoingInstance,
  { originator }: StoreOptions,
): Promise<StoreOutcome> {
  const { sopInstanceUid } = instance;
  const form = formOf(instance, user.association.agreement.contexts);
  if (form === undefined) return { sopInstanceUid, kind: 'not-offered', status: STATUS.sopClassUnknown };
  const dataset = await form.chunks().catch((error: unknown) => statusOfFailure(error));
  if (typeof dataset === 'number') return { sopInstanceUid, kind: 'unreadable', status: dataset };
  await user.ask(form.context, storeRequest(instance, originator), dataset);
  const { status } = await user.answer(COMMAND.store);
  return { sopInstanceUid, kind: kindOfStatus(status), status };
}

/** What became of an object that was sent. */
export function kindOfStatus(status: number): StoreOutcome['kind'] {
  return status === STATUS.success ? 'stored' : isWarning(status) ? 'stored-with-warning' : 'refused';
}

/** The command of a C-STORE-RQ but for what every request has. */
export function storeRequest(
  { sopInstanceUid }: OutgoingInstance,
  originator?: StoreOptions['originator'],
): Pick<
  Command,
  'commandField' | 'affectedSopInstanceUid' | 'priority' | 'moveOriginatorAeTitle' | 'moveOriginatorMessageId'
> {
  return {
    commandField: COMMAND.store,
    affectedSopInstanceUid: sopInstanceUid,
    priority: MEDIUM_PRIORITY,
    ...(originator === undefined
      ? {}
      : { moveOriginatorAeTitle: originator.aeTitle, moveOriginatorMessageId: originator.messageId }),
  };
}

/** The context in which an object can be sent, as it is where the other side takes it so, and its data set for it. */
export function formOf(
  instance: OutgoingInstance,
  contexts: readonly AgreedContext[],
): { readonly context: AgreedContext; readonly chunks: () => Promise<Dataset> } | undefined {
  const ofClass = contexts.filter(({ abstractSyntax }) => abstractSyntax === instance.sopClassUid);
  const own = ofClass.find(({ transferSyntax }) => transferSyntax === instance.transferSyntaxUid);
  if (own !== undefined) return { context: own, chunks: async () => await instance.chunks() };
  const { converted } = instance;
  if (converted === undefined) return undefined;
  for (const uid of CONVERTED_TRANSFER_SYNTAXES) {
    const context = ofClass.find(({ transferSyntax }) => transferSyntax === uid);
    if (context !== undefined) return { context, chunks: async () => await converted(uid) };
  }
  return undefined;
}

/** Runs of objects whose kinds fit one association. */
function groupsOf(instances: readonly OutgoingInstance[]): readonly Group[] {
  const groups: Group[] = [];
  let contexts = new Map<string, WantedContext>();
  for (const instance of instances) {
    const wanted = contextsOf(instance);
    const missing = wanted.filter(([kind]) => !contexts.has(kind));
    if (groups.length === 0 || contexts.size + missing.length > CONTEXTS_AT_MOST) {
      contexts = new Map(wanted);
      groups.push({ instances: [], contexts });
    } else for (const [kind, context] of missing) contexts.set(kind, context);
    groups.at(-1)?.instances.push(instance);
  }
  return groups;
}

/** What is proposed for an object, by what it is proposed for. */
function contextsOf(instance: OutgoingInstance): readonly (readonly [kind: string, context: WantedContext])[] {
  const { sopClassUid: abstractSyntax, transferSyntaxUid, converted } = instance;
  const own = [
    `${abstractSyntax} ${transferSyntaxUid}`,
    { abstractSyntax, transferSyntaxes: [transferSyntaxUid] },
  ] as const;
  if (converted === undefined) return [own];
  return [own, [`${abstractSyntax} converted`, { abstractSyntax, transferSyntaxes: CONVERTED_TRANSFER_SYNTAXES }]];
}
