import type { ErrorCode, ErrorFacts } from '#base';
import type { FrameBytes } from '#dicom';
import type { PictureWish } from '#dicomweb';

/** Work on pixels, which takes too long for the thread that answers requests. */
export type PixelOrder =
  | { readonly kind: 'picture'; readonly header: Uint8Array; readonly frame: FrameBytes; readonly wish: PictureWish }
  | { readonly kind: 'native-frame'; readonly header: Uint8Array; readonly frame: FrameBytes }
  | { readonly kind: 'explicit-little' | 'implicit-little'; readonly file: Uint8Array }
  | { readonly kind: 'file-picture'; readonly path: string; readonly frame: number; readonly wish: PictureWish };

/** What the thread answers. */
export type PixelReply =
  | { readonly kind: 'done'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly facts: ErrorFacts };
