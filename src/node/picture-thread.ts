import { parentPort } from 'node:worker_threads';
import { encode } from 'fast-png';
import { asUnicaError } from '#base';
import { pixelCodecs } from '#codecs';
import { decodeSamples, oneFrameFile, parseDicom, toDisplayPicture } from '#dicom';
import { fitPicture, nativeFrame, toExplicitLittle } from '#dicomweb';
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
  }
}

function picture({ header, frame, wish }: Extract<PixelOrder, { kind: 'picture' }>): Uint8Array {
  const file = oneFrameFile(parseDicom(header), frame);
  const shown = fitPicture(toDisplayPicture(file.dataset, decodeSamples(file, 0, codecs), wish.window), wish.viewport);
  return encode({
    width: shown.columns,
    height: shown.rows,
    data: shown.shades,
    channels: shown.channels,
    depth: 8,
  });
}
