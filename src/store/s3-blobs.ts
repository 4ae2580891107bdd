import { createHash, randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnicaError } from '#base';
import type { Arrived, BlobDrafts, BlobReader, BlobStore, Draft } from './blobs.ts';
import { contentDigest } from './content-digest.ts';
import { checkDraftNames } from './draft-names.ts';

/** A bucket of an S3-compatible store, and the part of it that is ours. */
export interface S3Settings {
  readonly bucket: string;
  /** Begins every key; empty, or ends with a slash. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Larger objects are sent in parts of this size; S3 takes none below 5 MiB. */
const PART_BYTES = 8 * 2 ** 20;
/** What comes in a stream is kept in objects of about this size until the whole is there. */
const RECEIVED_BYTES = 4 * 2 ** 20;

/**
 * Content in an S3-compatible object store, under its digest. Nothing is kept on this machine, so that any of several hubs
 * can go on where another fell. What is written as it is made is spooled in a temporary file first, because its name is its
 * digest. @note The owner calls `close`.
 */
export async function openS3Blobs(settings: S3Settings): Promise<BlobStore & BlobReader & BlobDrafts> {
  // Loaded only where it is used: it is as large as all the rest.
  const {
    CompleteMultipartUploadCommand,
    CreateMultipartUploadCommand,
    DeleteObjectCommand,
    GetObjectCommand,
    HeadObjectCommand,
    ListObjectsV2Command,
    PutObjectCommand,
    S3Client,
    UploadPartCommand,
  } = await import('@aws-sdk/client-s3');
  const { bucket, prefix, endpoint, region, accessKeyId, secretAccessKey } = settings;
  const client = new S3Client({
    region,
    credentials: { accessKeyId, secretAccessKey },
    // Servers that are not Amazon's seldom have a name for each bucket, nor the newer checksums.
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  const keyOf = (sha256: string): string => {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new UnicaError('store.blob-missing', { sha256: 'not a digest' });
    return `${prefix}blobs/${sha256.slice(0, 2)}/${sha256.slice(2)}`;
  };
  const sizeOf = async (sha256: string): Promise<number | undefined> => {
    try {
      return (await client.send(new HeadObjectCommand({ Bucket: bucket, Key: keyOf(sha256) }))).ContentLength ?? 0;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };
  const has = async (sha256: string) => (await sizeOf(sha256)) !== undefined;
  const body = async (sha256: string, range?: string) => {
    try {
      const answer = await client.send(
        new GetObjectCommand({ Bucket: bucket, Key: keyOf(sha256), ...(range === undefined ? {} : { Range: range }) }),
      );
      return answer.Body;
    } catch (cause) {
      if (isMissing(cause)) throw new UnicaError('store.blob-missing', { sha256 }, { cause });
      throw cause;
    }
  };
  const remove = async (key: string): Promise<void> => {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  };
  /** Sends a spooled file; an object appears whole or not at all. */
  const send = async ({ path, sha256, sizeBytes }: Spooled): Promise<void> => {
    const file = await open(path, 'r');
    const part = async (start: number): Promise<Uint8Array> => {
      const bytes = new Uint8Array(Math.min(PART_BYTES, sizeBytes - start));
      for (let filled = 0; filled < bytes.length; ) {
        filled += (await file.read(bytes, filled, bytes.length - filled, start + filled)).bytesRead;
      }
      return bytes;
    };
    try {
      const at = { Bucket: bucket, Key: keyOf(sha256) };
      if (sizeBytes <= PART_BYTES) {
        await client.send(new PutObjectCommand({ ...at, Body: await part(0) }));
        return;
      }
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(at));
      const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
      for (let start = 0; start < sizeBytes; start += PART_BYTES) {
        const PartNumber = Parts.length + 1;
        const { ETag } = await client.send(
          new UploadPartCommand({ ...at, UploadId, PartNumber, Body: await part(start) }),
        );
        Parts.push({ PartNumber, ETag });
      }
      await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
    } finally {
      await file.close();
    }
  };
  const draftPrefix = (draft: Omit<Draft, 'sizeBytes'>): string => {
    checkDraftNames(draft);
    return `${prefix}drafts/${draft.owner}-${draft.sha256}/`;
  };
  /** Pieces that are here, from the beginning on and without a gap. */
  const piecesOf = async (draft: Omit<Draft, 'sizeBytes'>) => {
    const pieces: { key: string; start: number; length: number }[] = [];
    const Prefix = draftPrefix(draft);
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix, ContinuationToken }));
      for (const { Key = '', Size = 0 } of page.Contents ?? []) {
        pieces.push({ key: Key, start: Number(Key.slice(Prefix.length)), length: Size });
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    let arrivedBytes = 0;
    for (const piece of pieces) {
      if (piece.start !== arrivedBytes) break;
      arrivedBytes += piece.length;
    }
    return { pieces, arrivedBytes };
  };
  const addPiece: BlobDrafts['addPiece'] = async (draft, start, piece) => {
    const { sha256, sizeBytes } = draft;
    if (await has(sha256)) return { arrivedBytes: sizeBytes, whole: true };
    const { arrivedBytes: before } = await piecesOf(draft);
    if (start > before || start + piece.length > sizeBytes) {
      throw new UnicaError('store.piece-out-of-place', { start, arrivedBytes: before });
    }
    if (start + piece.length > before) {
      const Key = `${draftPrefix(draft)}${String(before).padStart(12, '0')}`;
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: piece.subarray(before - start) }));
    }
    const { pieces, arrivedBytes } = await piecesOf(draft);
    if (arrivedBytes < sizeBytes) return { arrivedBytes, whole: false };
    const parts = async function* () {
      for (const { key } of pieces) {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        yield (await Body?.transformToByteArray()) ?? new Uint8Array(0);
      }
    };
    const spooled = await spool(parts());
    try {
      if (spooled.sha256 === sha256) await send(spooled);
      for (const { key } of pieces) await remove(key);
    } finally {
      await rm(spooled.path, { force: true });
    }
    if (spooled.sha256 !== sha256) throw new UnicaError('store.draft-corrupt');
    return { arrivedBytes: sizeBytes, whole: true };
  };
  return {
    has,
    async put(content) {
      const spooled = await spool(content instanceof Uint8Array ? [content] : content);
      try {
        if (!(await has(spooled.sha256))) await send(spooled);
        return { sha256: spooled.sha256, sizeBytes: spooled.sizeBytes };
      } finally {
        await rm(spooled.path, { force: true });
      }
    },
    async get(sha256) {
      const bytes = await (await body(sha256))?.transformToByteArray();
      if (bytes === undefined || contentDigest(bytes) !== sha256)
        throw new UnicaError('store.blob-damaged', { sha256 });
      return bytes;
    },
    async *stream(sha256) {
      const digest = createHash('sha256');
      let held: Uint8Array | undefined;
      for await (const piece of (await body(sha256)) as AsyncIterable<Uint8Array>) {
        if (held !== undefined) yield held;
        digest.update(piece);
        held = piece;
      }
      // The last piece is held back until the whole is known to be sound.
      if (digest.digest('hex') !== sha256) throw new UnicaError('store.blob-damaged', { sha256 });
      if (held !== undefined) yield held;
    },
    async open(sha256) {
      const sizeBytes = await sizeOf(sha256);
      if (sizeBytes === undefined) throw new UnicaError('store.blob-missing', { sha256 });
      return {
        sizeBytes,
        async read(start, length, into) {
          const end = Math.min(sizeBytes, start + length);
          if (end <= start) return new Uint8Array(0);
          const bytes = await (await body(sha256, `bytes=${start}-${end - 1}`))?.transformToByteArray();
          if (bytes?.length !== end - start) throw new UnicaError('store.blob-damaged', { sha256 });
          if (into === undefined) return new Uint8Array(bytes);
          into.set(bytes);
          return into.subarray(0, bytes.length);
        },
        close: async () => {},
      };
    },
    remove: async (sha256) => await remove(keyOf(sha256)),
    async close() {
      client.destroy();
    },
    async arrived(draft) {
      if (await has(draft.sha256)) return { arrivedBytes: 0, whole: true };
      return { arrivedBytes: (await piecesOf(draft)).arrivedBytes, whole: false };
    },
    addPiece,
    async receive(draft, content) {
      const { sha256, sizeBytes } = draft;
      if (await has(sha256)) return { arrivedBytes: sizeBytes, whole: true };
      let arrived: Arrived = { arrivedBytes: 0, whole: false };
      let start = 0;
      for await (const piece of inPieces(content)) {
        arrived = await addPiece(draft, start, piece);
        start += piece.length;
      }
      // Pieces of it that another one took away meanwhile are missing as well: what is told to be kept is whole.
      if (start !== sizeBytes || !arrived.whole)
        throw new UnicaError('store.piece-out-of-place', { start: 0, arrivedBytes: arrived.arrivedBytes });
      return arrived;
    },
  };
}

/** A stream as pieces of {@link RECEIVED_BYTES}. What came of a piece when the stream broke off is handed on before. */
async function* inPieces(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const taken = () => {
    const piece = Buffer.concat(held);
    held = [];
    heldBytes = 0;
    return piece;
  };
  try {
    for await (const part of content) {
      held.push(part);
      heldBytes += part.length;
      if (heldBytes >= RECEIVED_BYTES) yield taken();
    }
  } catch (error) {
    if (heldBytes > 0) yield taken();
    throw error;
  }
  if (heldBytes > 0) yield taken();
}

interface Spooled {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

async function spool(content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Spooled> {
  const path = join(tmpdir(), `unica-object-${randomUUID()}`);
  const digest = createHash('sha256');
  let sizeBytes = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const part of content) {
      digest.update(part);
      sizeBytes += part.length;
      await file.writeFile(part);
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return { path, sha256: digest.digest('hex'), sizeBytes };
}

function isMissing(error: unknown): boolean {
  if (!(error instanceof Error) || !('$metadata' in error)) return false;
  const { httpStatusCode } = error.$metadata as { readonly httpStatusCode?: number };
  return error.name === 'NoSuchKey' || httpStatusCode === 404;
}
