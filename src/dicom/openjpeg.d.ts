// The part of @cornerstonejs/codec-openjpeg (OpenJPEG 2.5 in WebAssembly) that is used here.
declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  export interface FrameInfo {
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
    readonly isSigned: boolean;
  }

  export interface J2KDecoder {
    /** Room for so many coded bytes; may move with the next allocation. */
    getEncodedBuffer(length: number): Uint8Array;
    /** Says nothing about failure: that is printed. */
    decode(): void;
    getFrameInfo(): FrameInfo;
    /** Samples by pixel, of 8 bits or of 16, little endian. */
    getDecodedBuffer(): Uint8Array;
    delete(): void;
  }

  export interface OpenJpeg {
    readonly J2KDecoder: new () => J2KDecoder;
    readonly HEAPU8: Uint8Array;
  }

  export default function open(settings: {
    readonly print: (line: string) => void;
    readonly printErr: (line: string) => void;
  }): Promise<OpenJpeg>;
}
