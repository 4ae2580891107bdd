import { asUnicaError, type Clock, type Log, UnicaError } from '#base';
import { FleetClient } from './fleet-client.ts';
import type { Metadata, ObjectTree } from './fleet-messages.ts';
import type { NodeKey } from './node-key.ts';
import {
  type FlowerMessage,
  LARGEST_CONTENT_BYTES,
  type ObjectGraph,
  objectIds,
  putTogether,
  takeApart,
  treeOf,
} from './object-graph.ts';
import type { RecordDict } from './records.ts';
import { type OutgoingCall, SuperlinkRefusal } from './superlink-channel.ts';
import type { FleetTrust } from './superlink-http.ts';

/** A message of a SuperLink that is not yet answered, as it is kept across restarts. */
export interface KeptMessage {
  readonly messageId: string;
  /** The objects of the message. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
  /** The objects of what is to be sent back, once it is known; the message itself is the last. */
  readonly reply: ReadonlyMap<string, Uint8Array> | undefined;
}

/** Where messages are kept until they are answered. */
export interface MessageShelf {
  keep(kept: KeptMessage): Promise<void>;
  list(): Promise<readonly KeptMessage[]>;
  remove(messageId: string): Promise<void>;
}

/** Who runs the app a message belongs to, as the SuperLink says. */
export interface FlowerRun {
  readonly runId: bigint;
  readonly fabId: string;
  readonly fabVersion: string;
  readonly fabHash: string;
}

/** An answer to a message: records, or why there are none. */
export type Answer = { readonly content: RecordDict } | { readonly error: string };

/** Does what a message asks. The signal ends with the node. */
export type Answerer = (message: FlowerMessage, run: FlowerRun, signal: AbortSignal) => Promise<Answer>;

const HEARTBEAT_SECONDS = 30;
/** Flower's number of the SuperLink itself. */
const SUPERLINK = 1n;
/** "The client app raised an exception": the code stock strategies show with its reason. */
const APP_FAILED = 2n;
const LONGEST_PAUSE_MS = 15_000;
/** Times the usual pause. */
const LONGEST_IDLE = 10;
/** More messages are not taken at the same time, where nothing else is said. */
const MOST_OPEN = 8;
/** One object may take so long on its way. */
const PUSH_PATIENCE_MS = 300_000;
/** A node that ends has so long for the objects that it has announced. */
const LAST_PUSHES_MS = 10_000;
/** An object that its sender has announced is waited for so long. */
const OBJECT_PATIENCE_MS = 600_000;

/**
 * A node in a Flower federation: it joins a SuperLink, takes its messages, has them answered and sends the answers back. It
 * outlives lost connections, restarts of the SuperLink and its own: what it took is on the shelf before it says so.
 * @note Owned by the house, which calls {@link close}.
 */
export class SuperNode {
  readonly #client: FleetClient;
  readonly #key: NodeKey;
  readonly #answer: Answerer;
  readonly #shelf: MessageShelf;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #pollMs: number;
  readonly #mostOpen: number;
  readonly #ending = new AbortController();
  /** Some seconds after {@link #ending}. */
  readonly #late = new AbortController();
  readonly #open = new Map<string, Promise<void>>();
  #nodeId: bigint | undefined;
  #beatAtMs = 0;
  #loop: Promise<void> | undefined;

  constructor(options: {
    readonly address: string;
    readonly trust: FleetTrust;
    readonly key: NodeKey;
    readonly answer: Answerer;
    readonly shelf: MessageShelf;
    readonly beforeCall: (outgoing: OutgoingCall) => Promise<void>;
    readonly log: Log;
    readonly clock: Clock;
    /** Between two questions for work, while there is some; up to ten times as long where nothing comes. */
    readonly pollMs?: number;
    /** Messages that are answered at the same time. */
    readonly mostOpen?: number;
  }) {
    const { address, trust, key, clock, beforeCall } = options;
    this.#client = new FleetClient({ address, trust, key, clock, beforeCall });
    this.#key = key;
    this.#answer = options.answer;
    this.#shelf = options.shelf;
    this.#log = options.log;
    this.#clock = clock;
    this.#pollMs = options.pollMs ?? 1000;
    this.#mostOpen = options.mostOpen ?? MOST_OPEN;
  }

  /** Begins to join and to ask for work. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** True while the SuperLink knows this node. */
  get connected(): boolean {
    return this.#nodeId !== undefined;
  }

  /** What the SuperLink knows this node by; undefined while it does not. */
  get nodeId(): bigint | undefined {
    return this.#nodeId;
  }

