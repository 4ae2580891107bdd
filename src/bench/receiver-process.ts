import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { UnicaError } from '#base';

export type ReceiverRequest = { readonly kind: 'open'; readonly folder: string } | { readonly kind: 'close' };

export interface ReceiverAnswer {
  readonly port: number;
  readonly waitingFiles: number;
}

/**
 * A node's receiver in a process of its own, which stays for turn after turn as a node does for weeks: what it uses is not mixed with
 * what the senders are started by. Whoever opened it closes it.
 */
export class ReceiverProcess {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(new URL('./receive-main.js', import.meta.url), { execArgv: [] });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Receives into an empty folder. @returns the port */
  async open(folder: string): Promise<number> {
    return (await this.#ask({ kind: 'open', folder })).port;
  }

  /** @returns how many objects lie in the folder */
  async finish(): Promise<number> {
    return (await this.#ask({ kind: 'close' })).waitingFiles;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill();
    await once(this.#child, 'exit');
  }

  async #ask(request: ReceiverRequest): Promise<ReceiverAnswer> {
    const ended = new AbortController();
    const { signal } = ended;
    try {
      const answer = once(this.#child, 'message', { signal });
      const exit = once(this.#child, 'exit', { signal }).then(() => {
        throw new UnicaError('bench.peer-ended', { peer: 'the receiver' });
      });
      this.#child.send(request);
      const [message] = await Promise.race([answer, exit]);
      return message as ReceiverAnswer;
    } finally {
      ended.abort();
    }
  }
}
