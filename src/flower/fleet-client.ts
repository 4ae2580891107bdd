import {
  FLEET_CALLS,
  type FleetCall,
  type FleetReply,
  type FleetRequest,
  fleetHttpPath,
  fleetPath,
} from './fleet-messages.ts';
import { SuperlinkChannel, type SuperlinkWay } from './superlink-channel.ts';

/** Calls of the Fleet API of a SuperLink, each signed by the node's key. */
export class FleetClient {
  readonly #channel: SuperlinkChannel;

  constructor(way: SuperlinkWay) {
    this.#channel = new SuperlinkChannel(way);
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