  /** Stops asking, ends what is under way, tells the SuperLink. */
  async close(): Promise<void> {
    this.#ending.abort();
    const late = setTimeout(() => this.#late.abort(), LAST_PUSHES_MS);
    await this.#loop;
    await Promise.allSettled(this.#open.values());
    clearTimeout(late);
    const nodeId = this.#nodeId;
    if (nodeId !== undefined)
      await this.#client.call('DeactivateNode', { nodeId }, { timeoutMs: 2000 }).catch(() => undefined);
    this.#client.close();
  }

  async #run(): Promise<void> {
    let pauseMs = 250;
    let idle = 0;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        const nodeId = this.#nodeId ?? (await this.#join());
        await this.#beat(nodeId);
        const took = this.#open.size < this.#mostOpen && (await this.#take(nodeId));
        pauseMs = 250;
        idle = took || this.#open.size > 0 ? 0 : idle + 1;
        if (!took) await this.#pause(this.#pollMs * Math.min(LONGEST_IDLE, 1 + idle / 20));
      } catch (error) {
        if (signal.aborted) return;
        const { code, message } = asUnicaError(error);
        if (this.#nodeId !== undefined || code === 'flower.call-refused')
          this.#log.warn('flower.lost', { code, message });
        this.#nodeId = undefined;
        await this.#pause(pauseMs);
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      }
    }
  }

