import { type Json, UnicaError, utf8 } from '#base';
import { TRANSFER_SYNTAX } from '#dicom';
import {
  chooseFrameForm,
  chooseInstanceForm,
  chooseMediaType,
  elementAt,
  type Given,
  inLittleEndian,
  isConvertible,
  type MediaType,
  metadataOf,
  type PictureWish,
  parseFrameList,
  type StoredForm,
} from '#dicomweb';
import type { StreamReply } from '#http';
import { sopClassName } from '#vocab';
import type { DicomScope, IndexedInstance } from './dicom-index.ts';
import { type DicomwebHouse, resourceUrl } from './dicomweb-house.ts';
import { entityTag, jsonType, multipartBody, type OutgoingPart, singleBody, taggedReply } from './dicomweb-replies.ts';
import { type OpenImage, openImage } from './open-image.ts';

/** A request for something that is stored. */
export interface Retrieval {
  readonly scope: DicomScope;
  /** No reports, segmentations or maps: results of a model may be among them, and are given after the reader's own read. */
  readonly imagesOnly: boolean;
  readonly accept: readonly MediaType[];
  readonly ifNoneMatch: string | readonly string[] | undefined;
  /** Where `/dicom-web` is, for addresses in answers. */
  readonly baseUrl: string;
}

/** The images of a scope. @throws UnicaError `http.not-found`. */
export async function instancesOf(
  house: DicomwebHouse,
  { scope, imagesOnly }: Pick<Retrieval, 'scope' | 'imagesOnly'>,
): Promise<readonly IndexedInstance[]> {
  const all = await house.index.instances(scope, await house.hidden());
  const instances = imagesOnly ? all.filter(({ sopClassUid }) => isImage(sopClassUid)) : all;
  if (instances.length === 0) throw new UnicaError('http.not-found', { what: whatOf(scope) });
  return instances;
}

function isImage(sopClassUid: string): boolean {
  return /Image/.test(sopClassName(sopClassUid) ?? '');
}

function whatOf({ seriesInstanceUid, sopInstanceUid }: DicomScope): string {
  if (sopInstanceUid !== undefined) return 'image of that UID';
  return seriesInstanceUid === undefined ? 'study of that UID' : 'series of that UID';
}

async function instanceOf(house: DicomwebHouse, asked: Retrieval): Promise<IndexedInstance> {
  const [instance] = await instancesOf(house, asked);
  if (instance === undefined) throw new UnicaError('http.not-found', { what: whatOf(asked.scope) });
  return instance;
}

function storedForm(instance: IndexedInstance): StoredForm {
  const { transferSyntaxUid, pixelPlace, samplesPerPixel, bitsAllocated } = instance;
  const encapsulated = pixelPlace?.encapsulated ?? false;
  return {
    transferSyntaxUid,
    encapsulated,
    convertible: isConvertible({ transferSyntaxUid, encapsulated, samplesPerPixel, bitsAllocated }),
  };
}

/** Whole images. @throws UnicaError `http.not-found`, `dicomweb.not-acceptable`. */
export async function retrieveInstances(house: DicomwebHouse, asked: Retrieval): Promise<StreamReply> {
  const instances = await instancesOf(house, asked);
  const alone = asked.scope.sopInstanceUid !== undefined;
  const accept = alone
    ? asked.accept
    : asked.accept.filter(({ type }) => type.startsWith('multipart/') || type === '*/*');
  const chosen = instances.map((instance) => ({ instance, given: chooseInstanceForm(accept, storedForm(instance)) }));
  const parts: OutgoingPart[] = chosen.map(({ instance, given }) => {
    if (given === undefined) throw notAcceptable(`application/dicom; transfer-syntax=${instance.transferSyntaxUid}`);
    return {
      contentType: given.contentType,
      location: resourceUrl(asked.baseUrl, instance),
      ...(given.form === 'stored' ? { sizeBytes: instance.sizeBytes } : {}),
      content: () => contentOf(house, instance, given),
    };
  });
  const tag = entityTag([
    asked.baseUrl,
    ...chosen.map(({ instance, given }) => [instance.blobSha256, given?.contentType ?? '', given?.packing ?? '']),
  ]);
  const [first] = parts;
  const single = chosen[0]?.given?.packing === 'single' && first !== undefined;
  return taggedReply(tag, asked.ifNoneMatch, () => (single ? singleBody(first) : multipartBody(tag, parts)));
}

async function* contentOf(house: DicomwebHouse, instance: IndexedInstance, given: Given): AsyncGenerator<Uint8Array> {
  if (given.form === 'stored') yield* house.blobs.stream(instance.blobSha256);
  else yield await house.desk.do({ kind: 'explicit-little', file: await house.blobs.get(instance.blobSha256) });
}

/** Headers as a JSON array, one image after the other as they are read. */
export async function retrieveMetadata(house: DicomwebHouse, asked: Retrieval): Promise<StreamReply> {
  const contentType = jsonType(asked.accept);
  const instances = await instancesOf(house, asked);
  const tag = entityTag(['metadata', contentType, asked.baseUrl, ...instances.map(({ blobSha256 }) => blobSha256)]);
  const body = async function* () {
    for (const [index, instance] of instances.entries()) {
      yield utf8(`${index === 0 ? '[' : ','}${JSON.stringify(await metadata(house, instance, asked.baseUrl))}`);
    }
    yield utf8(']');
  };
  return taggedReply(tag, asked.ifNoneMatch, () => ({ headers: { 'content-type': contentType }, body: body() }));
}

