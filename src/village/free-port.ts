import { createServer } from 'node:net';

/** Ports of a range: those of a village lie within it. */
const RANGE = 200;
const RANGES = 100;

/** The first free loopback port from `wanted` on, skipping those already given away. */
export async function freePort(wanted: number, taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let port = wanted; port < wanted + 200 && port < 65536; port += 1) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  return await anyPort();
}

/**
 * The first port of a range that no other process of this machine has taken, from `wanted` on. A port that is only looked at is free
 * to the next who looks, until somebody listens there, and again whenever who listens there falls; so the last port of the range is
 * listened on until this process ends.
 */
export async function heldRange(wanted: number): Promise<number> {
  for (let first = wanted; first < wanted + RANGES * RANGE; first += RANGE) {
    if (await isHeld(first + RANGE - 1)) return first;
  }
  return wanted;
}

/** False where somebody else has it. */
function isHeld(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => {
      server.unref();
      resolve(true);
    });
  });
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
