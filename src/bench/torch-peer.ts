import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { UnicaError } from '#base';

/** PyTorch in a process of its own, doing the same work. */
export interface TorchPeer {
  readonly version: string;
  /** Builds a network; → its number of parameters. */
  prepare(network: string, batch: number, threads: number): Promise<number>;
  /** Seconds of so many steps. */
  run(work: 'train' | 'infer', steps: number): Promise<number>;
  close(): Promise<void>;
}

/** Longest wait for one answer: a slow machine needs seconds. */
const PATIENCE_MS = 300_000;

/**
 * Starts PyTorch, of the system's own Python (Debian's package python3-torch belongs to that one); a text says why it is
 * absent.
 */
export async function openTorchPeer(): Promise<TorchPeer | string> {
  const script = new URL('../../bench/torch_peer.py', import.meta.url).pathname;
  const child = spawn('/usr/bin/python3', [script], { stdio: ['pipe', 'pipe', 'ignore'] });
  const started = await Promise.race([once(child, 'spawn').then(() => true), once(child, 'error').then(() => false)]);
  if (!started) return 'there is no /usr/bin/python3';
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Readonly<Record<string, unknown>>> => {
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    try {
      const { value, done } = await lines.next();
      if (done === true) throw new UnicaError('bench.peer-ended', { peer: 'PyTorch' });
      return JSON.parse(value);
    } finally {
      clearTimeout(timer);
    }
  };
  const ask = async (question: object): Promise<Readonly<Record<string, unknown>>> => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    return await answer();
  };
  const first = await answer();
  if (typeof first['torch'] !== 'string') return String(first['absent']);
  return {
    version: first['torch'],
    prepare: async (network, batch, threads) => Number((await ask({ prepare: network, batch, threads }))['parameters']),
    run: async (run, steps) => Number((await ask({ run, steps }))['seconds']),
    async close() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