async function metadata(house: DicomwebHouse, instance: IndexedInstance, baseUrl: string): Promise<Json> {
  return await withImage(house, instance, async (image) =>
    metadataOf(await image.header(), {
      bulkDataUri: (path) => `${resourceUrl(baseUrl, instance)}/bulkdata/${path}`,
      pixels: image.pixels,
      transferSyntaxUid: instance.transferSyntaxUid,
    }),
  );
}

/** Frames by a list of their numbers, such as `1,3`; all of them where the list is undefined. */
export async function retrieveFrames(
  house: DicomwebHouse,
  asked: Retrieval,
  list: string | undefined,
): Promise<StreamReply> {
  const instance = await instanceOf(house, asked);
  const count = await withImage(house, instance, async ({ frameCount }) => frameCount);
  if (count === 0) throw new UnicaError('dicom.no-pixels');
  const numbers =
    list === undefined ? Array.from({ length: count }, (_, index) => index + 1) : parseFrameList(list, count);
  const stored = storedForm(instance);
  const accept =
    numbers.length === 1
      ? asked.accept
      : asked.accept.filter(({ type }) => type.startsWith('multipart/') || type === '*/*');
  const given = chooseFrameForm(accept, stored);
  if (given === undefined) {
    throw notAcceptable(
      `transfer-syntax=${stored.encapsulated ? stored.transferSyntaxUid : TRANSFER_SYNTAX.explicitLittle}`,
    );
  }
  const image = resourceUrl(asked.baseUrl, instance);
  const parts = numbers.map(
    (number): OutgoingPart => ({
      contentType: given.contentType,
      location: `${image}/frames/${number}`,
      content: () => frameContent(house, instance, { index: number - 1, given }),
    }),
  );
  const tag = entityTag(['frames', instance.blobSha256, given.contentType, given.packing, asked.baseUrl, numbers]);
  const [first] = parts;
  const single = given.packing === 'single' && first !== undefined;
  return taggedReply(tag, asked.ifNoneMatch, () => (single ? singleBody(first) : multipartBody(tag, parts)));
}

async function* frameContent(
  house: DicomwebHouse,
  instance: IndexedInstance,
  { index, given }: { readonly index: number; readonly given: Given },
): AsyncGenerator<Uint8Array> {
  yield await withImage(house, instance, async (image) => {
    const frame = await image.frame(index);
    if (given.form === 'stored') return frame.bytes;
    if (!image.encapsulated) return inLittleEndian(frame.bytes, image.transferSyntaxUid, instance.bitsAllocated ?? 8);
    return await house.desk.do({ kind: 'native-frame', header: await image.headerBytes(), frame });
  });
}

/** A frame as a picture for people. `number` counts from 1. */
export async function retrievePicture(
  house: DicomwebHouse,
  asked: Retrieval,
  { number, wish }: { readonly number: number; readonly wish: PictureWish },
): Promise<StreamReply> {
  const contentType = chooseMediaType(asked.accept, ['image/png']);
  if (contentType === undefined) throw notAcceptable('image/png');
  const instance = await instanceOf(house, asked);
  const tag = entityTag(['picture', instance.blobSha256, number, JSON.stringify(wish)]);
  const bytes = async function* () {
    yield await house.pictures.picture({ instance, number, wish });
  };
  return taggedReply(tag, asked.ifNoneMatch, () => ({ headers: { 'content-type': contentType }, body: bytes() }));
}

/** A long value by its path; the pixels as their frames. */
export async function retrieveBulkData(house: DicomwebHouse, asked: Retrieval, path: string): Promise<StreamReply> {
  const instance = await instanceOf(house, asked);
  const pixelTag = await withImage(house, instance, async ({ pixels }) => pixels?.tag);
  if (pixelTag !== undefined && path.toUpperCase() === pixelTag) return await retrieveFrames(house, asked, undefined);
  const value = await withImage(
    house,
    instance,
    async (image) => elementAt((await image.header()).dataset, path)?.value,
  );
  if (value === undefined || value.length === 0)
    throw new UnicaError('http.not-found', { what: 'value at that place' });
  const given = chooseFrameForm(asked.accept, { transferSyntaxUid: '', encapsulated: false, convertible: true });
  if (given === undefined) throw notAcceptable('application/octet-stream');
  const part: OutgoingPart = {
    contentType: 'application/octet-stream',
    location: `${resourceUrl(asked.baseUrl, instance)}/bulkdata/${path}`,
    content: async function* () {
      yield value;
    },
  };
  const tag = entityTag(['bulk', instance.blobSha256, path, given.packing, asked.baseUrl]);
  return taggedReply(tag, asked.ifNoneMatch, () =>
    given.packing === 'single' ? singleBody(part) : multipartBody(tag, [part]),
  );
}

async function withImage<Result>(
  house: DicomwebHouse,
  instance: IndexedInstance,
  use: (image: OpenImage) => Promise<Result>,
): Promise<Result> {
  const image = await openImage(house.blobs, instance);
  try {
    return await use(image);
  } finally {
    await image.close();
  }
}

function notAcceptable(offered: string): UnicaError {
  return new UnicaError('dicomweb.not-acceptable', { offered });
}
