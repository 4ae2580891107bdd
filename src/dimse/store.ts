import { open } from 'node:fs/promises';
import { COMMAND } from './dimse-message.ts';
import { FILE_META_BYTES_AT_MOST, type FileMeta, readFileMeta } from './file-meta.ts';
import { MEDIUM_PRIORITY } from './find.ts';
import { CONTEXTS_AT_MOST, type RemoteSystem } from './request-association.ts';
import { isWarning, STATUS } from './status.ts';
import { type OperationOptions, UserAssociation } from './user-association.ts';

/** An object to be sent as it is. */
export interface OutgoingInstance extends FileMeta {
  /** The data set in its transfer syntax, without a file header; asked for when its turn comes. */
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** What the other side answered to one object. */
export interface StoreOutcome {
  readonly sopInstanceUid: string;
  /** not-offered: it takes no such objects, or not in their transfer syntax; the object was not sent. */
  readonly kind: 'stored' | 'stored-with-warning' | 'refused' | 'not-offered';
  /** Of the C-STORE-RSP; 0x0122 when it was not sent. */
  readonly status: number;
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
 * C-STORE: sends objects in their order, each in its own transfer syntax, and tells what was answered to each.
 * @throws UnicaError `dimse.unreachable`, `dimse.rejected`, `dimse.timeout`, `dimse.connection-lost`, `dimse.aborted`,
 * `dimse.protocol`; what `chunks` throws; the reason of `signal`. What was not yielded before was not confirmed.
 */
export async function* store(
  remote: RemoteSystem,
  instances: readonly OutgoingInstance[],
  { signal }: OperationOptions = {},
): AsyncGenerator<StoreOutcome, void, undefined> {
  for (const group of groupsOf(instances)) yield* storeGroup(remote, group, signal);
}

async function* storeGroup(
  remote: RemoteSystem,
  instances: readonly OutgoingInstance[],
  signal: AbortSignal | undefined,
): AsyncGenerator<StoreOutcome, void, undefined> {
  const kinds = new Map(instances.map((instance) => [kindOf(instance), instance]));
  const wanted = [...kinds.values()].map(({ sopClassUid, transferSyntaxUid }) => ({
    abstractSyntax: sopClassUid,
    transferSyntaxes: [transferSyntaxUid],
  }));
  const user = await UserAssociation.open(remote, wanted, [], signal);
  let failure: unknown;
  try {
    for (const instance of instances) {
      const outcome = await storeOne(user, instance);
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

async function storeOne(user: UserAssociation, instance: OutgoingInstance): Promise<StoreOutcome> {
  const { sopClassUid, sopInstanceUid, transferSyntaxUid } = instance;
  const context = user.association.contextOf(sopClassUid, transferSyntaxUid);
  if (context === undefined) return { sopInstanceUid, kind: 'not-offered', status: STATUS.sopClassUnknown };
  await user.ask(
    context,
    { commandField: COMMAND.store, affectedSopInstanceUid: sopInstanceUid, priority: MEDIUM_PRIORITY },
    instance.chunks(),
  );
  const { status } = await user.answer(COMMAND.store);
  const kind = status === STATUS.success ? 'stored' : isWarning(status) ? 'stored-with-warning' : 'refused';
  return { sopInstanceUid, kind, status };
}

/** Runs of objects whose kinds fit one association. */
function groupsOf(instances: readonly OutgoingInstance[]): readonly (readonly OutgoingInstance[])[] {
  const groups: OutgoingInstance[][] = [];
  let kinds = new Set<string>();
  for (const instance of instances) {
    kinds.add(kindOf(instance));
    if (groups.length === 0 || kinds.size > CONTEXTS_AT_MOST) {
      groups.push([]);
      kinds = new Set([kindOf(instance)]);
    }
    groups.at(-1)?.push(instance);
  }
  return groups;
}

function kindOf({ sopClassUid, transferSyntaxUid }: FileMeta): string {
  return `${sopClassUid} ${transferSyntaxUid}`;
}
