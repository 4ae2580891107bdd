import { type ChildProcess, fork } from 'node:child_process';
import { constants, getPriority, setPriority } from 'node:os';
import { UnicaError, unpackError } from '#base';
import type { TrainerMessage, TrainerProgress, TrainerRequest, TrainerResults } from './trainer-messages.ts';

/** Who listens and who may stop it. */
export interface TrainerListeners {
  readonly signal?: AbortSignal | undefined;
  /** What it throws ends the work, which then fails with it. */
  readonly onProgress?: ((progress: TrainerProgress) => void) | undefined;
}

/** A piece of work in its own process. */
export interface StartedTrainer<Kind extends keyof TrainerResults> {
  readonly child: ChildProcess;
  readonly result: Promise<TrainerResults[Kind]>;
}

/**
 * Does the work in a process of its own, so that neither its load nor a crash inside ONNX Runtime reaches the service;
 * the process has ended when the promise settles, and ends with its parent.
 * @throws UnicaError `engine.trainer-stopped` when the process ended early, else as `train`, `predict`, `gradCam`;
 * the signal's reason when stopped
 */
export async function runTrainer<Request extends TrainerRequest>(
  request: Request,
  listeners: TrainerListeners = {},
): Promise<TrainerResults[Request['kind']]> {
  return startTrainer(request, listeners).result;
}

/** As `runTrainer`, with the process in sight. */
export function startTrainer<Request extends TrainerRequest>(
  request: Request,
  { signal, onProgress }: TrainerListeners,
): StartedTrainer<Request['kind']> {
  signal?.throwIfAborted();
  const child = forkTrainer();
  const stop = (): void => {
    child.kill('SIGKILL');
  };
  const result = outcome<Request['kind']>(child, onProgress, signal).finally(() =>
    signal?.removeEventListener('abort', stop),
  );
  signal?.addEventListener('abort', stop, { once: true });
  child.send(request);
  return { child, result };
}

/** A trainer's process that waits for work. */
export function forkTrainer(): ChildProcess {
  const child = fork(new URL('./trainer-main.js', import.meta.url), {
    serialization: 'advanced',
    execArgv: [],
    // No secret of the service belongs in there.
    env: {},
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  stepBack(child);
  return child;
}

/** Lower than the service's own priority: who asks something of the node does not wait until it has trained. */
const PRIORITY = constants.priority.PRIORITY_BELOW_NORMAL;

function stepBack({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined && getPriority() < PRIORITY) setPriority(pid, PRIORITY);
  } catch {
    // It ended already, or the system does not let it: it trains all the same.
  }
}

/** Settles after the process has ended. */
function outcome<Kind extends keyof TrainerResults>(
  child: ChildProcess,
  onProgress: TrainerListeners['onProgress'],
  signal: AbortSignal | undefined,
): Promise<TrainerResults[Kind]> {
  return new Promise((resolve, reject) => {
    let last: Exclude<TrainerMessage, { kind: 'progress' }> | undefined;
    let failure: unknown;
    let refused: { readonly reason: unknown } | undefined;
    child.on('message', (message: TrainerMessage) => {
      if (message.kind === 'progress') {
        try {
          onProgress?.(message.progress);
        } catch (reason) {
          refused ??= { reason };
          child.kill('SIGKILL');
        }
        return;
      }
      last = message;
      child.kill('SIGKILL');
    });
    // Sending to a process that just ended, or starting it, may fail; its end says more.
    child.on('error', (error) => {
      failure = error;
      child.kill('SIGKILL');
      if (child.pid === undefined) reject(stopped('it could not be started', error));
    });
    child.once('exit', (code, killedBy) => {
      if (refused) reject(refused.reason);
      else if (last?.kind === 'result') resolve(last.result as TrainerResults[Kind]);
      else if (last?.kind === 'failed') reject(unpackError(last.error));
      else if (signal?.aborted) reject(signal.reason);
      else reject(stopped(killedBy ? `signal ${killedBy}` : `exit code ${code}`, failure));
    });
  });
}

function stopped(how: string, cause: unknown): UnicaError {
  return new UnicaError('engine.trainer-stopped', { how }, { cause });
}
