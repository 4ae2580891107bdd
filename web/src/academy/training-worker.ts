import { type OpenGraph, runSandbox } from '#academy';
import { InferenceSession, Tensor } from '../films/web-runtime.ts';
import type { TrainingNews, TrainingWish } from './training-messages.ts';

addEventListener('message', ({ data }: MessageEvent<TrainingWish>) => {
  trained(data).catch(() => tell({ kind: 'failed' }));
});

function tell(news: TrainingNews): void {
  postMessage(news);
}

async function trained({ settings }: TrainingWish): Promise<void> {
  const began = performance.now();
  for await (const state of runSandbox(settings, openGraph)) {
    if ('hospitals' in state) tell({ kind: 'begun', begin: state });
    else tell({ kind: 'round', round: state });
  }
  tell({ kind: 'done', tookMs: performance.now() - began });
}

async function openGraph(onnx: Uint8Array): Promise<OpenGraph> {
  const session = await InferenceSession.create(onnx);
  return {
    async run(feeds) {
      const fed = Object.entries(feeds).map(([name, { values, shape }]) => [
        name,
        new Tensor('float32', values, shape),
      ]);
      const answers = await session.run(Object.fromEntries(fed));
      return Object.fromEntries(
        Object.entries(answers).map(([name, { data }]) => [name, (data as Float32Array).slice()]),
      );
    },
    close: () => session.release(),
  };
}
