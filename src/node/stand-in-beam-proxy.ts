import { createServer, type IncomingMessage, type Server } from 'node:http';

const OVER: ReadonlySet<string> = new Set(['claimed', 'succeeded', 'permfailed']);

/** A result as an app put it. */
export interface StandInResult {
  readonly from: string;
  readonly to: readonly string[];
  readonly task: string;
  readonly status: string;
  readonly body: string;
}

/**
 * Stands in for a Samply Beam proxy in tests: speaks the part of its HTTP API that an app uses (long poll with `filter=todo`,
 * results, API keys), written from its public description and held against its source (samply/beam 0079633, 2026): which tasks are
 * still to do, and with which status results are taken. It is not the real proxy, and knows no broker and no encryption.
 */
export class StandInBeamProxy {
  readonly #server: Server;
  readonly #key: string;
  readonly #tasks = new Map<string, { readonly task: object; readonly results: Map<string, StandInResult> }>();
  readonly #waiting = new Set<() => void>();
  /** Requests for results to be answered with 503 first. */
  failures = 0;
  /** Every result in the order it came. */
  readonly results: StandInResult[] = [];
  unauthorised = 0;

  constructor(options: { readonly appId: string; readonly key: string }) {
    this.#key = `ApiKey ${options.appId} ${options.key}`;
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(body);
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  async close(): Promise<void> {
    for (const wake of this.#waiting) wake();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Puts a task to the app. */
  give(task: { readonly id: string; readonly [key: string]: unknown }): void {
    this.#tasks.set(task.id, { task, results: new Map() });
    for (const wake of this.#waiting) wake();
  }

  async #answer(request: IncomingMessage): Promise<{ readonly status: number; readonly body: string }> {
    if (request.headers.authorization !== this.#key) {
      this.unauthorised += 1;
      return { status: 401, body: '"Unauthorized"' };
    }
    const url = new URL(request.url ?? '/', 'http://proxy');
    if (request.method === 'GET' && url.pathname === '/v1/tasks' && url.searchParams.get('filter') === 'todo') {
      if (this.#todo().length === 0) await this.#wait(url.searchParams.get('wait_time'));
      const todo = this.#todo();
      return { status: todo.length === 0 ? 206 : 200, body: JSON.stringify(todo) };
    }
    const [, id = '', app = ''] = /^\/v1\/tasks\/([^/]+)\/results\/([^/]+)$/.exec(url.pathname) ?? [];
    const held = this.#tasks.get(id);
    if (request.method !== 'PUT' || held === undefined) return { status: 404, body: '"Not found"' };
    if (this.failures > 0) {
      this.failures -= 1;
      return { status: 503, body: '' };
    }
    let text = '';
    for await (const piece of request) text += String(piece);
    const result = JSON.parse(text) as StandInResult;
    if (result.task !== id || result.from !== app) return { status: 400, body: '' };
    const isAnother = held.results.has(app);
    held.results.set(app, result);
    this.results.push(result);
    // A failure for a time puts the task on the list again.
    for (const wake of this.#waiting) wake();
    return { status: isAnother ? 204 : 201, body: '' };
  }

  /** Tasks that the app has neither claimed nor ended, as the broker's own filter has it; earlier brokers still gave claimed ones. */
  #todo(): readonly object[] {
    return [...this.#tasks.values()].flatMap(({ task, results }) =>
      [...results.values()].some(({ status }) => OVER.has(status)) ? [] : [task],
    );
  }

  #wait(waitTime: string | null): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, Math.min(2000, Number.parseInt(waitTime ?? '0', 10) * 1000));
      this.#waiting.add(end);
    });
  }
}
