import { concatBytes, UnicaError } from '#base';
import { type DicomFile, type FrameBytes, type PixelPlace, parseDicom, pixelPlaceOf, TRANSFER_SYNTAX } from '#dicom';
import { toExplicitLittle } from '#dicomweb';
import type { BlobReader, BlobStore } from '#store';
import { tagHex } from '#vocab';
import type { IndexedInstance } from './dicom-index.ts';

/** A stored image of which only the wanted parts are read. */
export interface OpenImage {
  /** True of the bytes that are read here. */
  readonly transferSyntaxUid: string;
  /** Tag and representation of its pixels; undefined where it has none. */
  readonly pixels: { readonly tag: string; readonly vr: string } | undefined;
  /** 0 where it has no pixels. */
  readonly frameCount: number;
  readonly encapsulated: boolean;
  /** The file without its pixels. */
  headerBytes(): Promise<Uint8Array>;
  header(): Promise<DicomFile>;
  /** A frame from 0 as it is stored. @throws UnicaError `dicom.no-pixels`, `dicomweb.frames-apart`. */
  frame(index: number): Promise<FrameBytes>;
  close(): Promise<void>;
}

interface Source {
  readonly sizeBytes: number;
  read(start: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a stored image; to be closed. @throws UnicaError `store.blob-missing`. */
export async function openImage(blobs: BlobStore & BlobReader, instance: IndexedInstance): Promise<OpenImage> {
  if (instance.transferSyntaxUid === TRANSFER_SYNTAX.deflatedLittle) {
    return await openInflated(await blobs.get(instance.blobSha256));
  }
  return imageOf(await blobs.open(instance.blobSha256), instance.pixelPlace ?? undefined, instance.transferSyntaxUid);
}

/** A deflated body cannot be read in parts: it is inflated as a whole. */
async function openInflated(deflated: Uint8Array): Promise<OpenImage> {
  const bytes = toExplicitLittle(parseDicom(deflated));
  const source: Source = {
    sizeBytes: bytes.length,
    read: async (start, length) => bytes.subarray(start, start + length),
    close: async () => {},
  };
  return imageOf(source, pixelPlaceOf(parseDicom(bytes), bytes), TRANSFER_SYNTAX.explicitLittle);
}

function imageOf(source: Source, place: PixelPlace | undefined, transferSyntaxUid: string): OpenImage {
  const headerBytes = async (): Promise<Uint8Array> => {
    if (place === undefined) return await source.read(0, source.sizeBytes);
    const [start, length] = place.element;
    const [before, after] = await Promise.all([
      source.read(0, start),
      source.read(start + length, source.sizeBytes - start - length),
    ]);
    return concatBytes([before, after]);
  };
  return {
    transferSyntaxUid,
    pixels: place === undefined ? undefined : { tag: tagHex(place.tag).toUpperCase(), vr: place.vr },
    frameCount: place === undefined ? 0 : place.frameCount,
    encapsulated: place?.encapsulated ?? false,
    headerBytes,
    header: async () => parseDicom(await headerBytes()),
    async frame(index) {
      if (place === undefined) throw new UnicaError('dicom.no-pixels');
      const { frames, vr } = place;
      switch (frames.kind) {
        case 'apart':
          throw new UnicaError('dicomweb.frames-apart', { problem: frames.problem });
        case 'native': {
          const bytes = await source.read(place.value[0] + index * frames.frameBytes, frames.frameBytes);
          return { bytes, encapsulated: false, vr };
        }
        case 'encapsulated': {
          const parts = await Promise.all(
            (frames.stretches[index] ?? []).map(([start, length]) => source.read(start, length)),
          );
          return { bytes: concatBytes(parts), encapsulated: true, vr };
        }
      }
    },
    close: () => source.close(),
  };
}
