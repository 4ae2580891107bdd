import type { HungImage } from '#wire';
import type { FilmHead } from './film-head.ts';
import type { FilmPixels } from './film-pixels.ts';
import { frameAddress, previewOf } from './film-previews.ts';
import type { FilmAnswer, FilmWish } from './film-worker.ts';

/** How far a film has come. */
export type FilmState =
  | { readonly kind: 'waiting' }
  /** A small picture as the node draws it, shown until the film is there. */
  | { readonly kind: 'reduced'; readonly pixels: FilmPixels }
  | { readonly kind: 'full'; readonly pixels: FilmPixels }
  /** HTTP status; 0 where the node did not answer or its answer was no film. */
  | { readonly kind: 'failed'; readonly status: number };

const WAITING: FilmState = { kind: 'waiting' };
/** Fetching and halving go on beside one another; more would only make them wait for the same line. */
const WORKERS = 2;

/** Films of one study, fetched and made ready in workers. */
export class FilmStore {
  readonly #films = new Map<string, FilmState>();
  readonly #wanted = new Map<string, 'reduced' | 'full'>();
  readonly #workers: readonly Worker[];
  readonly #wishes = new Map<number, string>();
  /** Films wait until something is seen: the small pictures are soon there, and must not wait behind what is a hundred times as large. */
  #held: FilmWish[] | undefined = [];
  readonly #ending = new AbortController();
  readonly #listeners = new Set<() => void>();
  #version = 0;

  constructor() {
    this.#workers = Array.from(
      { length: WORKERS },
      () => new Worker(new URL('./film-worker.ts', import.meta.url), { type: 'module' }),
    );
    for (const worker of this.#workers) {
      worker.addEventListener('message', ({ data }: MessageEvent<FilmAnswer>) => this.#take(data));
    }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Counted up with every change. */
  readonly version = (): number => this.#version;

  get isClosed(): boolean {
    return this.#ending.signal.aborted;
  }

  state(sopInstanceUid: string): FilmState {
    return this.#films.get(sopInstanceUid) ?? WAITING;
  }

  /** Asks for the small picture, and for the film as soon as its header is known. */
  want(image: HungImage, head: FilmHead | undefined): void {
    const { sopInstanceUid } = image;
    const asked = this.#wanted.get(sopInstanceUid);
    if (asked === undefined) {
      this.#wanted.set(sopInstanceUid, 'reduced');
      void this.#reduced(image);
    }
    if (head === undefined || asked === 'full') return;
    this.#wanted.set(sopInstanceUid, 'full');
    const wishId = this.#wishes.size;
    this.#wishes.set(wishId, sopInstanceUid);
    const wish: FilmWish = { wishId, address: new URL(`${frameAddress(image)}`, location.href).href, head };
    if (this.#held === undefined) this.#send(wish);
    else this.#held.push(wish);
  }

  /** Ends the workers; called when the page is left. */
  close(): void {
    this.#ending.abort();
    for (const worker of this.#workers) worker.terminate();
    this.#listeners.clear();
  }

  #send(wish: FilmWish): void {
    this.#workers[wish.wishId % this.#workers.length]?.postMessage(wish);
  }

  #sendHeld(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const wish of held) this.#send(wish);
  }

  #take(answer: FilmAnswer): void {
    const sopInstanceUid = this.#wishes.get(answer.wishId);
    if (sopInstanceUid === undefined) return;
    this.#set(
      sopInstanceUid,
      answer.kind === 'film' ? { kind: 'full', pixels: answer.pixels } : { kind: 'failed', status: answer.status },
    );
  }

  async #reduced(image: HungImage): Promise<void> {
    const pixels = await previewOf(image, this.#ending.signal);
    if (!this.isClosed && pixels !== undefined && this.#films.get(image.sopInstanceUid) === undefined) {
      this.#set(image.sopInstanceUid, { kind: 'reduced', pixels });
    }
    this.#sendHeld();
  }

  #set(sopInstanceUid: string, state: FilmState): void {
    this.#films.set(sopInstanceUid, state);
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
