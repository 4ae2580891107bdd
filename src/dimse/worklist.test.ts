import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { concatBytes } from '#base';
import { parseDicom } from '#dicom';
import { tagOf } from '#vocab';
import { accept, answering, command, commandOf } from './answering-system.ts';
import { COMMAND, RESPONSE } from './dimse-message.ts';
import { fileMeta } from './file-meta.ts';
import type { Pdu } from './pdu.ts';
import { findScheduled, MOST_STEPS } from './worklist.ts';

const opened: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const question = { date: '20240102', modality: 'MG' };

const EXPLICIT = '1.2.840.10008.1.2.1';
const pending = { commandField: COMMAND.find | RESPONSE, messageIdRespondedTo: 1, status: 0xff00 };
const element = (tag: readonly number[], vr: string, value: Uint8Array): Uint8Array =>
  concatBytes([
    Uint8Array.from(tag),
    Buffer.from(vr, 'latin1'),
    vr === 'SQ' ? Uint8Array.of(0, 0, ...word(value.length, 4)) : Uint8Array.from(word(value.length, 2)),
    value,
  ]);
const word = (value: number, bytes: number) => Array.from({ length: bytes }, (_, at) => (value >> (8 * at)) & 255);
const text = (value: string) => Buffer.from(value.length % 2 === 0 ? value : `${value} `, 'latin1');
/** Accession number, and a sequence of so many steps, as PS3.5 writes them. */
function answerOf(accessionNumber: string | undefined, steps = 1): readonly Pdu[] {
  const modality = element([0x08, 0, 0x60, 0], 'CS', text('MG'));
  const item = concatBytes([Uint8Array.of(0xfe, 0xff, 0, 0xe0, ...word(modality.length, 4)), modality]);
  const bytes = concatBytes([
    accessionNumber === undefined ? new Uint8Array() : element([0x08, 0, 0x50, 0], 'SH', text(accessionNumber)),
    element([0x40, 0, 0, 1], 'SQ', concatBytes(Array.from({ length: steps }, () => item))),
  ]);
  return [command(pending, true), { kind: 'data', values: [{ contextId: 1, isCommand: false, isLast: true, bytes }] }];
}
const done = command({ ...pending, status: 0 });

/** Accepts explicit VR, answers the question with these PDUs, and lets go. It is waited for long enough where nothing is said. */
async function standIn(answers: readonly Pdu[], limitMs = 60_000) {
  const system = await answering((pdu) => {
    if (pdu.kind === 'release-request') return [{ kind: 'release-reply' }];
    if (pdu.kind !== 'associate-request') return commandOf(pdu)?.commandField === COMMAND.find ? answers : [];
    const accepted = accept(pdu);
    assert.ok(accepted.kind === 'associate-accept');
    return [{ ...accepted, contexts: accepted.contexts.map((one) => ({ ...one, transferSyntax: EXPLICIT })) }];
  });
  opened.push(system.close);
  const limits = { associationMs: 60_000, responseMs: limitMs, fragmentMs: limitMs };
  return { ...system, remote: { ...system.remote, limits } };
}

test('nothing of a patient is asked for: an accession number, a modality and a day', async () => {
  const { remote, seen } = await standIn([done]);
  assert.deepEqual(await findScheduled(remote, question), []);
  const pieces = seen.flatMap((pdu) => (pdu.kind === 'data' ? pdu.values : [])).filter(({ isCommand }) => !isCommand);
  const header = fileMeta({
    sopClassUid: '1.2.840.10008.5.1.4.31',
    sopInstanceUid: '1.2',
    transferSyntaxUid: EXPLICIT,
  });
  const { dataset } = parseDicom(concatBytes([header, ...pieces.map(({ bytes }) => bytes)]));
  assert.deepEqual(
    dataset.elements.map(({ tag }) => tag),
    [tagOf('AccessionNumber'), tagOf('ScheduledProcedureStepSequence')],
  );
  const [step] = dataset.element(tagOf('ScheduledProcedureStepSequence'))?.items ?? [];
  assert.deepEqual(
    step?.elements.map(({ tag }) => [tag, step.text(tag)?.trim()]),
    [
      [tagOf('Modality'), 'MG'],
      [tagOf('ScheduledProcedureStepStartDate'), '20240102'],
    ],
  );
});

test('an answer without an accession number is a step without one; each step of an answer is one', async () => {
  const { remote } = await standIn([...answerOf(undefined), ...answerOf('ACC-1', 2), done]);
  assert.deepEqual(await findScheduled(remote, question), [
    { accessionNumber: '', modality: 'MG' },
    { accessionNumber: 'ACC-1', modality: 'MG' },
    { accessionNumber: 'ACC-1', modality: 'MG' },
  ]);
});

test('as many steps as a day may have are taken; one more is an error, and the association is broken off', async () => {
  // A thousand in each answer: one data set may not be larger than a PDU here.
  const most = Array.from({ length: MOST_STEPS / 1000 }, () => answerOf('ACC-1', 1000)).flat();
  const { remote } = await standIn([...most, done]);
  assert.equal((await findScheduled(remote, question)).length, MOST_STEPS);
  // A side that never ends its answer is not read on.
  const flood = await standIn([...most, ...answerOf('ACC-2')]);
  await assert.rejects(findScheduled(flood.remote, question), { code: 'dimse.too-many-answers' });
});

for (const [name, answers, code] of [
  ['falls silent before the first answer', [], 'dimse.timeout'],
  ['falls silent in the middle', answerOf('ACC-1'), 'dimse.timeout'],
  ['begins an answer and never ends it', answerOf('ACC-1').slice(0, 1), 'dimse.timeout'],
  ['refuses', [command({ ...pending, status: 0xa700 })], 'dimse.refused'],
] as const)
  test(`a worklist that ${name} is named as ${code}`, async () => {
    const { remote } = await standIn(answers, code === 'dimse.timeout' ? 100 : undefined);
    await assert.rejects(findScheduled(remote, question), { name: 'UnicaError', code });
  });

test('whoever asked may stop: its reason is thrown', async () => {
  const controller = new AbortController();
  const reason = new Error('the owner stopped the node');
  const { remote } = await standIn(answerOf('ACC-1'));
  const asking = findScheduled({ ...remote, limits: { associationMs: 50 } }, question, { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(asking, reason);
});
