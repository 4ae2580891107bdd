import { COMMAND } from './dimse-message.ts';
import type { RemoteSystem } from './request-association.ts';
import { STATUS } from './status.ts';
import { VERIFICATION_SOP_CLASS } from './storage-sop-classes.ts';
import { PLAIN_TRANSFER_SYNTAXES } from './transfer-syntaxes.ts';
import { type OperationOptions, refusedError, withUserAssociation } from './user-association.ts';

/**
 * C-ECHO: whether a system answers us.
 * @throws UnicaError `dimse.unreachable`, `dimse.rejected`, `dimse.not-offered`, `dimse.refused`, `dimse.timeout`,
 * `dimse.connection-lost`, `dimse.aborted`, `dimse.protocol`; the reason of `signal` when it aborts.
 */
export async function echo(remote: RemoteSystem, { signal }: OperationOptions = {}): Promise<void> {
  const wanted = [{ abstractSyntax: VERIFICATION_SOP_CLASS, transferSyntaxes: PLAIN_TRANSFER_SYNTAXES }];
  await withUserAssociation(remote, wanted, [], signal, async (user) => {
    await user.ask(user.contextFor(VERIFICATION_SOP_CLASS, 'C-ECHO'), { commandField: COMMAND.echo });
    const { status } = await user.answer(COMMAND.echo);
    if (status !== STATUS.success) throw refusedError(user.peer, 'C-ECHO', status);
  });
}
