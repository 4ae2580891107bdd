import { UnicaError } from '#base';
import { parseDicom } from '#dicom';
import { type ChestLook, chestLookOf, readChestFilm } from '#films';
import type { NetworkAnswer, NetworkWish, Tensor } from './network-messages.ts';
import { InferenceSession, Tensor as OnnxTensor } from './web-runtime.ts';

let network: { readonly session: InferenceSession; readonly parts: Readonly<Record<string, Uint8Array>> } | undefined;
/** Wishes are answered in the order in which they came. */
let last = Promise.resolve();

addEventListener('message', ({ data }: MessageEvent<NetworkWish>) => {
  last = last.then(() => answer(data));
});

async function answer(wish: NetworkWish): Promise<void> {
  const { wishId } = wish;
  try {
    postMessage({ wishId, ...(await done(wish)) } satisfies NetworkAnswer);
  } catch (error) {
    const code = error instanceof UnicaError ? error.code : null;
    postMessage({ wishId, kind: 'failed', code } satisfies NetworkAnswer);
  }
}

type WithoutId<T> = T extends unknown ? Omit<T, 'wishId'> : never;

async function done(wish: NetworkWish): Promise<WithoutId<NetworkAnswer>> {
  switch (wish.kind) {
    case 'open': {
      await network?.session.release();
      const { onnx, parts } = wish.network;
      network = { session: await InferenceSession.create(new Uint8Array(onnx)), parts };
      return { kind: 'opened' };
    }
    case 'run':
      return { kind: 'ran', outputs: await ran(wish.inputs) };
    case 'read': {
      const began = performance.now();
      const look: ChestLook = chestLookOf(network?.parts ?? {});
      const { rows, columns } = look.contract.frame;
      const reading = await readChestFilm(parseDicom(new Uint8Array(wish.file)), look, (values) =>
        ran({ image: { values, shape: [1, 1, rows, columns] } }),
      );
      return { kind: 'read', reading, tookMs: performance.now() - began };
    }
  }
}

async function ran(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Float32Array>> {
  if (network === undefined) throw new UnicaError('pilots.model-unfit', { problem: 'no network is open' });
  const fed = Object.entries(inputs).map(([name, { values, shape }]) => [
    name,
    new OnnxTensor('float32', values, shape),
  ]);
  const answers = await network.session.run(Object.fromEntries(fed));
  return Object.fromEntries(Object.entries(answers).map(([name, { data }]) => [name, (data as Float32Array).slice()]));
}
