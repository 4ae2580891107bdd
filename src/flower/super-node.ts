import { asUnicaError, type Clock, type Log, UnicaError } from '#base';
import { FleetClient } from './fleet-client.ts';
import type { Metadata, ObjectTree } from './fleet-messages.ts';
import type { NodeKey } from './node-key.ts';
import {
  configurationOf,
  type FlowerMessage,
  headIds,
  type ObjectGraph,
  objectIds,
  putTogether,
  takeApart,
  treeOf,
} from './object-graph.ts';
import { LARGEST_HEAD_BYTES } from './question.ts';
import type { RecordDict, RecordValue } from './records.ts';
import { LARGEST_OBJECT_BYTES, type OutgoingCall, SuperlinkRefusal } from './superlink-channel.ts';
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

/** A message that waits at the SuperLink, as far as it is known before its arrays are fetched. */
export interface AnnouncedMessage {
  readonly runId: bigint;
  readonly configuration: ReadonlyMap<string, RecordValue>;
}

/** What a node takes of a SuperLink that may send anything. */
export interface MessageLimits {
  /** Bytes of all objects of a message. */
  largest(announced: AnnouncedMessage): Promise<number>;
  /** What is answered to one that is larger, of which the rest is not fetched. */
  refuse(announced: AnnouncedMessage, because: UnicaError): Promise<Answer>;
  /** Bytes of the messages that are held at once; no more are taken before some are answered. */
  mostHeld(): number;
}