  /** Where SuperNodes are authenticated their keys were registered by hand; elsewhere they register themselves. */
  async #join(): Promise<bigint> {
    const publicKey = new TextEncoder().encode(this.#key.publicKeyPem);
    await this.#client.call('RegisterNode', { publicKey }).catch((error: unknown) => {
      // Registered by hand, or by us before: the next call says whether that holds.
      if (!(error instanceof SuperlinkRefusal)) throw error;
    });
    const { nodeId } = await this.#client.call('ActivateNode', { publicKey, heartbeatInterval: HEARTBEAT_SECONDS });
    this.#nodeId = nodeId;
    this.#beatAtMs = this.#clock();
    this.#log.info('flower.joined');
    for (const kept of await this.#shelf.list()) this.#begin(kept);
    return nodeId;
  }

  async #beat(nodeId: bigint): Promise<void> {
    if (this.#clock() - this.#beatAtMs < HEARTBEAT_SECONDS * 500) return;
    const { success } = await this.#client.call(
      'SendNodeHeartbeat',
      { node: { nodeId }, heartbeatInterval: HEARTBEAT_SECONDS },
      { timeoutMs: 5000 },
    );
    if (!success)
      throw new UnicaError('flower.unreachable', { address: 'the SuperLink', because: 'it forgot this node' });
    this.#beatAtMs = this.#clock();
  }

  /** Takes one message, if there is one. */
  async #take(nodeId: bigint): Promise<boolean> {
    const { messages, trees } = await this.#client.call('PullMessages', { node: { nodeId }, messageIds: [] });
    const [message] = messages;
    const [tree] = trees;
    if (message?.metadata === undefined || tree === undefined) return false;
    const { messageId, runId } = message.metadata;
    try {
      const objects = await this.#fetch(nodeId, runId, tree);
      const kept = { messageId, objects, reply: undefined };
      await this.#shelf.keep(kept);
      await this.#client.call('ConfirmMessageReceived', { node: { nodeId }, runId, messageObjectId: messageId });
      this.#begin(kept);
    } catch (error) {
      const broken = error instanceof SuperlinkRefusal || asUnicaError(error).code === 'flower.message-refused';
      if (!broken) throw error;
      // It belongs to a run that has ended, or is broken: there is nobody to answer.
      await this.#shelf.remove(messageId);
      this.#log.warn('flower.message-dropped', { code: asUnicaError(error).code });
    }
    return true;
  }

  async #fetch(nodeId: bigint, runId: bigint, tree: ObjectTree): Promise<ReadonlyMap<string, Uint8Array>> {
    const objects = new Map<string, Uint8Array>();
    const untilMs = this.#clock() + OBJECT_PATIENCE_MS;
    let bytes = 0;
    for (const objectId of objectIds(tree)) {
      for (;;) {
        const request = { node: { nodeId }, runId, objectId };
        const { found, available, content } = await this.#client.call('PullObject', request, this.#limits());
        if (!found) throw new UnicaError('flower.message-refused', { problem: 'a part of it is gone' });
        if (available) {
          bytes += content.length;
          if (bytes > LARGEST_CONTENT_BYTES)
            throw new UnicaError('flower.message-refused', {
              problem: `it is larger than ${LARGEST_CONTENT_BYTES} bytes`,
            });
          objects.set(objectId, content.slice());
          break;
        }
        if (this.#clock() > untilMs)
          throw new UnicaError('flower.message-refused', { problem: 'a part of it never came' });
        await this.#pause(300);
        this.#ending.signal.throwIfAborted();
      }
    }
    return objects;
  }

  #begin(kept: KeptMessage): void {
    if (this.#open.has(kept.messageId)) return;
    const done = this.#finish(kept)
      .catch((error: unknown) => {
        if (this.#ending.signal.aborted) return;
        this.#log.warn('flower.answer-lost', { code: asUnicaError(error).code });
      })
      .finally(() => this.#open.delete(kept.messageId));
    this.#open.set(kept.messageId, done);
  }

  /** Has a message answered and sends the answer until it is through or nobody waits for it any more. */
  async #finish({ messageId, objects, reply }: KeptMessage): Promise<void> {
    let graph = reply === undefined ? undefined : graphOf(reply);
    let message: FlowerMessage;
    try {
      message = putTogether(messageId, objects);
    } catch (error) {
      await this.#shelf.remove(messageId);
      throw error;
    }
    const { metadata } = message;
    for (let pauseMs = 250; !this.#ending.signal.aborted; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
      if (this.#secondsLeft(metadata) <= 0) break;
      const nodeId = this.#nodeId;
      try {
        if (nodeId !== undefined && graph === undefined) {
          const answer = await this.#answerTo(message, nodeId);
          // What was said because this node ends is no answer: the question waits for it.
          this.#ending.signal.throwIfAborted();
          graph = takeApart(this.#replyTo(metadata, nodeId, answer));
          await this.#shelf.keep({ messageId, objects, reply: graph.objects });
        }
        if (nodeId !== undefined && graph !== undefined) {
          await this.#send(nodeId, metadata.runId, graph);
          break;
        }
      } catch (error) {
        if (this.#ending.signal.aborted) return;
        const { code, family } = asUnicaError(error);
        if (error instanceof SuperlinkRefusal || family === 'bug') {
          this.#log.warn('flower.answer-refused', { code });
          break;
        }
      }
      await this.#pause(pauseMs);
    }
    if (this.#ending.signal.aborted && this.#secondsLeft(metadata) > 0 && graph === undefined) return;
    if (!this.#ending.signal.aborted) await this.#shelf.remove(messageId);
  }

  async #answerTo(message: FlowerMessage, nodeId: bigint): Promise<Answer> {
    const { runId } = message.metadata;
    const { run } = await this.#client.call('GetRun', { node: { nodeId }, runId });
    const known = { runId, fabId: run?.fabId ?? '', fabVersion: run?.fabVersion ?? '', fabHash: run?.fabHash ?? '' };
    return await this.#answer(message, known, this.#ending.signal);
  }

  #replyTo(asked: Metadata, nodeId: bigint, answer: Answer): FlowerMessage {
    return {
      metadata: {
        runId: asked.runId,
        messageId: '',
        srcNodeId: nodeId,
        dstNodeId: asked.srcNodeId === 0n ? SUPERLINK : asked.srcNodeId,
        replyToMessageId: asked.messageId,
        groupId: asked.groupId,
        // A little less than what is left: the SuperLink refuses an answer that would outlive its question.
        ttl: Math.max(1, this.#secondsLeft(asked) - 0.05),
        messageType: asked.messageType,
        createdAt: this.#clock() / 1000,
        srcTaskId: asked.dstTaskId,
        dstTaskId: asked.srcTaskId,
      },
      content: 'content' in answer ? answer.content : undefined,
      error: 'error' in answer ? { code: APP_FAILED, reason: answer.error } : undefined,
    };
  }

  async #send(nodeId: bigint, runId: bigint, { tree, objects }: ObjectGraph): Promise<void> {
    const message = putTogether(tree.objectId, objects);
    const { objectsToPush, sessionId } = await this.#client.call('PushMessages', {
      node: { nodeId },
      messages: [
        {
          metadata: message.metadata,
          content: message.error === undefined ? {} : undefined,
          error: message.error,
        },
      ],
      trees: [tree],
      runtimes: [],
    });
    // Whoever asked waits for ever for objects that were announced: a node that ends brings them first.
    const wanted = new Set(objectsToPush);
    for (const [objectId, content] of objects) {
      if (!wanted.has(objectId)) continue;
      const request = { node: { nodeId }, runId, objectId, content, sessionId };
      await this.#client.call('PushObject', request, { timeoutMs: PUSH_PATIENCE_MS, signal: this.#late.signal });
    }
  }

  #secondsLeft({ createdAt, ttl }: Metadata): number {
    return createdAt + ttl - this.#clock() / 1000;
  }

  #limits() {
    return { timeoutMs: 300_000, signal: this.#ending.signal };
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#ending;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end, { once: true });
    });
  }
}

function graphOf(objects: ReadonlyMap<string, Uint8Array>): ObjectGraph {
  return { tree: treeOf([...objects.keys()].at(-1) ?? '', objects), objects };
}
