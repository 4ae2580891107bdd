/** Lets a waiting long poll know that something changed, within this process. */
export interface WakeUp {
  /** Resolves when the key is notified, the time is over or the signal aborts. */
  wait(key: string, timeoutMs: number, signal: AbortSignal): Promise<void>;
  notify(key: string): void;
}

/** An in-process wake-up. */
export function createWakeUp(): WakeUp {
  const waiting = new Map<string, Set<() => void>>();
  return {
    wait(key, timeoutMs, signal) {
      if (timeoutMs <= 0 || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const waiters = waiting.get(key) ?? new Set();
        waiting.set(key, waiters);
        const end = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          waiters.delete(end);
          if (waiters.size === 0 && waiting.get(key) === waiters) waiting.delete(key);
          resolve();
        };
        const timer = setTimeout(end, timeoutMs);
        signal.addEventListener('abort', end);
        waiters.add(end);
      });
    },
    notify(key) {
      for (const end of [...(waiting.get(key) ?? [])]) end();
    },
  };
}
