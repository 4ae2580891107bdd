import { concatBytes, UnicaError } from '#base';
import { DataSet, type Encoding, newElement, parseDicom, textValue } from '#dicom';
import { attributeOf, tagOf } from '#vocab';
import type { Message } from './association.ts';
import { fileMeta } from './file-meta.ts';

/** What is asked of an archive (PS3.4 annex C). */
export interface Query {
  /** The information model: most archives serve the study root. */
  readonly root: 'study' | 'patient';
  readonly level: 'PATIENT' | 'STUDY' | 'SERIES' | 'IMAGE';
  /**
   * By PS3.6 keyword: a value to match, with `*` and `?` and date ranges as the standard has them; a list of UIDs; or ''
   * for what is only wanted back.
   */
  readonly keys: Readonly<Record<string, string | readonly string[]>>;
}

type Service = 'find' | 'move' | 'get';

const MODELS: Readonly<Record<Query['root'], Readonly<Record<Service, string>>>> = {
  patient: {
    find: '1.2.840.10008.5.1.4.1.2.1.1',
    move: '1.2.840.10008.5.1.4.1.2.1.2',
    get: '1.2.840.10008.5.1.4.1.2.1.3',
  },
  study: {
    find: '1.2.840.10008.5.1.4.1.2.2.1',
    move: '1.2.840.10008.5.1.4.1.2.2.2',
    get: '1.2.840.10008.5.1.4.1.2.2.3',
  },
};

const MODEL_BY_UID = new Map(
  (['patient', 'study'] as const).flatMap((root) =>
    (['find', 'move', 'get'] as const).map((service) => [MODELS[root][service], { root, service }] as const),
  ),
);

/** SOP class of a service in an information model. */
export function queryModel(root: Query['root'], service: Service): string {
  return MODELS[root][service];
}

const IMPLICIT_LITTLE = '1.2.840.10008.1.2';
const EXPLICIT_BIG = '1.2.840.10008.1.2.2';
/** Representations whose values are written as text. */
export const TEXTUAL: ReadonlySet<string> = new Set('AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT'.split(' '));
/** (0008,0052) */
export const QUERY_RETRIEVE_LEVEL = 0x00080052;
/** An identifier has a few hundred bytes; a list of what failed may have some more. */
const IDENTIFIER_BYTES_AT_MOST = 4_194_304;

/** How identifiers are written in one of the uncompressed transfer syntaxes. */
export function encodingOf(transferSyntax: string): Encoding {
  return { explicit: transferSyntax !== IMPLICIT_LITTLE, littleEndian: transferSyntax !== EXPLICIT_BIG };
}

/** The information model and service of a query or retrieve SOP class; undefined of any other. */
export function modelOf(sopClassUid: string): { readonly root: Query['root']; readonly service: Service } | undefined {
  return MODEL_BY_UID.get(sopClassUid);
}

/**
 * The identifier of a request, in the transfer syntax agreed on.
 * @throws RangeError for a keyword that PS3.6 does not have, or a value for one that is not text.
 */
export function encodeIdentifier({ level, keys }: Pick<Query, 'level' | 'keys'>, transferSyntax: string): Uint8Array {
  const encoding = encodingOf(transferSyntax);
  const isAscii = Object.values(keys).every((value) => /^[\x20-\x7e]*$/.test([value].flat().join('')));
  const all = { ...(isAscii ? {} : { SpecificCharacterSet: 'ISO_IR 192' }), ...keys, QueryRetrieveLevel: level };
  const elements = Object.entries(all).map(([keyword, value]) => {
    const tag = tagOf(keyword);
    const vr = attributeOf(tag)?.vr ?? 'UN';
    if (!TEXTUAL.has(vr) && value.length > 0) throw new RangeError(`${keyword} cannot be matched by text`);
    return newElement(tag, vr, textValue(vr, value), encoding);
  });
  return concatBytes(elements.sort((a, b) => a.tag - b.tag).map(({ raw }) => raw));
}

/** (0008,0058) */
export const FAILED_SOP_INSTANCE_UID_LIST = 0x00080058;

/** An identifier of one list of UIDs. */
export function encodeUids(tag: number, uids: readonly string[], transferSyntax: string): Uint8Array {
  const room = encodingOf(transferSyntax).explicit ? SHORT_VALUE_BYTES : Number.POSITIVE_INFINITY;
  const all = textValue('UI', uids);
  // In explicit encodings a UI has a 16-bit length; the first that fit are told, and all are counted.
  const value = all.length <= room ? all : textValue('UI', uids.slice(0, Math.floor(room / 65)));
  return newElement(tag, 'UI', value, encodingOf(transferSyntax)).raw;
}

const SHORT_VALUE_BYTES = 65_534;

/** The identifier behind a request or an answer; undefined when there is none. @throws UnicaError `dimse.protocol` */
export async function readIdentifier({ context, dataset }: Message, peer: string): Promise<DataSet | undefined> {
  if (dataset === undefined) return undefined;
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of dataset) {
    sizeBytes += part.length;
    if (sizeBytes > IDENTIFIER_BYTES_AT_MOST) {
      throw new UnicaError('dimse.protocol', {
        peer,
        problem: `an identifier of more than ${IDENTIFIER_BYTES_AT_MOST} bytes`,
      });
    }
    parts.push(part);
  }
  if (sizeBytes === 0) return new DataSet([], { explicit: true, littleEndian: true });
  // A file header in front tells the reader of files which encoding follows.
  const header = fileMeta({
    sopClassUid: context.abstractSyntax,
    sopInstanceUid: '2.25.1',
    transferSyntaxUid: context.transferSyntax,
  });
  try {
    return parseDicom(concatBytes([header, ...parts])).dataset;
  } catch (cause) {
    throw new UnicaError('dimse.protocol', { peer, problem: 'an identifier that cannot be read' }, { cause });
  }
}
