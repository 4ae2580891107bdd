import { createServer } from 'node:net';

/** The first free loopback port from `wanted` on, skipping those already given away. */
export async function freePort(wanted: number, taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let port = wanted; port < wanted + 200 && port < 65536; port += 1) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  return await anyPort();
}

/** True when nothing listens on the loopback port. */
export async function isFree(port: number): Promise<boolean> {
  return await listenOnce(port).then(
    () => true,
    () => false,
  );
}

async function anyPort(): Promise<number> {
  return await listenOnce(0);
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const got = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(got));
    });
  });
}
