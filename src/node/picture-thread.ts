import { parentPort } from 'node:worker_threads';
import { asUnicaError } from '#base';
import { pixelCodecs } from '#codecs';
import { oneFrameFile, outlineDicom, parseDicom } from '#dicom';
import { nativeFrame, type PictureWish, toExplicitLittle, toImplicitLittle } from '#dicomweb';
import { openFileSource } from '#intake';
import { drawnPicture } from './drawn-picture.ts';
import type { PixelOrder, PixelReply } from './picture-messages.ts';

const codecs = pixelCodecs();
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
      return nativeFrame(oneFrameFile(parseDicom(order.header), order.frame), 0, codecs);
    case 'explicit-little':
      return toExplicitLittle(parseDicom(order.file), codecs);
    case 'implicit-little':
      return toImplicitLittle(parseDicom(order.file), codecs);
    case 'file-picture':
      return pictureOfFile(order.path, order.frame, order.wish);
  }
}

function picture({ header, frame, wish }: Extract<PixelOrder, { kind: 'picture' }>): Uint8Array {
  return drawnPicture(oneFrameFile(parseDicom(header), frame), 0, wish, codecs);
}

/** A frame of a file that is in no archive. */
function pictureOfFile(path: string, frame: number, wish: PictureWish): Uint8Array {
  const source = openFileSource(path);
  try {
    const outline = outlineDicom(source);
    if (outline !== undefined) return drawnPicture(outline.oneFrame(frame), 0, wish, codecs);
    // Deflated: to be read as a whole, and only its first frame is asked for.
    return drawnPicture(parseDicom(source.read(0, source.sizeBytes)), 0, wish, codecs);
  } finally {
    source.close();
  }
}
