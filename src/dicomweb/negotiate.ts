import { TRANSFER_SYNTAX } from '#dicom';
import type { MediaType } from './media-type.ts';

/** An image as it is stored, with what can be made of it. */
export interface StoredForm {
  readonly transferSyntaxUid: string;
  /** True when its pixels are compressed, one stream a frame. */
  readonly encapsulated: boolean;
  /** True when it can be given in explicit VR little endian. */
  readonly convertible: boolean;
}

/** How an answer is written: each thing a part of a multipart body, or one thing alone. */
export type Packing = 'multipart' | 'single';

/** What an image or frame is given as. */
export interface Given {
  readonly packing: Packing;
  /** As stored, or converted to explicit VR little endian. */
  readonly form: 'stored' | 'explicit-little';
  /** Of the part, or of the whole answer when it is single. */
  readonly contentType: string;
}

const EXPLICIT = TRANSFER_SYNTAX.explicitLittle;

/** Media types of compressed frames (PS3.18 table 8.7.3-5). */
const FRAME_MEDIA_TYPES: Readonly<Record<string, string | undefined>> = {
  '1.2.840.10008.1.2.4.50': 'image/jpeg',
  '1.2.840.10008.1.2.4.51': 'image/jpeg',
  '1.2.840.10008.1.2.4.57': 'image/jpeg',
  '1.2.840.10008.1.2.4.70': 'image/jpeg',
  '1.2.840.10008.1.2.4.80': 'image/jls',
  '1.2.840.10008.1.2.4.81': 'image/jls',
  '1.2.840.10008.1.2.4.90': 'image/jp2',
  '1.2.840.10008.1.2.4.91': 'image/jp2',
  '1.2.840.10008.1.2.4.92': 'image/jpx',
  '1.2.840.10008.1.2.4.93': 'image/jpx',
  '1.2.840.10008.1.2.4.110': 'image/jxl',
  '1.2.840.10008.1.2.4.111': 'image/jxl',
  '1.2.840.10008.1.2.4.112': 'image/jxl',
  '1.2.840.10008.1.2.4.201': 'image/jphc',
  '1.2.840.10008.1.2.4.202': 'image/jphc',
  '1.2.840.10008.1.2.4.203': 'image/jphc',
  [TRANSFER_SYNTAX.rle]: 'image/dicom-rle',
};

/** The media type of one compressed frame. */
export function frameMediaType(transferSyntaxUid: string): string {
  return FRAME_MEDIA_TYPES[transferSyntaxUid] ?? 'application/octet-stream';
}

/** The first form of a whole image that the client takes; undefined when there is none. */
export function chooseInstanceForm(accept: readonly MediaType[], stored: StoredForm): Given | undefined {
  for (const range of accept) {
    const wanted = unpacked(range);
    if (wanted.type !== '*/*' && wanted.type !== 'application/dicom' && wanted.type !== 'application/*') continue;
    const asked = wanted.transferSyntax ?? (wanted.type === '*/*' ? '*' : EXPLICIT);
    const { packing } = wanted;
    if (asked === '*' || asked === stored.transferSyntaxUid) {
      const contentType = `application/dicom; transfer-syntax=${stored.transferSyntaxUid}`;
      return { packing, form: 'stored', contentType };
    }
    if (asked === EXPLICIT && stored.convertible) {
      return { packing, form: 'explicit-little', contentType: `application/dicom; transfer-syntax=${EXPLICIT}` };
    }
  }
  return undefined;
}

/** The first form of a frame that the client takes; undefined when there is none. */
export function chooseFrameForm(accept: readonly MediaType[], stored: StoredForm): Given | undefined {
  for (const range of accept) {
    const given = frameFormOf(unpacked(range), stored);
    if (given !== undefined) return given;
  }
  return undefined;
}

function frameFormOf({ packing, type, transferSyntax }: Wanted, stored: StoredForm): Given | undefined {
  const { transferSyntaxUid, encapsulated } = stored;
  const native: Given = {
    packing,
    form: 'explicit-little',
    contentType: `application/octet-stream; transfer-syntax=${EXPLICIT}`,
  };
  const as = (mediaType: string): Given => ({
    packing,
    form: 'stored',
    contentType: `${mediaType}; transfer-syntax=${transferSyntaxUid}`,
  });
  switch (type) {
    case '*/*':
      return encapsulated ? as(frameMediaType(transferSyntaxUid)) : native;
    case 'application/*':
    case 'application/octet-stream': {
      if (encapsulated && (transferSyntax === '*' || transferSyntax === transferSyntaxUid))
        return as(type === 'application/*' ? 'application/octet-stream' : type);
      const nativeAsked = transferSyntax === undefined || transferSyntax === EXPLICIT || transferSyntax === '*';
      return nativeAsked && (!encapsulated || stored.convertible) ? native : undefined;
    }
    default: {
      const own = frameMediaType(transferSyntaxUid);
      if (!encapsulated || (type !== own && !(type === 'image/*' && own.startsWith('image/')))) return undefined;
      const named = transferSyntax === undefined || transferSyntax === '*' || transferSyntax === transferSyntaxUid;
      return named ? as(own) : undefined;
    }
  }
}

interface Wanted {
  readonly packing: Packing;
  readonly type: string;
  readonly transferSyntax: string | undefined;
}

/** What is inside: of `multipart/related` the root type, which any will do for where it is not named. */
function unpacked({ type, parameters }: MediaType): Wanted {
  const transferSyntax = parameters.get('transfer-syntax');
  if (type === 'multipart/related' || type === 'multipart/*') {
    return { packing: 'multipart', type: parameters.get('type')?.toLowerCase() ?? '*/*', transferSyntax };
  }
  return { packing: type === '*/*' ? 'multipart' : 'single', type, transferSyntax };
}

/** The first of the offered media types that the client takes, such as `image/png`; undefined when there is none. */
export function chooseMediaType<Offered extends string>(
  accept: readonly MediaType[],
  offered: readonly Offered[],
): Offered | undefined {
  for (const { type } of accept) {
    const family = type.endsWith('/*') ? type.slice(0, -1) : undefined;
    const found = offered.find(
      (one) => type === '*/*' || one === type || (family !== undefined && one.startsWith(family)),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