const HEARTBEAT_SECONDS = 30;
/** Between two signs of life: a SuperLink counts a node as gone after two of its intervals without one. */
const BEAT_MS = HEARTBEAT_SECONDS * 500;
/** After one that did not come through. */
const BEAT_AGAIN_MS = 2000;
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
/** A node that ends has so long for what it has begun to fetch, and for the objects that it has announced. */
const LAST_WORDS_MS = 10_000;
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
  readonly #lastWordsMs: number;
  readonly #limits: MessageLimits;
  readonly #ending = new AbortController();
  /** Some seconds after {@link #ending}. */
  readonly #late = new AbortController();
  readonly #open = new Map<string, { readonly done: Promise<void>; readonly bytes: number }>();
  #nodeId: bigint | undefined;
  /** Whether the SuperLink answered when it was last asked for work. */
  #isReached = false;
  #loop: Promise<unknown> | undefined;

  constructor(options: {
    readonly address: string;
    readonly trust: FleetTrust;
    readonly key: NodeKey;
    readonly answer: Answerer;
    readonly shelf: MessageShelf;
    readonly limits: MessageLimits;
    readonly beforeCall: (outgoing: OutgoingCall) => Promise<void>;
    readonly log: Log;
    readonly clock: Clock;
    /** Between two questions for work, while there is some; up to ten times as long where nothing comes. */
    readonly pollMs?: number;
    /** Messages that are answered at the same time. */
    readonly mostOpen?: number;
    /** How long it may take to end, beside two seconds. */
    readonly lastWordsMs?: number;
  }) {
    const { address, trust, key, clock, beforeCall } = options;
    this.#client = new FleetClient({ address, trust, key, clock, beforeCall });
    this.#key = key;
    this.#answer = options.answer;
    this.#shelf = options.shelf;
    this.#limits = options.limits;
    this.#log = options.log;
    this.#clock = clock;
    this.#pollMs = options.pollMs ?? 1000;
    this.#mostOpen = options.mostOpen ?? MOST_OPEN;
    this.#lastWordsMs = options.lastWordsMs ?? LAST_WORDS_MS;
  }

  /** Begins to join and to ask for work. */
  start(): void {
    this.#loop ??= Promise.all([this.#run(), this.#giveSigns()]);
  }

  /** True while the SuperLink knows this node and answers it. */
  get connected(): boolean {
    return this.#nodeId !== undefined && this.#isReached;
  }

  /** What the SuperLink knows this node by; undefined while it does not. */
  get nodeId(): bigint | undefined {
    return this.#nodeId;
  }

  /** Stops asking, ends what is under way, tells the SuperLink: within twelve seconds, whatever that one does. */
  async close(): Promise<void> {
    this.#ending.abort();
    const late = setTimeout(() => this.#late.abort(), this.#lastWordsMs);
    await this.#loop;
    await Promise.allSettled([...this.#open.values()].map(({ done }) => done));
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
        const nodeId = await this.#known();
        const took = this.#hasRoom() && (await this.#take(nodeId));
        this.#isReached = true;
        pauseMs = 250;
        idle = took || this.#open.size > 0 ? 0 : idle + 1;
        if (!took) await this.#pause(this.#pollMs * Math.min(LONGEST_IDLE, 1 + idle / 20));
      } catch (error) {
        if (signal.aborted) return;
        const { code, message } = asUnicaError(error);
        if (this.connected || code === 'flower.call-refused') this.#log.warn('flower.lost', { code, message });
        this.#isReached = false;
        await this.#pause(pauseMs);
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      }
    }
  }

  /** Says that this node is there, also while it fetches something large. */
  async #giveSigns(): Promise<void> {
    const { signal } = this.#ending;
    for (let waitMs = BEAT_MS; !signal.aborted; ) {
      await this.#pause(waitMs);
      waitMs = BEAT_MS;
      const nodeId = this.#nodeId;
      // One that is not reached asks by the other loop, less and less often.
      if (nodeId === undefined || !this.#isReached || signal.aborted) continue;
      const isKnown = await this.#beat(nodeId).catch(() => undefined);
      if (isKnown === false) this.#isReached = false;
      if (isKnown === undefined) waitMs = BEAT_AGAIN_MS;
    }
  }

  /**
   * The number that the SuperLink has for this node. After a call that failed it is given a sign before anything else: a SuperLink
   * lets nobody join whom it counts as there, and counts a node as there for a minute after its last sign. One that has forgotten
   * the node says so in many ways, some of them like those of one that is busy; so it is asked to let the node in as well.
   */
  async #known(): Promise<bigint> {
    const nodeId = this.#nodeId;
    if (nodeId === undefined) return await this.#join();
    if (this.#isReached || (await this.#beat(nodeId).catch(() => false))) return nodeId;
    return await this.#join();
  }

  #hasRoom(): boolean {
    const held = [...this.#open.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    return this.#open.size < this.#mostOpen && held < this.#limits.mostHeld();
  }

  /** Where SuperNodes are authenticated their keys were registered by hand; elsewhere they register themselves. */
  async #join(): Promise<bigint> {
    const publicKey = new TextEncoder().encode(this.#key.publicKeyPem);
    const { signal } = this.#late;
    await this.#client.call('RegisterNode', { publicKey }, { signal }).catch((error: unknown) => {
      // Registered by hand, or by us before: the next call says whether that holds.
      if (!(error instanceof SuperlinkRefusal)) throw error;
    });
    const request = { publicKey, heartbeatInterval: HEARTBEAT_SECONDS };
    const { nodeId } = await this.#client.call('ActivateNode', request, { signal });
    this.#nodeId = nodeId;
    this.#isReached = true;
    this.#log.info('flower.joined');
    for (const kept of await this.#shelf.list()) this.#begin(kept);
    return nodeId;
  }

  /** One sign of life. @returns false where the SuperLink does not know this node (any more) */
  async #beat(nodeId: bigint): Promise<boolean> {
    const request = { node: { nodeId }, heartbeatInterval: HEARTBEAT_SECONDS };
    try {
      const { success } = await this.#client.call('SendNodeHeartbeat', request, { timeoutMs: 5000 });
      return success;
    } catch (error) {
      if (error instanceof SuperlinkRefusal) return false;
      throw error;
    }
  }

  /** Takes one message, if there is one. What was handed out is handed out once: a node that ends still fetches it. */
  async #take(nodeId: bigint): Promise<boolean> {
    const { signal } = this.#late;
    const asked = { node: { nodeId }, messageIds: [] };
    const { messages, trees } = await this.#client.call('PullMessages', asked, { signal });
    const [message] = messages;
    const [tree] = trees;
    if (message?.metadata === undefined || tree === undefined) return false;
    const { metadata } = message;
    const { messageId, runId } = metadata;
    try {
      const fetched = await this.#fetch(nodeId, runId, tree);
      await this.#client.call(
        'ConfirmMessageReceived',
        { node: { nodeId }, runId, messageObjectId: messageId },
        { signal },
      );
      if ('objects' in fetched) this.#begin({ messageId, objects: fetched.objects, reply: undefined });
      else await this.#send(nodeId, runId, takeApart(this.#replyTo(metadata, nodeId, fetched)));
    } catch (error) {
      const { code } = asUnicaError(error);
      const broken =
        error instanceof SuperlinkRefusal || code === 'flower.message-refused' || code === 'flower.reply-too-large';
      if (!broken) throw error;
      // It belongs to a run that has ended, or is broken: there is nobody to answer.
      await this.#shelf.remove(messageId);
      this.#log.warn('flower.message-dropped', { code });
    }
    return true;
  }

  /** The objects of a message, on the shelf; or what is answered to one that is larger than it may be. */
  async #fetch(
    nodeId: bigint,
    runId: bigint,
    tree: ObjectTree,
  ): Promise<{ readonly objects: ReadonlyMap<string, Uint8Array> } | Answer> {
    const objects = new Map<string, Uint8Array>();
    const all = objectIds(tree);
    const untilMs = this.#clock() + OBJECT_PATIENCE_MS;
    let bytes = 0;
    const fetch = async (ids: readonly string[], limitBytes: number): Promise<void> => {
      for (const objectId of ids) {
        if (objects.has(objectId)) continue;
        const content = await this.#object({ nodeId, runId, objectId, untilMs, largestBytes: limitBytes - bytes });
        bytes += content.length;
        if (bytes > limitBytes) throw new MessageTooLarge(limitBytes);
        objects.set(objectId, content);
      }
    };
    const head = new Set(headIds(tree));
    await fetch(
      all.filter((objectId) => head.has(objectId)),
      LARGEST_HEAD_BYTES,
    );
    const announced = { runId, configuration: configurationOf(tree, objects) };
    const limitBytes = await this.#limits.largest(announced);
    try {
      await fetch(all, limitBytes);
    } catch (error) {
      const isTooLarge = error instanceof MessageTooLarge || asUnicaError(error).code === 'flower.reply-too-large';
      if (!isTooLarge) throw error;
      this.#log.warn('flower.message-too-large', { limit: limitBytes });
      return await this.#limits.refuse(announced, new MessageTooLarge(limitBytes));
    }
    await this.#shelf.keep({ messageId: tree.objectId, objects, reply: undefined });
    return { objects };
  }

  /** One object, once its sender has brought it. */
  async #object(wanted: {
    readonly nodeId: bigint;
    readonly runId: bigint;
    readonly objectId: string;
    readonly untilMs: number;
    readonly largestBytes: number;
  }): Promise<Uint8Array> {
    const { nodeId, runId, objectId, untilMs } = wanted;
    // What an object is wrapped in.
    const largestBytes = Math.min(LARGEST_OBJECT_BYTES, wanted.largestBytes + 65_536);
    for (;;) {
      const { found, available, content } = await this.#client.call(
        'PullObject',
        { node: { nodeId }, runId, objectId },
        { timeoutMs: 300_000, signal: this.#late.signal, largestBytes },
      );
      if (!found) throw new UnicaError('flower.message-refused', { problem: 'a part of it is gone' });
      if (available) return content.slice();
      if (this.#clock() > untilMs)
        throw new UnicaError('flower.message-refused', { problem: 'a part of it never came' });
      await this.#pause(300);
      this.#ending.signal.throwIfAborted();
    }
  }

  #begin(kept: KeptMessage): void {
    if (this.#open.has(kept.messageId)) return;
    const done = this.#finish(kept)
      .catch((error: unknown) => {
        if (this.#ending.signal.aborted) return;
        this.#log.warn('flower.answer-lost', { code: asUnicaError(error).code });
      })
      .finally(() => this.#open.delete(kept.messageId));
    const bytes = [...kept.objects.values()].reduce((sum, { length }) => sum + length, 0);
    this.#open.set(kept.messageId, { done, bytes });
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
    const { signal } = this.#ending;
    const { run } = await this.#client.call('GetRun', { node: { nodeId }, runId }, { signal });
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
    const { signal } = this.#late;
    const { metadata, error } = message;
    const listed = { metadata, content: error === undefined ? {} : undefined, error };
    const announced = { node: { nodeId }, messages: [listed], trees: [tree], runtimes: [] };
    const { objectsToPush, sessionId } = await this.#client.call('PushMessages', announced, { signal });
    // Whoever asked waits for ever for objects that were announced: a node that ends brings them first.
    const wanted = new Set(objectsToPush);
    for (const [objectId, content] of objects) {
      if (!wanted.has(objectId)) continue;
      const request = { node: { nodeId }, runId, objectId, content, sessionId };
      await this.#client.call('PushObject', request, { timeoutMs: PUSH_PATIENCE_MS, signal });
    }
  }

  #secondsLeft({ createdAt, ttl }: Metadata): number {
    return createdAt + ttl - this.#clock() / 1000;
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

class MessageTooLarge extends UnicaError {
  constructor(limitBytes: number) {
    const problem = `it is larger than ${limitBytes} bytes, which is more than its job can need`;
    super('flower.message-refused', { problem });
  }
}

function graphOf(objects: ReadonlyMap<string, Uint8Array>): ObjectGraph {
  return { tree: treeOf([...objects.keys()].at(-1) ?? '', objects), objects };
}
