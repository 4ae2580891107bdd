import { UnicaError } from '#base';
import { isAeTitle } from './ae-title.ts';
import type { Answered, Answering } from './answer-find.ts';
import type { Association, Message } from './association.ts';
import { COMMAND, RESPONSE } from './dimse-message.ts';
import { Interruption } from './interruption.ts';
import { encodeUids, FAILED_SOP_INSTANCE_UID_LIST, readIdentifier } from './query.ts';
import { retrieveWishOf } from './read-question.ts';
import { failureComment, STATUS, statusOfFailure, statusOfQuestion } from './status.ts';
import { formOf, kindOfStatus, type OutgoingInstance, type StoreOutcome, store, storeRequest } from './store.ts';

/** How often the asker is listened to while objects go elsewhere. */
const LISTEN_EVERY_MS = 250;

interface Tally {
  completed: number;
  warnings: number;
  readonly failedUids: string[];
}

/**
 * Answers a C-MOVE-RQ or C-GET-RQ: one sub-operation after the other, each told of, until the other side cancels.
 * @throws UnicaError when the association is over
 */
export async function answerRetrieve(
  association: Association,
  message: Message,
  service: 'move' | 'get',
  answering: Answering,
): Promise<Answered> {
  const { archive, asker, root, limits } = answering;
  const { command, context } = message;
  const interruption = new Interruption(association, command.messageId ?? 0, limits.fragmentMs);
  const tally: Tally = { completed: 0, warnings: 0, failedUids: [] };
  let total = 0;
  const remaining = () => total - tally.completed - tally.warnings - tally.failedUids.length;

  const answer = async (status: number, failure?: unknown) => {
    // Told while it goes on and after a cancel, and not otherwise (PS3.7 tables 9.3-13 and 9.3-10).
    const isOpen = status === STATUS.pending || status === STATUS.cancelled;
    const isFailed = tally.failedUids.length > 0 && status !== STATUS.pending;
    await association.send(
      context,
      {
        affectedSopClassUid: context.abstractSyntax,
        commandField: COMMAND[service] | RESPONSE,
        messageIdRespondedTo: command.messageId ?? 0,
        status,
        ...(failure === undefined ? {} : { errorComment: failureComment(failure) }),
        ...(isOpen ? { remaining: counted(remaining()) } : {}),
        completed: counted(tally.completed),
        failed: counted(tally.failedUids.length),
        warnings: counted(tally.warnings),
      },
      isFailed ? [encodeUids(FAILED_SOP_INSTANCE_UID_LIST, tally.failedUids, context.transferSyntax)] : undefined,
    );
    return { status, failure };
  };

  try {
    const identifier = await readIdentifier(message, association.peer);
    if (identifier === undefined) return await answer(STATUS.cannotUnderstand);
    const wish = retrieveWishOf(identifier, root);
    const destination = service === 'move' ? destinationOf(command.moveDestination, answering) : undefined;
    if (service === 'move' && destination === undefined) return await answer(STATUS.destinationUnknown);
    const instances = await archive.retrieve(wish, asker);
    total = instances.length;
    const report = async (status: number) =>
      await archive.retrieved(
        {
          service: service === 'move' ? 'C-MOVE' : 'C-GET',
          to: destination?.aeTitle ?? asker.aeTitle,
          status,
          completed: tally.completed + tally.warnings,
          failed: tally.failedUids.length,
          remaining: remaining(),
        },
        asker,
      );
    const outcomes =
      destination === undefined
        ? sentBack(association, instances, { interruption, responseMs: limits.responseMs })
        : store(destination, instances, {
            signal: interruption.gone,
            originator: { aeTitle: asker.aeTitle, messageId: command.messageId ?? 0 },
          });
    const unwatch = destination === undefined ? undefined : interruption.watch(LISTEN_EVERY_MS);
    let failure: unknown;
    try {
      for await (const outcome of outcomes) {
        count(tally, outcome);
        await interruption.look();
        if (interruption.isCancelled) break;
        if (remaining() > 0) await answer(STATUS.pending);
      }
    } catch (error) {
      if (association.isOver) {
        await report(STATUS.cancelled);
        throw error;
      }
      failure = error;
      // The way to the destination is gone; nothing more goes there.
      const tried = tally.completed + tally.warnings + tally.failedUids.length;
      for (const { sopInstanceUid } of instances.slice(tried)) tally.failedUids.push(sopInstanceUid);
    } finally {
      await unwatch?.();
    }
    const status = endOf(tally, interruption.isCancelled && remaining() > 0);
    await report(status);
    return await answer(status, failure);
  } catch (failure) {
    if (association.isOver) throw failure;
    await association.discardDataset();
    const status = statusOfQuestion(failure);
    return await answer(status === STATUS.outOfResources ? STATUS.notCounted : status, failure);
  }
}

