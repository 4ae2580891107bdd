import {
  FLEET_CALLS,
  type FleetCall,
  type FleetReply,
  type FleetRequest,
  fleetHttpPath,
  fleetPath,
} from './fleet-messages.ts';
import { LARGEST_OBJECT_BYTES, SuperlinkChannel, type SuperlinkWay } from './superlink-channel.ts';

/** A tree of 20,000 objects has some 1.5 MB. */
const LARGEST_LIST_BYTES = 8_388_608;
const LARGEST_WORD_BYTES = 1_048_576;

/** Calls of the Fleet API of a SuperLink, each signed by the node's key. */
export class FleetClient {
  readonly #channel: SuperlinkChannel;

  constructor(way: SuperlinkWay) {
    this.#channel = new SuperlinkChannel(way);
  }

  /** @throws UnicaError `flower.unreachable`, `flower.reply-too-large`, `flower.call-refused` (a `SuperlinkRefusal`), `flower.message-refused`. */
  async call<Name extends FleetCall>(
    name: Name,
    request: FleetRequest<Name>,
    options: {
      readonly timeoutMs?: number;
      readonly signal?: AbortSignal;
      /** Of a fetched object, where less than the largest there is will do. */
      readonly largestBytes?: number;
    } = {},
  ): Promise<FleetReply<Name>> {
    const kind = FLEET_CALLS[name];
    const body = (kind.request.encode as (value: unknown) => Uint8Array)(request);
    const largestReplyBytes = Math.min(largestReplyOf(name), options.largestBytes ?? LARGEST_OBJECT_BYTES);
    const bytes = await this.#channel.call(
      { name, grpcPath: fleetPath(name), httpPath: fleetHttpPath(name), body, signed: true, largestReplyBytes },
      { timeoutMs: options.timeoutMs ?? 60_000, signal: options.signal },
    );
    return kind.reply.decode(bytes) as FleetReply<Name>;
  }

  close(): void {
    this.#channel.close();
  }
}

function largestReplyOf(name: FleetCall): number {
  if (name === 'PullObject') return LARGEST_OBJECT_BYTES;
  return name === 'PullMessages' || name === 'PushMessages' ? LARGEST_LIST_BYTES : LARGEST_WORD_BYTES;
}
