import { concatBytes, fromUtf8, sha256Hex, UnicaError, utf8 } from '#base';
import { type Metadata, type ObjectTree, protoMessage } from './fleet-messages.ts';
import {
  decodeValues,
  encodeValues,
  type FlowerArray,
  type FlowerRecord,
  type RecordDict,
  type RecordValue,
} from './records.ts';

/** A message with what it says: records, or the error it ended with. */
export interface FlowerMessage {
  readonly metadata: Metadata;
  readonly content: RecordDict | undefined;
  readonly error: { readonly code: bigint; readonly reason: string } | undefined;
}

/** A message taken apart: every object under the digest of its bytes. */
export interface ObjectGraph {
  readonly tree: ObjectTree;
  /** Children before their parents. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

const ANY_TYPE = 'Message|RecordDict|ArrayRecord|MetricRecord|ConfigRecord|Array|ArrayChunk';

/** Arrays travel in pieces of so many bytes. */
const CHUNK_BYTES = 5_242_880;

/** What a message may hold: more is refused before it is fetched. */
const MOST_OBJECTS = 20_000;

/**
 * Takes a message apart into content-addressed objects: an object is `<Type> <child,ids> <length>`, a zero byte and its body,
 * its name the SHA-256 of all that. The message's own number is not part of its bytes, because it is their digest.
 */
export function takeApart({ metadata, content, error }: FlowerMessage): ObjectGraph {
  const objects = new Map<string, Uint8Array>();
  const put = (type: string, children: readonly ObjectTree[], body: Uint8Array): ObjectTree => {
    const ids = [...new Set(children.map(({ objectId }) => objectId))];
    const bytes = concatBytes([utf8(`${type} ${ids.join(',')} ${body.length}\0`), body]);
    const objectId = sha256Hex(bytes);
    objects.set(objectId, bytes);
    return { objectId, children: ids.map((id) => children.find((child) => child.objectId === id) ?? leaf(id)) };
  };
  const putArray = (array: FlowerArray): ObjectTree => {
    const chunks: ObjectTree[] = [];
    for (let start = 0; start < array.data.length; start += CHUNK_BYTES)
      chunks.push(put('ArrayChunk', [], array.data.subarray(start, start + CHUNK_BYTES)));
    const unique = [...new Set(chunks.map(({ objectId }) => objectId))];
    const { dtype, shape, stype } = array;
    const ids = chunks.map(({ objectId }) => unique.indexOf(objectId));
    return put('Array', chunks, pythonJson(Object.entries({ dtype, shape, stype, arraychunk_ids: ids })));
  };
  const putRecord = (record: FlowerRecord): ObjectTree => {
    if (record.kind === 'metrics') return put('MetricRecord', [], encodeValues(record.values));
    if (record.kind === 'config') return put('ConfigRecord', [], encodeValues(record.values));
    const arrays = [...record.arrays].map(([name, array]) => [name, putArray(array)] as const);
    return put('ArrayRecord', treesOf(arrays), references(arrays));
  };
  const children: ObjectTree[] = [];
  if (content !== undefined) {
    const records = [...content].map(([name, record]) => [name, putRecord(record)] as const);
    children.push(put('RecordDict', treesOf(records), references(records)));
  }
  const body = protoMessage.encode({ metadata: { ...metadata, messageId: '' }, content: undefined, error });
  return { tree: put('Message', children, body), objects };
}

const leaf = (objectId: string): ObjectTree => ({ objectId, children: [] });
const treesOf = (named: readonly (readonly [string, ObjectTree])[]) => named.map(([, tree]) => tree);
const references = (named: readonly (readonly [string, ObjectTree])[]) =>
  pythonJson(named.map(([name, { objectId }]) => [name, objectId] as const));

/** JSON as Python's `json.dumps` writes it, so that the same object has the same name on both sides. */
function pythonJson(members: readonly (readonly [string, string | readonly number[]])[]): Uint8Array {
  const text = (part: string | readonly number[]): string =>
    typeof part === 'string' ? asciiJson(part) : `[${part.join(', ')}]`;
  return utf8(`{${members.map(([name, part]) => `${asciiJson(name)}: ${text(part)}`).join(', ')}}`);
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (letter) =>
    letter === '\u007f' ? letter : `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The tree of a message whose objects are all there. @throws UnicaError `flower.message-refused`. */
export function treeOf(objectId: string, objects: ReadonlyMap<string, Uint8Array>): ObjectTree {
  const { children } = openObject(objects, objectId, ANY_TYPE);
  return { objectId, children: children.map((child) => treeOf(child, objects)) };
}

/** Names of all objects of a tree, children first, each once. @throws UnicaError `flower.message-refused` when there are too many. */
export function objectIds(tree: ObjectTree): readonly string[] {
  const ids = new Set<string>();
  const walk = ({ objectId, children }: ObjectTree): void => {
    if (ids.size > MOST_OBJECTS) throw refused(`it consists of more than ${MOST_OBJECTS} objects`);
    if (!/^[0-9a-f]{64}$/.test(objectId)) throw refused('an object in it has no proper name');
    for (const child of children) walk(child);
    ids.add(objectId);
  };
  walk(tree);
  return [...ids];
}

/**
 * Names of the objects that say what a message is about, before its arrays are fetched: the message's own, that of its records, and the
 * records that refer to nothing.
 */
export function headIds(tree: ObjectTree): readonly string[] {
  const [records] = tree.children;
  const plain = records?.children.filter(({ children }) => children.length === 0) ?? [];
  return [...plain, ...(records === undefined ? [] : [records]), tree].map(({ objectId }) => objectId);
}

/** All that a message's configuration says, from its {@link headIds}. @throws UnicaError `flower.message-refused`. */
export function configurationOf(
  tree: ObjectTree,
  objects: ReadonlyMap<string, Uint8Array>,
): ReadonlyMap<string, RecordValue> {
  const values = headIds(tree).flatMap((objectId) => {
    const { type, body } = openObject(objects, objectId, ANY_TYPE);
    return type === 'ConfigRecord' ? [...decodeValues(body)] : [];
  });
  return new Map(values);
}

/**
 * Puts a message together from its objects, each checked against its name.
 * @throws UnicaError `flower.message-refused` saying what is wrong.
 */
export function putTogether(messageId: string, objects: ReadonlyMap<string, Uint8Array>): FlowerMessage {
  const open = (objectId: string, type: string) => openObject(objects, objectId, type);
  const { children, body } = open(messageId, 'Message');
  const { metadata, error } = protoMessage.decode(body);
  if (metadata === undefined) throw refused('it does not say what it is');
  const [contentId] = children;
  return {
    metadata: { ...metadata, messageId },
    error,
    content: contentId === undefined ? undefined : contentOf(contentId, open),
  };
}

type Open = (objectId: string, type: string) => { readonly children: readonly string[]; readonly body: Uint8Array };

function contentOf(objectId: string, open: Open & ((id: string, type: string) => ReturnType<Open>)): RecordDict {
  const records = new Map<string, FlowerRecord>();
  for (const [name, id] of referencesOf(open(objectId, 'RecordDict').body)) records.set(name, recordOf(id, open));
  return records;
}

function recordOf(objectId: string, open: Open): FlowerRecord {
  const { type, body } = open(objectId, 'ArrayRecord|MetricRecord|ConfigRecord') as ReturnType<Open> & { type: string };
  if (type === 'MetricRecord') return { kind: 'metrics', values: decodeValues(body) };
  if (type === 'ConfigRecord') return { kind: 'config', values: decodeValues(body) };
  return { kind: 'arrays', arrays: new Map(referencesOf(body).map(([name, id]) => [name, arrayOf(id, open)])) };
}

function arrayOf(objectId: string, open: Open): FlowerArray {
  const { children, body } = open(objectId, 'Array');
  const { dtype, shape, stype, arraychunk_ids: pieces } = jsonObject(body);
  const sound =
    typeof dtype === 'string' && typeof stype === 'string' && isWholeNumbers(shape) && isWholeNumbers(pieces);
  if (!sound) throw refused('an array in it is not described as Flower does');
  const data = pieces.map((piece) => {
    const child = children[piece];
    if (child === undefined) throw refused('an array in it names a piece that is not there');
    return open(child, 'ArrayChunk').body;
  });
  return { dtype, shape, stype, data: concatBytes(data) };
}

function isWholeNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((side) => Number.isSafeInteger(side) && side >= 0);
}

function openObject(objects: ReadonlyMap<string, Uint8Array>, objectId: string, types: string) {
  const bytes = objects.get(objectId);
  if (bytes === undefined) throw refused('a part of it is missing');
  if (sha256Hex(bytes) !== objectId) throw refused('a part of it is not what its name says');
  const end = bytes.indexOf(0);
  const [type, ids, length, ...more] = fromUtf8(bytes.subarray(0, Math.max(0, end))).split(' ');
  const body = bytes.subarray(end + 1);
  if (type === undefined || ids === undefined || more.length > 0 || length !== String(body.length))
    throw refused('a part of it is not an object of Flower');
  if (!types.split('|').includes(type)) throw refused(`a part of it is a ${type} where none is expected`);
  return { type, children: ids === '' ? [] : ids.split(','), body };
}

function referencesOf(body: Uint8Array): readonly (readonly [string, string])[] {
  return Object.entries(jsonObject(body)).map(([name, id]) => {
    if (typeof id !== 'string') throw refused('a part of it refers to nothing');
    return [name, id] as const;
  });
}

function jsonObject(body: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(fromUtf8(body));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw refused('a part of it is not JSON');
}

function refused(problem: string): UnicaError {
  return new UnicaError('flower.message-refused', { problem });
}
