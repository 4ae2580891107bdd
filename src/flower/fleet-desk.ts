import { createHash } from 'node:crypto';
import { asUnicaError, type Clock, sha256Hex, UnicaError } from '#base';
import type { FleetReply, FleetRequest, Metadata } from './fleet-messages.ts';
import type { FlowerApp } from './flower-app.ts';
import { type FlowerMessage, type ObjectGraph, objectIds, putTogether, takeApart } from './object-graph.ts';
import { answerOf, largestAnswerBytes, type Question, type QuestionDesk } from './question.ts';

/** A message that was handed out and not confirmed is handed out again after so long. */
const HAND_OUT_AGAIN_MS = 120_000;
/** Flower's number of the SuperLink itself. */
const SUPERLINK = 1n;

interface OpenQuestion {
  readonly graph: ObjectGraph;
  readonly metadata: Metadata;
  readonly nodeId: bigint;
  readonly largestBytes: number;
  handedOutAtMs: number;
  confirmed: boolean;
  answer:
    | { readonly messageId: string; readonly wanted: Set<string>; readonly objects: Map<string, Uint8Array> }
    | undefined;
  settle(answer: FlowerMessage | UnicaError): void;
}

/**
 * Questions to SuperNodes, from when they are asked to when they are answered. They live in memory: who asks keeps the work
 * itself where it lasts, and asks again after a restart.
 */
export class FleetDesk implements QuestionDesk {
  readonly #app: FlowerApp;
  readonly #clock: Clock;
  readonly #open = new Map<string, OpenQuestion>();
  /** Hexadecimal SHA-256 of the bundle, as SuperNodes check it. */
  readonly #fabHash: string;

  constructor(app: FlowerApp, clock: Clock) {
    this.#app = app;
    this.#clock = clock;
    this.#fabHash = sha256Hex(app.content);
  }

  /** The number a SuperNode has here: it follows from its key, so that it outlives a restart. */
  static nodeIdOf(publicKeyPem: string): bigint {
    return numberOf(`node/${publicKeyPem}`);
  }

  async ask(publicKeyPem: string, question: Question, signal: AbortSignal): Promise<FlowerMessage> {
    const nodeId = FleetDesk.nodeIdOf(publicKeyPem);
    const nowMs = this.#clock();
    const metadata: Metadata = {
      runId: numberOf(`run/${question.run}`),
      messageId: '',
      srcNodeId: SUPERLINK,
      dstNodeId: nodeId,
      replyToMessageId: '',
      groupId: question.group,
      ttl: Math.max(1, (question.untilMs - nowMs) / 1000),
      messageType: question.type,
      createdAt: nowMs / 1000,
      srcTaskId: undefined,
      dstTaskId: undefined,
    };
    const graph = takeApart({ metadata, content: question.content, error: undefined });
    const messageId = graph.tree.objectId;
    const largestBytes = largestAnswerBytes(question);
    const head = { largestBytes, graph, metadata, nodeId, handedOutAtMs: 0, confirmed: false, answer: undefined };
    return await answerOf({ untilMs: question.untilMs, nowMs, signal }, (settle) => {
      this.#open.set(messageId, { ...head, settle });
      return () => this.#open.delete(messageId);
    });
  }

  pull(nodeId: bigint): FleetReply<'PullMessages'> {
    const nowMs = this.#clock();
    for (const [messageId, question] of this.#open) {
      if (question.nodeId !== nodeId || question.confirmed) continue;
      if (nowMs - question.handedOutAtMs < HAND_OUT_AGAIN_MS) continue;
      question.handedOutAtMs = nowMs;
      const message = { metadata: { ...question.metadata, messageId }, content: {}, error: undefined };
      return { messages: [message], trees: [question.graph.tree] };
    }
    return { messages: [], trees: [] };
  }

  pullObject(nodeId: bigint, objectId: string): FleetReply<'PullObject'> {
    for (const question of this.#of(nodeId)) {
      const content = question.graph.objects.get(objectId);
      if (content !== undefined) return { found: true, available: true, content };
    }
    return { found: false, available: false, content: new Uint8Array(0) };
  }

  confirm(nodeId: bigint, messageId: string): void {
    const question = this.#open.get(messageId);
    if (question?.nodeId === nodeId) question.confirmed = true;
  }

  /** Takes the head of an answer and says which of its objects are to be sent. */
  push(nodeId: bigint, { messages, trees }: FleetRequest<'PushMessages'>): FleetReply<'PushMessages'> {
    const [message] = messages;
    const [tree] = trees;
    const none = { reconnect: undefined, results: [], objectsToPush: [], sessionId: '' };
    const question = this.#open.get(message?.metadata?.replyToMessageId ?? '');
    // Nobody waits for it any more; the SuperNode need not know.
    if (tree === undefined || question === undefined || question.nodeId !== nodeId) return none;
    const wanted = new Set(objectIds(tree));
    question.answer = { messageId: tree.objectId, wanted, objects: new Map() };
    return { ...none, results: [{ key: tree.objectId, value: 0 }], objectsToPush: [...wanted] };
  }

  /** Takes one object of an answer; the last one completes it. False where nobody waits for it. */
  pushObject(nodeId: bigint, { objectId, content }: FleetRequest<'PushObject'>): boolean {
    const waiting = this.#of(nodeId).filter(({ answer }) => answer?.wanted.has(objectId));
    if (waiting.length > 0 && sha256Hex(content) !== objectId)
      throw new UnicaError('flower.message-refused', { problem: 'a part of it is not what its name says' });
    for (const question of waiting) complete(question, objectId, content.slice());
    return waiting.length > 0;
  }

  run(runId: bigint): FleetReply<'GetRun'> {
    const { fabId, fabVersion } = this.#app;
    return { run: { runId, fabId, fabVersion, fabHash: this.#fabHash } };
  }

  fab(hash: string): FleetReply<'GetFab'> | undefined {
    return hash === this.#fabHash ? { fab: { hash, content: this.#app.content } } : undefined;
  }

  #of(nodeId: bigint): readonly OpenQuestion[] {
    return [...this.#open.values()].filter((question) => question.nodeId === nodeId);
  }
}

function complete({ answer, largestBytes, settle }: OpenQuestion, objectId: string, content: Uint8Array): void {
  if (answer === undefined) return;
  answer.objects.set(objectId, content);
  const bytes = [...answer.objects.values()].reduce((sum, part) => sum + part.length, 0);
  try {
    if (bytes > largestBytes)
      throw new UnicaError('flower.message-refused', { problem: `it is larger than ${largestBytes} bytes` });
    if (answer.objects.size === answer.wanted.size) settle(putTogether(answer.messageId, answer.objects));
  } catch (error) {
    settle(asUnicaError(error));
  }
}

/** A number of 63 bits from a name; never 0 or 1, which Flower keeps for itself. */
function numberOf(name: string): bigint {
  return (createHash('sha256').update(name).digest().readBigUInt64BE() >> 1n) | 2n;
}
