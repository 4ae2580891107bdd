import { parentPort } from 'node:worker_threads';
import { encode } from 'fast-png';
import { asUnicaError } from '#base';
import { decodeFrame, parseDicom, toDisplayImage } from '#dicom';
import { fitPicture, nativeFrame, oneFrameFile, type PictureWish, toExplicitLittle } from '#dicomweb';
import type { PixelOrder, PixelReply } from './picture-messages.ts';

const port = parentPort;
if (port === null) throw new Error('picture-thread runs as a worker thread');

port.on('message', (order: PixelOrder) => {
  const reply = replyTo(order);
  port.postMessage(reply, reply.kind === 'done' ? [reply.bytes.buffer as ArrayBuffer] : []);
});

function replyTo(order: PixelOrder): PixelReply {
  try {
    // In a buffer of its own, which is handed over instead of copied.
    return { kind: 'done', bytes: done(order).slice() };
  } catch (error) {
    const { code, facts } = asUnicaError(error);
    return { kind: 'failed', code, facts };
  }
}

function done(order: PixelOrder): Uint8Array {
  switch (order.kind) {
    case 'picture':
      return picture(order);
    case 'native-frame':
      return nativeFrame(oneFrameFile(parseDicom(order.header), order.frame));
    case 'explicit-little':
      return toExplicitLittle(parseDicom(order.file));
  }
}

function picture({ header, frame, wish }: Extract<PixelOrder, { kind: 'picture' }>): Uint8Array {
  const decoded = decodeFrame(oneFrameFile(parseDicom(header), frame));
  const shown = fitPicture(toDisplayImage({ ...decoded, ...windowOf(wish) }), wish.viewport);
  return encode({ width: shown.columns, height: shown.rows, data: shown.grey, channels: 1, depth: 8 });
}

function windowOf({ window }: PictureWish) {
  return window === undefined ? {} : { windowCenter: window.center, windowWidth: window.width };
}
