import { useCallback, useEffect, useRef, useState } from 'react';
import type { SandboxBegin, SandboxRound, SandboxSettings } from '#academy';
import type { TrainingNews, TrainingWish } from './training-messages.ts';

/** One run of the sandbox, as far as it has come. */
export interface SandboxRun {
  readonly number: number;
  readonly settings: SandboxSettings;
  readonly begin: SandboxBegin | null;
  readonly rounds: readonly SandboxRound[];
  readonly state: 'running' | 'done' | 'stopped' | 'failed';
  /** How long the training took in the worker; null before its end. */
  readonly tookMs: number | null;
}

/** Runs that are kept side by side. */
const MOST_RUNS = 8;

/** Runs in a worker of this page, newest last; one at a time. The worker ends with its run, or with the page. */
export function useSandbox() {
  const [runs, setRuns] = useState<readonly SandboxRun[]>([]);
  const worker = useRef<Worker | null>(null);

  const change = useCallback((changed: (run: SandboxRun) => SandboxRun) => {
    setRuns((all) => all.map((run, at) => (at === all.length - 1 ? changed(run) : run)));
  }, []);

  const stop = useCallback(() => {
    worker.current?.terminate();
    worker.current = null;
    change((run) => (run.state === 'running' ? { ...run, state: 'stopped' } : run));
  }, [change]);

  const start = useCallback(
    (settings: SandboxSettings) => {
      stop();
      const begun = new Worker(new URL('./training-worker.ts', import.meta.url), { type: 'module' });
      worker.current = begun;
      setRuns((all) => [
        ...all.slice(1 - MOST_RUNS),
        { number: (all.at(-1)?.number ?? 0) + 1, settings, begin: null, rounds: [], state: 'running', tookMs: null },
      ]);
      begun.addEventListener('message', ({ data }: MessageEvent<TrainingNews>) => {
        if (worker.current !== begun) return;
        if (data.kind === 'done' || data.kind === 'failed') begun.terminate();
        change((run) => afterNews(run, data));
      });
      begun.addEventListener('error', () => {
        begun.terminate();
        if (worker.current === begun) change((run) => ({ ...run, state: 'failed' }));
      });
      begun.postMessage({ settings } satisfies TrainingWish);
    },
    [change, stop],
  );

  useEffect(() => () => worker.current?.terminate(), []);
  return { runs, start, stop };
}

function afterNews(run: SandboxRun, news: TrainingNews): SandboxRun {
  switch (news.kind) {
    case 'begun':
      return { ...run, begin: news.begin };
    case 'round':
      return { ...run, rounds: [...run.rounds, news.round] };
    case 'done':
      return { ...run, state: 'done', tookMs: news.tookMs };
    case 'failed':
      return { ...run, state: 'failed' };
  }
}
