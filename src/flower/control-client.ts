import { sha256Hex, UnicaError } from '#base';
import {
  CONTROL_CALLS,
  type ControlCall,
  type ControlReply,
  type ControlRequest,
  controlHttpPath,
  controlPath,
  nodesBeforeNames,
} from './control-messages.ts';
import { SuperlinkChannel, SuperlinkRefusal, type SuperlinkWay } from './superlink-channel.ts';

/** How a run ended. */
export interface RunEnd {
  /** `completed`, `failed` or `stopped`; empty where the SuperLink has forgotten it. */
  readonly how: string;
  readonly details: string;
}

const STARTING_MS = 120_000;
/** Lists of runs and SuperNodes, and a piece of a log, are smaller. */
const LARGEST_REPLY_BYTES = 8_388_608;

/**
 * Runs of a SuperLink by its Control API, as `flwr run`, `flwr log`, `flwr stop` and `flwr supernode` use it. There is no account: a SuperLink
 * whose Control API asks for one refuses. @note Its owner calls {@link close}.
 */
export class ControlClient {
  readonly #channel: SuperlinkChannel;
  readonly #federation: string | undefined;
  readonly #signal: AbortSignal;

  /**
   * @param federation where the SuperLink has several; undefined takes its only one
   * @param signal ends what is under way
   */
  constructor({
    federation,
    signal,
    ...way
  }: SuperlinkWay & { readonly federation: string | undefined; readonly signal: AbortSignal }) {
    this.#signal = signal;
    this.#channel = new SuperlinkChannel(way);
    this.#federation = federation;
  }

  /** Starts an application bundle; → the run's number. @throws UnicaError `flower.unreachable`, `flower.call-refused`. */
  async startRun(fab: Uint8Array): Promise<bigint> {
    const request = { fab: { hash: sha256Hex(fab), content: fab }, federation: await this.#theFederation() };
    const { runId } = await this.#call('StartRun', request, STARTING_MS);
    if (runId === 0n) {
      const because = 'it started no run; the bundle may be larger than it takes';
      throw new UnicaError('flower.call-refused', { call: 'StartRun', because });
    }
    return runId;
  }

  /** Ends a run; one that has ended already stays as it is. @throws UnicaError `flower.unreachable`. */
  async stopRun(runId: bigint): Promise<void> {
    await this.#call('StopRun', { runId }).catch((error: unknown) => {
      if (!(error instanceof SuperlinkRefusal)) throw error;
    });
  }

  /** What the ServerApp of a run has written; of one that goes on, also what it will write. @throws UnicaError `flower.unreachable`, `flower.call-refused`. */
  async *logs(runId: bigint, patience: AbortSignal): AsyncGenerator<string> {
    const signal = AbortSignal.any([this.#signal, patience]);
    for await (const bytes of this.#channel.stream(callOf('StreamLogs', { runId, afterSeconds: 0 }), signal))
      yield CONTROL_CALLS.StreamLogs.reply.decode(bytes).text;
  }

  /** How a run ended; undefined while it goes on. @throws UnicaError `flower.unreachable`. */
  async endOf(runId: bigint): Promise<RunEnd | undefined> {
    const { runs } = await this.#call('ListRuns', { runId }).catch((error: unknown) => {
      if (error instanceof SuperlinkRefusal) return { runs: [] };
      throw error;
    });
    const status = runs.find(({ key }) => key === runId)?.value?.status;
    if (status === undefined) return { how: '', details: 'the SuperLink knows it no more' };
    return status.status === 'finished' ? { how: status.subStatus, details: status.details } : undefined;
  }

  /** Registers the key of a SuperNode; one that is known stays. @throws UnicaError `flower.unreachable`. */
  async register(publicKeyPem: string): Promise<void> {
    // Where SuperNodes are not authenticated it is refused, and not needed.
    await this.#call('RegisterNode', { publicKey: new TextEncoder().encode(publicKeyPem) }).catch((error: unknown) => {
      if (!(error instanceof SuperlinkRefusal)) throw error;
    });
  }

  /** SuperNodes by their public keys (PEM), those that are there. @throws UnicaError `flower.unreachable`, `flower.call-refused`. */
  async nodes(): Promise<ReadonlyMap<string, bigint>> {
    const nodes = nodesOf(await this.#ask('ListNodes', {}));
    const online = nodes.filter(({ status }) => status === 'online');
    return new Map(online.map(({ nodeId, publicKey }) => [new TextDecoder().decode(publicKey).trim(), nodeId]));
  }

  close(): void {
    this.#channel.close();
  }

  async #theFederation(): Promise<string> {
    if (this.#federation !== undefined) return this.#federation;
    // 1.23 knows of none and fails at the question; one that cannot be reached cannot be reached for the run either.
    const { federations } = await this.#call('ListFederations', {}).catch(() => ({ federations: [] }));
    const names = federations.flatMap(({ name, archived, simulation }) => (archived || simulation ? [] : [name]));
    if (names.length < 2) return names[0] ?? '';
    const because = `it has several federations (${names.join(', ').slice(0, 120)}), and none is named`;
    throw new UnicaError('flower.call-refused', { call: 'StartRun', because });
  }

  async #call<Name extends ControlCall>(
    name: Name,
    request: ControlRequest<Name>,
    timeoutMs?: number,
  ): Promise<ControlReply<Name>> {
    return CONTROL_CALLS[name].reply.decode(await this.#ask(name, request, timeoutMs)) as ControlReply<Name>;
  }

  async #ask<Name extends ControlCall>(
    name: Name,
    request: ControlRequest<Name>,
    timeoutMs = 30_000,
  ): Promise<Uint8Array> {
    return await this.#channel.call(callOf(name, request), { timeoutMs, signal: this.#signal });
  }
}

function nodesOf(bytes: Uint8Array) {
  const { nodes } = CONTROL_CALLS.ListNodes.reply.decode(bytes);
  if (nodes.some(({ publicKey }) => publicKey.length > 0)) return nodes;
  try {
    // Without keys they are told as 1.23 tells them.
    return nodesBeforeNames.decode(bytes).nodes;
  } catch {
    return nodes;
  }
}

function callOf<Name extends ControlCall>(name: Name, request: ControlRequest<Name>) {
  const body = (CONTROL_CALLS[name].request.encode as (value: unknown) => Uint8Array)(request);
  return {
    name,
    grpcPath: controlPath(name),
    httpPath: controlHttpPath(name),
    body,
    signed: false,
    largestReplyBytes: LARGEST_REPLY_BYTES,
  };
}