function destinationOf(aeTitle: string | undefined, { archive }: Answering) {
  return aeTitle !== undefined && isAeTitle(aeTitle) ? archive.destination(aeTitle.trim()) : undefined;
}

/** Counts have 16 bits in a command. */
function counted(number: number): number {
  return Math.min(number, 0xffff);
}

function count(tally: Tally, { kind, sopInstanceUid }: StoreOutcome): void {
  switch (kind) {
    case 'stored':
      tally.completed += 1;
      break;
    case 'stored-with-warning':
      tally.warnings += 1;
      break;
    case 'refused':
    case 'not-offered':
    case 'unreadable':
      tally.failedUids.push(sopInstanceUid);
  }
}

/** PS3.4 tables C.4-2 and C.4-3. */
function endOf({ completed, warnings, failedUids }: Tally, isCancelled: boolean): number {
  if (isCancelled) return STATUS.cancelled;
  if (failedUids.length === 0) return warnings === 0 ? STATUS.success : STATUS.someFailed;
  return completed + warnings === 0 ? STATUS.noneSent : STATUS.someFailed;
}

/** C-GET: objects over the association in which they were asked for. */
async function* sentBack(
  association: Association,
  instances: readonly OutgoingInstance[],
  { interruption, responseMs }: { readonly interruption: Interruption; readonly responseMs: number },
): AsyncGenerator<StoreOutcome, void, undefined> {
  const { contexts, peerTakes } = association.agreement;
  const taken = contexts.filter(({ abstractSyntax }) => peerTakes?.has(abstractSyntax));
  let messageId = 0;
  for (const instance of instances) {
    const { sopInstanceUid } = instance;
    const form = formOf(instance, taken);
    if (form === undefined) {
      yield { sopInstanceUid, kind: 'not-offered', status: STATUS.sopClassUnknown };
      continue;
    }
    const dataset = await form.chunks().catch((error: unknown) => statusOfFailure(error));
    if (typeof dataset === 'number') {
      yield { sopInstanceUid, kind: 'unreadable', status: dataset };
      continue;
    }
    messageId = (messageId % 0xffff) + 1;
    const request = storeRequest(instance);
    await association.send(
      form.context,
      { affectedSopClassUid: form.context.abstractSyntax, ...request, messageId },
      dataset,
    );
    const status = await answerTo(association, messageId, { interruption, responseMs });
    yield { sopInstanceUid, kind: kindOfStatus(status), status };
  }
}

async function answerTo(
  association: Association,
  messageId: number,
  { interruption, responseMs }: { readonly interruption: Interruption; readonly responseMs: number },
): Promise<number> {
  for (;;) {
    const message = await association.receive(responseMs, 'an answer to an object');
    const { commandField, messageIdRespondedTo, status } = message?.command ?? {};
    if (commandField !== (COMMAND.store | RESPONSE)) {
      await interruption.hear(message);
      continue;
    }
    if (messageIdRespondedTo === messageId && status !== undefined) return status;
    const problem = new UnicaError('dimse.protocol', {
      peer: association.peer,
      problem: 'an answer to what was not asked',
    });
    void association.abort(problem);
    throw problem;
  }
}
