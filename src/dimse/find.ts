import type { DataSet } from '#dicom';
import { COMMAND } from './dimse-message.ts';
import { encodeIdentifier, type Query, queryModel, readIdentifier } from './query.ts';
import type { RemoteSystem } from './request-association.ts';
import { STATUS } from './status.ts';
import { PLAIN_TRANSFER_SYNTAXES } from './transfer-syntaxes.ts';
import { type OperationOptions, refusedError, UserAssociation } from './user-association.ts';

/** PS3.4 section C.4.1.1: medium. */
export const MEDIUM_PRIORITY = 0;

/**
 * C-FIND: what an archive has, one identifier after the other as they come. Leaving the loop early cancels the query.
 * @throws UnicaError `dimse.unreachable`, `dimse.rejected`, `dimse.not-offered`, `dimse.refused`, `dimse.timeout`,
 * `dimse.connection-lost`, `dimse.aborted`, `dimse.protocol`; RangeError for unknown keywords; the reason of `signal`.
 */
export async function* find(
  remote: RemoteSystem,
  query: Query,
  { signal }: OperationOptions = {},
): AsyncGenerator<DataSet, void, undefined> {
  const model = queryModel(query.root, 'find');
  const wanted = [{ abstractSyntax: model, transferSyntaxes: PLAIN_TRANSFER_SYNTAXES }];
  const user = await UserAssociation.open(remote, wanted, [], signal);
  let failure: unknown;
  let isAnswered = false;
  try {
    const context = user.contextFor(model, `C-FIND (${query.root} root)`);
    await user.ask(context, { commandField: COMMAND.find, priority: MEDIUM_PRIORITY }, [
      encodeIdentifier(query, context.transferSyntax),
    ]);
    for (;;) {
      const answer = await user.answer(COMMAND.find);
      const isPending = answer.status === STATUS.pending || answer.status === STATUS.pendingWithWarning;
      isAnswered = !isPending;
      const identifier = await readIdentifier(answer, user.peer);
      if (isPending && identifier !== undefined && signal?.aborted !== true) yield identifier;
      if (isPending) continue;
      signal?.throwIfAborted();
      if (answer.status === STATUS.success) return;
      throw refusedError(user.peer, 'C-FIND', answer.status);
    }
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    if (failure === undefined && !isAnswered) failure = await lastAnswer(user);
    // What was refused was refused in order; the association is released all the same.
    await user.end(isAnswered ? undefined : failure);
  }
}

/** Cancels and reads what still comes; the failure, when there is one. */
async function lastAnswer(user: UserAssociation): Promise<unknown> {
  user.cancel();
  try {
    for (;;) {
      const { status } = await user.answer(COMMAND.find);
      if (status !== STATUS.pending && status !== STATUS.pendingWithWarning) return undefined;
    }
  } catch (error) {
    return error;
  }
}
