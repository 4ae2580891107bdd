import type { FilmHead } from './film-head.ts';
import { type FilmPixels, filmPixels } from './film-pixels.ts';

/** A frame to be fetched and made ready to be drawn. */
export interface FilmWish {
  readonly wishId: number;
  readonly address: string;
  readonly head: FilmHead;
}

/** What became of it. */
export type FilmAnswer =
  | { readonly wishId: number; readonly kind: 'film'; readonly pixels: FilmPixels }
  | { readonly wishId: number; readonly kind: 'failed'; readonly status: number };

// Frames as they are if they lie open, decoded by the node where it can: nothing is decoded here that the node does not vouch for.
const ACCEPT = 'application/octet-stream';

addEventListener('message', ({ data }: MessageEvent<FilmWish>) => {
  void answer(data);
});

async function answer({ wishId, address, head }: FilmWish): Promise<void> {
  let status = 0;
  try {
    const response = await fetch(address, { headers: { accept: ACCEPT }, credentials: 'same-origin' });
    status = response.status;
    if (!response.ok) throw new Error('refused');
    const pixels = filmPixels(await response.arrayBuffer(), head);
    const reply: FilmAnswer = { wishId, kind: 'film', pixels };
    postMessage(reply, { transfer: pixels.levels.map(({ values }) => values.buffer) });
  } catch {
    const reply: FilmAnswer = { wishId, kind: 'failed', status };
    postMessage(reply);
  }
}
