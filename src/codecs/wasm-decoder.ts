import { UnicaError } from '#base';
import type { CodedSamples, StreamDecoder } from '#dicom';

/** A decoder object of the cornerstone codecs; it lives in the memory of its module until it is deleted. */
interface Decoder {
  getEncodedBuffer(sizeBytes: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  decode(): unknown;
  getFrameInfo(): {
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
    readonly isSigned: boolean;
  };
  delete(): void;
}

/** A module of compiled C++ code. */
interface Instance {
  readonly HEAP8: Int8Array;
  readonly J2KDecoder?: new () => Decoder;
  readonly HTJ2KDecoder?: new () => Decoder;
}

/** Emscripten's maker of instances: fills the object it is given, at once when `instantiateWasm` answers at once. */
export type Factory = (options: object) => Promise<unknown>;

/** An instance that had to grow beyond this is not kept: WebAssembly memory never shrinks. */
const KEPT_BYTES = 268_435_456;

/**
 * A decoder over a WebAssembly module. After any failure its instance is thrown away, since an aborted one holds broken
 * memory, and the next picture gets a fresh one. Instances are made at once, without waiting, so that decoding can be
 * called from plain code; the caller's thread owns them.
 */
export function wasmDecoder(loadFactory: () => Factory, readModule: () => Uint8Array<ArrayBuffer>): StreamDecoder {
  let module: WebAssembly.Module | undefined;
  let kept: Instance | undefined;
  return (stream) => {
    module ??= new WebAssembly.Module(readModule());
    const instance = kept ?? instanceOf(loadFactory(), module);
    kept = undefined;
    const samples = decoded(instance, stream);
    if (instance.HEAP8.length <= KEPT_BYTES) kept = instance;
    return samples;
  };
}

function instanceOf(factory: Factory, module: WebAssembly.Module): Instance {
  const options = {
    print: () => {},
    printErr: () => {},
    instantiateWasm(imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, imports);
      receive(instance);
      return instance.exports;
    },
  };
  // It is filled when this returns; the promise only repeats what is thrown here.
  factory(options).catch(() => {});
  return options as unknown as Instance;
}

function decoded(instance: Instance, stream: Uint8Array): CodedSamples {
  const Decoder = instance.J2KDecoder ?? instance.HTJ2KDecoder;
  try {
    if (Decoder === undefined) throw new Error('the module was not ready at once');
    const decoder = new Decoder();
    decoder.getEncodedBuffer(stream.length).set(stream);
    decoder.decode();
    const { width, height, bitsPerSample, componentCount, isSigned } = decoder.getFrameInfo();
    const bytes = decoder.getDecodedBuffer();
    const count = width * height * componentCount;
    const wide = bitsPerSample > 8;
    if (count === 0 || bytes.length < count * (wide ? 2 : 1)) throw new Error('nothing was decoded');
    // Copied out of the module's memory, which the next picture overwrites.
    const own = bytes.slice(0, count * (wide ? 2 : 1));
    decoder.delete();
    const samples = wide ? new Uint16Array(own.buffer) : own;
    return { rows: height, columns: width, components: componentCount, bits: bitsPerSample, signed: isSigned, samples };
  } catch (cause) {
    throw new UnicaError('dicom.pixels-unusable', { problem: 'its JPEG 2000 stream is damaged' }, { cause });
  }
}
