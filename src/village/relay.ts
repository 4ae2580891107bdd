import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type ConnectionRecord, readConnectionRecord } from './wire-record.ts';

/** Where a relay listens, where it passes bytes on to, and the folder it writes them to. */
export interface RelayOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly hubPort: number;
  /** One file for each connection; earlier ones are kept. */
  readonly folder: string;
}

/**
 * A tap between one node and the hub: every byte the node sends is on disk before it is passed on. It outlives its
 * connections: while the hub is away, a connection is closed as if the hub had closed it. @note The owner calls `close`.
 */
export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #options: RelayOptions;
  #connections: number;

  private constructor(options: RelayOptions) {
    mkdirSync(options.folder, { recursive: true });
    this.#options = options;
    this.#connections = recordPaths(options.folder).length;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** Listens on loopback. @throws Error with code `EADDRINUSE` when the port is taken. */
  static async open(options: RelayOptions): Promise<Relay> {
    const relay = new Relay(options);
    await new Promise<void>((resolve, reject) => {
      relay.#server.once('error', reject);
      relay.#server.listen(options.port, '127.0.0.1', () => {
        relay.#server.off('error', reject);
        resolve();
      });
    });
    return relay;
  }

  /** The address a node is told instead of the hub's. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : this.#options.port;
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accept(client: Socket): void {
    this.#connections += 1;
    const path = join(this.#options.folder, `${String(this.#connections).padStart(6, '0')}.bin`);
    const file = openSync(path, 'a', 0o600);
    const hub = connect({ port: this.#options.hubPort, host: '127.0.0.1', allowHalfOpen: true });
    const sockets = [client, hub];
    for (const socket of sockets) {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      // A broken side is passed on as a broken connection; the node's own retry is what mends it.
      socket.on('error', () => {});
    }
    client.on('data', (bytes) => {
      writeSync(file, bytes);
      if (!hub.write(bytes)) {
        client.pause();
        hub.once('drain', () => client.resume());
      }
    });
    client.on('end', () => hub.end());
    hub.pipe(client);
    hub.on('close', (broken) => (broken ? client.destroy() : client.end()));
    client.on('close', () => hub.destroy());
    let open = sockets.length;
    for (const socket of sockets) {
      socket.on('close', () => {
        this.#sockets.delete(socket);
        open -= 1;
        if (open === 0) closeSync(file);
      });
    }
  }
}

/** Everything a relay wrote to its folder, a connection at a time: its bytes and the requests in them. */
export function* recordedConnections(
  folder: string,
): Generator<{ readonly bytes: Uint8Array; readonly record: ConnectionRecord }> {
  for (const path of recordPaths(folder)) {
    const bytes = new Uint8Array(readFileSync(path));
    yield { bytes, record: readConnectionRecord(bytes) };
  }
}

function recordPaths(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.bin'))
    .sort()
    .map((name) => join(folder, name));
}
