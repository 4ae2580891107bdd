import { UnicaError } from '#base';
import type { DataSet } from '#dicom';
import { checkedAeTitle } from './ae-title.ts';
import type { Message } from './association.ts';
import { COMMAND } from './dimse-message.ts';
import { MEDIUM_PRIORITY } from './find.ts';
import { encodeIdentifier, FAILED_SOP_INSTANCE_UID_LIST, type Query, queryModel, readIdentifier } from './query.ts';
import { answerStore, type ReceiveInstance } from './receive-instance.ts';
import { CONTEXTS_AT_MOST, type RemoteSystem, type WantedContext } from './request-association.ts';
import { isWarning, STATUS } from './status.ts';
import { RETRIEVED_SOP_CLASSES } from './storage-sop-classes.ts';
import { PLAIN_TRANSFER_SYNTAXES, STORED_TRANSFER_SYNTAXES } from './transfer-syntaxes.ts';
import { type OperationOptions, refusedError, type UserAssociation, withUserAssociation } from './user-association.ts';

/** How far a retrieval is, by objects. An archive need not tell `remaining`. */
export interface RetrieveProgress {
  readonly remaining: number | undefined;
  readonly completed: number;
  readonly failed: number;
  readonly warnings: number;
}

/** How a retrieval ended. */
export interface RetrieveOutcome {
  /** 0x0000; 0xB000 when some objects failed, 0xA702 when all did. */
  readonly status: number;
  readonly completed: number;
  readonly failed: number;
  readonly warnings: number;
  /** Of those that failed, as far as the archive names them. */
  readonly failedSopInstanceUids: readonly string[];
}

export interface RetrieveOptions extends OperationOptions {
  /** Called with each interim answer. */
  readonly onProgress?: (progress: RetrieveProgress) => void;
}

/**
 * C-MOVE: has an archive send objects to `destinationAeTitle`, an AE title that it knows the address of: usually that of
 * our own receiver.
 * @throws UnicaError `dimse.refused` when the archive fails as a whole, and the others of `find`; the reason of `signal`.
 */
export async function move(
  remote: RemoteSystem,
  query: Query & { readonly destinationAeTitle: string },
  options: RetrieveOptions = {},
): Promise<RetrieveOutcome> {
  const model = queryModel(query.root, 'move');
  const wanted = [{ abstractSyntax: model, transferSyntaxes: PLAIN_TRANSFER_SYNTAXES }];
  const moveDestination = checkedAeTitle(query.destinationAeTitle);
  return withUserAssociation(remote, wanted, [], options.signal, async (user) => {
    const context = user.contextFor(model, `C-MOVE (${query.root} root)`);
    const command = { commandField: COMMAND.move, priority: MEDIUM_PRIORITY, moveDestination };
    await user.ask(context, command, [encodeIdentifier(query, context.transferSyntax)]);
    return lastOf(user, COMMAND.move, 'C-MOVE', options, () => {
      throw new UnicaError('dimse.protocol', { peer: user.peer, problem: 'objects over the association of a C-MOVE' });
    });
  });
}

/**
 * C-GET: has an archive send objects over the same association, for networks in which it cannot reach us.
 * `sopClasses` are those that are wanted, of screening unless named; `transferSyntaxes` those they may come in. Each pair is
 * proposed by itself as far as there is room, so that the archive can send everything as it has it.
 * @throws UnicaError as {@link move}, `dimse.too-many-kinds`.
 */
export async function get(
  remote: RemoteSystem,
  query: Query & { readonly sopClasses?: readonly string[]; readonly transferSyntaxes?: readonly string[] },
  receive: ReceiveInstance,
  options: RetrieveOptions = {},
): Promise<RetrieveOutcome> {
  const model = queryModel(query.root, 'get');
  const sopClasses = query.sopClasses ?? RETRIEVED_SOP_CLASSES;
  const wanted = [
    { abstractSyntax: model, transferSyntaxes: PLAIN_TRANSFER_SYNTAXES },
    ...storageContexts(sopClasses, query.transferSyntaxes ?? RETRIEVED_TRANSFER_SYNTAXES),
  ];
  const roles = sopClasses.map((sopClassUid) => ({ sopClassUid, user: false, provider: true }));
  return withUserAssociation(remote, wanted, roles, options.signal, async (user) => {
    const context = user.contextFor(model, `C-GET (${query.root} root)`);
    await user.ask(context, { commandField: COMMAND.get, priority: MEDIUM_PRIORITY }, [
      encodeIdentifier(query, context.transferSyntax),
    ]);
    return lastOf(user, COMMAND.get, 'C-GET', options, async (message) => {
      await answerStore(user.association, message, receive);
    });
  });
}

/** Those that archives keep images in; the uncompressed first, as every archive can send them. */
const RETRIEVED_TRANSFER_SYNTAXES: readonly string[] = [
  ...PLAIN_TRANSFER_SYNTAXES,
  ...[...STORED_TRANSFER_SYNTAXES.keys()].filter((uid) => !PLAIN_TRANSFER_SYNTAXES.includes(uid)),
];

function storageContexts(sopClasses: readonly string[], transferSyntaxes: readonly string[]): readonly WantedContext[] {
  const room = CONTEXTS_AT_MOST - 1;
  if (sopClasses.length * transferSyntaxes.length <= room) {
    return sopClasses.flatMap((abstractSyntax) =>
      transferSyntaxes.map((uid) => ({ abstractSyntax, transferSyntaxes: [uid] })),
    );
  }
  // As many syntaxes by themselves as there is room for; the last context of a class holds all the others.
  const alone = Math.max(0, Math.floor(room / Math.max(1, sopClasses.length)) - 1);
  return sopClasses.flatMap((abstractSyntax) => [
    ...transferSyntaxes.slice(0, alone).map((uid) => ({ abstractSyntax, transferSyntaxes: [uid] })),
    { abstractSyntax, transferSyntaxes: transferSyntaxes.slice(alone) },
  ]);
}

async function lastOf(
  user: UserAssociation,
  operation: number,
  name: string,
  { signal, onProgress }: RetrieveOptions,
  onStore: (message: Message) => Promise<void> | never,
): Promise<RetrieveOutcome> {
  for (;;) {
    const message = await user.message();
    if (message.command.commandField === COMMAND.store) {
      await onStore(message);
      continue;
    }
    const answer = user.asAnswer(message, operation);
    const { remaining, completed = 0, failed = 0, warnings = 0 } = answer.command;
    if (answer.status === STATUS.pending) {
      onProgress?.({ remaining, completed, failed, warnings });
      continue;
    }
    user.answered();
    const identifier = await readIdentifier(answer, user.peer);
    signal?.throwIfAborted();
    // An archive that could send nothing of what it found says "refused" too, but it has done the work that was asked.
    const hasTried = completed + failed + warnings > 0 && answer.status === STATUS.noneSent;
    if (answer.status !== STATUS.success && !isWarning(answer.status) && !hasTried) {
      throw refusedError(user.peer, name, answer.status);
    }
    return { status: answer.status, completed, failed, warnings, failedSopInstanceUids: failedOf(identifier) };
  }
}

function failedOf(identifier: DataSet | undefined): readonly string[] {
  return identifier?.strings(FAILED_SOP_INSTANCE_UID_LIST) ?? [];
}
