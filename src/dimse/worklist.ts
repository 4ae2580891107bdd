import { concatBytes, UnicaError } from '#base';
import { DataSet, newElement, newSequence, textValue } from '#dicom';
import { attributeOf, tagOf } from '#vocab';
import { COMMAND } from './dimse-message.ts';
import { MEDIUM_PRIORITY } from './find.ts';
import { encodingOf, readIdentifier } from './query.ts';
import type { RemoteSystem } from './request-association.ts';
import { STATUS } from './status.ts';
import { PLAIN_TRANSFER_SYNTAXES } from './transfer-syntaxes.ts';
import { type OperationOptions, refusedError, UserAssociation } from './user-association.ts';

/** Modality Worklist Information Model - FIND (PS3.4 annex K). */
const MODALITY_WORKLIST = '1.2.840.10008.5.1.4.31';

/** Which steps are asked for. */
export interface WorklistQuestion {
  /** YYYYMMDD, or a range of them. */
  readonly date: string;
  /** Such as MG; '' for all. */
  readonly modality: string;
}

/** A scheduled procedure step, as far as an order is told by it. */
export interface ScheduledStep {
  readonly accessionNumber: string;
  readonly modality: string;
}

/** More steps of one day than this were not asked for: the other side does not heed the question. */
export const MOST_STEPS = 10_000;

/**
 * C-FIND on a modality worklist: what is scheduled. Nothing of a patient is asked for.
 * @throws UnicaError `dimse.too-many-answers`, and as `find`
 */
export async function findScheduled(
  remote: RemoteSystem,
  question: WorklistQuestion,
  { signal }: OperationOptions = {},
): Promise<readonly ScheduledStep[]> {
  const wanted = [{ abstractSyntax: MODALITY_WORKLIST, transferSyntaxes: PLAIN_TRANSFER_SYNTAXES }];
  const user = await UserAssociation.open(remote, wanted, [], signal);
  const steps: ScheduledStep[] = [];
  let failure: unknown;
  try {
    const context = user.contextFor(MODALITY_WORKLIST, 'C-FIND (modality worklist)');
    await user.ask(context, { commandField: COMMAND.find, priority: MEDIUM_PRIORITY }, [
      identifierOf(question, context.transferSyntax),
    ]);
    for (;;) {
      const answer = await user.answer(COMMAND.find);
      const identifier = await readIdentifier(answer, user.peer);
      signal?.throwIfAborted();
      if (answer.status === STATUS.pending || answer.status === STATUS.pendingWithWarning) {
        if (identifier !== undefined) steps.push(...stepsOf(identifier));
        if (steps.length > MOST_STEPS)
          throw new UnicaError('dimse.too-many-answers', { peer: user.peer, most: MOST_STEPS });
        continue;
      }
      if (answer.status === STATUS.success) return steps;
      throw refusedError(user.peer, 'C-FIND', answer.status);
    }
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await user.end(failure);
  }
}

function identifierOf({ date, modality }: WorklistQuestion, transferSyntax: string): Uint8Array {
  const encoding = encodingOf(transferSyntax);
  const element = (keyword: string, value: string) => {
    const tag = tagOf(keyword);
    const vr = attributeOf(tag)?.vr ?? 'UN';
    return newElement(tag, vr, textValue(vr, value), encoding);
  };
  const step = new DataSet(
    [element('Modality', modality), element('ScheduledProcedureStepStartDate', date)].sort((a, b) => a.tag - b.tag),
    encoding,
  );
  const elements = [
    element('AccessionNumber', ''),
    newSequence(tagOf('ScheduledProcedureStepSequence'), 'SQ', [step], encoding),
  ];
  return concatBytes(elements.sort((a, b) => a.tag - b.tag).map(({ raw }) => raw));
}

function stepsOf(identifier: DataSet): readonly ScheduledStep[] {
  const accessionNumber = (identifier.text(tagOf('AccessionNumber')) ?? '').trim();
  const items = identifier.element(tagOf('ScheduledProcedureStepSequence'))?.items ?? [];
  return items.map((item) => ({ accessionNumber, modality: (item.text(tagOf('Modality')) ?? '').trim() }));
}
