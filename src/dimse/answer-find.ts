import { concatBytes } from '#base';
import { newElement, shortValue, textValue } from '#dicom';
import type { Asker, FoundValues, Question, ReadableArchive } from './archive.ts';
import type { Association, Message } from './association.ts';
import { COMMAND, RESPONSE } from './dimse-message.ts';
import { Interruption } from './interruption.ts';
import { encodingOf, QUERY_RETRIEVE_LEVEL, readIdentifier } from './query.ts';
import { questionOf } from './read-question.ts';
import { failureComment, STATUS, statusOfQuestion } from './status.ts';

/** Whom an operation is answered for, out of what, and how long the other side may take. */
export interface Answering {
  readonly archive: ReadableArchive;
  readonly asker: Asker;
  readonly root: Question['root'];
  /** Our own AE title. */
  readonly aeTitle: string;
  readonly limits: { readonly fragmentMs: number; readonly responseMs: number };
}

/** How an operation ended. */
export interface Answered {
  readonly status: number;
  readonly failure?: unknown;
}

/**
 * Answers a C-FIND-RQ, one match after the other as fast as the other side takes them, until it cancels.
 * @throws UnicaError when the association is over
 */
export async function answerFind(
  association: Association,
  message: Message,
  { archive, asker, root, aeTitle, limits }: Answering,
): Promise<Answered> {
  const { command, context } = message;
  const interruption = new Interruption(association, command.messageId ?? 0, limits.fragmentMs);
  const answer = async (answered: Answered, identifier?: Uint8Array) => {
    await association.send(
      context,
      {
        affectedSopClassUid: context.abstractSyntax,
        commandField: COMMAND.find | RESPONSE,
        messageIdRespondedTo: command.messageId ?? 0,
        status: answered.status,
        ...(answered.failure === undefined ? {} : { errorComment: failureComment(answered.failure) }),
      },
      identifier === undefined ? undefined : [identifier],
    );
    return answered;
  };
  try {
    const identifier = await readIdentifier(message, association.peer);
    if (identifier === undefined) return await answer({ status: STATUS.cannotUnderstand });
    const question = questionOf(identifier, root);
    const { isLoose, matches } = await archive.find(question, asker);
    const status = isLoose ? STATUS.pendingWithWarning : STATUS.pending;
    for await (const match of matches) {
      await interruption.look();
      if (interruption.isCancelled) return await answer({ status: STATUS.cancelled });
      await answer({ status }, encodeMatch(question, match, { transferSyntax: context.transferSyntax, aeTitle }));
    }
    return await answer({ status: STATUS.success });
  } catch (failure) {
    if (association.isOver) throw failure;
    await association.discardDataset();
    return await answer({ status: statusOfQuestion(failure), failure });
  }
}

const SPECIFIC_CHARACTER_SET = 0x00080005;
const RETRIEVE_AE_TITLE = 0x00080054;

/** Every key that was asked for, with its value or empty, and where the match can be had from. */
function encodeMatch(
  { level, keys }: Question,
  match: FoundValues,
  { transferSyntax, aeTitle }: { readonly transferSyntax: string; readonly aeTitle: string },
): Uint8Array {
  const encoding = encodingOf(transferSyntax);
  const element = (tag: number, vr: string, value: string | number | readonly string[]) => {
    const bytes =
      vr === 'US' && typeof value === 'number'
        ? shortValue([value], encoding)
        : textValue(vr, typeof value === 'number' ? String(value) : value);
    return newElement(tag, vr, bytes, encoding);
  };
  const isAscii = keys.every(({ tag }) => /^[\x20-\x7e]*$/.test([match.get(tag) ?? ''].flat().join('')));
  const elements = [
    ...(isAscii ? [] : [element(SPECIFIC_CHARACTER_SET, 'CS', 'ISO_IR 192')]),
    element(QUERY_RETRIEVE_LEVEL, 'CS', level),
    element(RETRIEVE_AE_TITLE, 'AE', aeTitle),
    ...keys.map(({ tag, vr }) => element(tag, vr, match.get(tag) ?? '')),
  ];
  return concatBytes(elements.sort((a, b) => a.tag - b.tag).map(({ raw }) => raw));
}
