import type { Clock } from '#base';
import {
  FLEET_CALLS,
  type FleetCall,
  type FleetReply,
  type FleetRequest,
  fleetHttpPath,
  fleetPath,
} from './fleet-messages.ts';
import type { NodeKey } from './node-key.ts';
import { type OutgoingCall, SuperlinkChannel } from './superlink-channel.ts';
import type { FleetTrust } from './superlink-http.ts';

/** Calls of the Fleet API of a SuperLink, each signed by the node's key. */
export class FleetClient {
  readonly #channel: SuperlinkChannel;

  constructor(options: {
    readonly address: string;
    readonly trust: FleetTrust;
    readonly key: NodeKey;
    readonly clock: Clock;
    /** Lists what leaves, or refuses it by throwing. */
    readonly beforeCall: (outgoing: OutgoingCall) => Promise<void>;
  }) {
    this.#channel = new SuperlinkChannel(options);
  }

  /** @throws UnicaError `flower.unreachable`, `flower.call-refused` (a `SuperlinkRefusal`), `flower.message-refused`. */
  async call<Name extends FleetCall>(
    name: Name,
    request: FleetRequest<Name>,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<FleetReply<Name>> {
    const kind = FLEET_CALLS[name];
    const body = (kind.request.encode as (value: unknown) => Uint8Array)(request);
    const bytes = await this.#channel.call(
      { name, grpcPath: fleetPath(name), httpPath: fleetHttpPath(name), body, signed: true },
      { timeoutMs: options.timeoutMs ?? 60_000, signal: options.signal },
    );
    return kind.reply.decode(bytes) as FleetReply<Name>;
  }

  close(): void {
    this.#channel.close();
  }
}
