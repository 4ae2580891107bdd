import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sha256Hex, UnicaError, utf8 } from '#base';
import { readNpy } from '#engine';
import { objectTree } from './fleet-messages.ts';
import { objectIds, putTogether, takeApart } from './object-graph.ts';

interface Recorded {
  readonly name: string;
  readonly messageId: string;
  readonly tree: string;
  readonly objects: readonly { readonly id: string; readonly base64: string }[];
}

/** Taken apart by the real Flower; the file names its version. */
const { messages } = JSON.parse(
  readFileSync(new URL('../../conformance/flower-objects.json', import.meta.url), 'utf8'),
) as { messages: readonly Recorded[] };

const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const objectsOf = ({ objects }: Recorded) => new Map(objects.map(({ id, base64 }) => [id, bytesOf(base64)]));
const recorded = (name: string): Recorded => {
  const found = messages.find((one) => one.name === name);
  assert.ok(found, name);
  return found;
};

for (const row of messages) {
  test(`put together and taken apart again, "${row.name}" has the bytes and names Flower gave it`, () => {
    const objects = objectsOf(row);
    const again = takeApart(putTogether(row.messageId, objects));
    assert.equal(again.tree.objectId, row.messageId);
    assert.deepEqual([...again.objects.keys()].sort(), [...objects.keys()].sort());
    for (const [id, bytes] of again.objects) assert.deepEqual(bytes, objects.get(id));
    assert.deepEqual(Buffer.from(objectTree.encode(again.tree)).toString('base64'), row.tree);
    assert.deepEqual([...objectIds(objectTree.decode(bytesOf(row.tree)))].sort(), [...objects.keys()].sort());
  });
}

test('every kind of value and 64-bit numbers are read as Flower wrote them', () => {
  const row = recorded('arrays and settings');
  const { metadata, content } = putTogether(row.messageId, objectsOf(row));
  assert.equal(metadata.runId, 17_446_744_073_709_551_615n);
  assert.equal(metadata.dstNodeId, 9_007_199_254_740_993n);
  assert.equal(metadata.createdAt, 1_764_422_845.123456);
  const config = content?.get('config');
  assert.ok(config?.kind === 'config');
  assert.deepEqual(Object.fromEntries(config.values), {
    'server-round': 3n,
    lr: 0.1,
    negative: -7n,
    flag: true,
    off: false,
    text: 'prüfen',
    raw: Uint8Array.of(0, 255),
    rates: [0.5, 0.25],
    steps: [1n, -2n, 300n],
    flags: [true, false],
    names: ['a', 'b'],
    blobs: [utf8('x'), utf8('')],
    zero: 0n,
    none: 0,
  });
  const arrays = content?.get('arrays');
  assert.ok(arrays?.kind === 'arrays');
  assert.deepEqual([...arrays.arrays.keys()], ['layer.weight', 'layer.bias', 'größe 漢']);
  const weight = arrays.arrays.get('layer.weight');
  assert.deepEqual(
    readNpy('weight', weight?.data ?? utf8('')).data,
    Float32Array.of(0, 0.125, 0.25, 0.375, 0.5, 0.625),
  );
  assert.deepEqual(putTogether(recorded('an error').messageId, objectsOf(recorded('an error'))).error, {
    code: 2n,
    reason: 'no permit',
  });
});

test('an array of more than five mebibytes travels in pieces and comes back whole', () => {
  const data = Uint8Array.from({ length: 11_000_000 }, (_, index) => index % 251);
  const array = { dtype: 'uint8', shape: [data.length], stype: 'numpy.ndarray', data };
  const content = new Map([['arrays', { kind: 'arrays' as const, arrays: new Map([['a', array]]) }]]);
  const row = recorded('nothing said');
  const { metadata } = putTogether(row.messageId, objectsOf(row));
  const graph = takeApart({ metadata, content, error: undefined });
  assert.equal([...graph.objects.values()].filter((bytes) => bytes.length > 1_000).length, 3);
  const record = putTogether(graph.tree.objectId, graph.objects).content?.get('arrays');
  assert.ok(record?.kind === 'arrays');
  assert.deepEqual(record.arrays.get('a')?.data, data);
});

const object = (text: string, body: Uint8Array = utf8('')): [string, Uint8Array] => {
  const bytes = new Uint8Array([...utf8(`${text}\0`), ...body]);
  return [sha256Hex(bytes), bytes];
};

const refusals: readonly [string, (row: Recorded) => [string, Map<string, Uint8Array>], RegExp][] = [
  ['a part that is missing', (row) => [row.messageId, without(objectsOf(row), 0)], /a part of it is missing/],
  [
    'a part that was exchanged',
    (row) => [row.messageId, new Map([...objectsOf(row)].map(([id]) => [id, utf8('Message  0\0')]))],
    /not what its name says/,
  ],
  ['bytes that are no object', () => only(object('Message 3')), /not an object of Flower/],
  ['a length that is not so', () => only(object('Message  5', utf8('abc'))), /not an object of Flower/],
  ['a record in place of a message', () => only(object('RecordDict  2', utf8('{}'))), /a RecordDict where none/],
  ['a body that ends early', () => only(object('Message  2', Uint8Array.of(10, 9))), /ends in the middle/],
  ['a message without metadata', () => only(object('Message  0')), /does not say what it is/],
];

function without(objects: Map<string, Uint8Array>, index: number): Map<string, Uint8Array> {
  objects.delete([...objects.keys()][index] ?? '');
  return objects;
}

function only(entry: [string, Uint8Array]): [string, Map<string, Uint8Array>] {
  return [entry[0], new Map([entry])];
}

for (const [name, make, expected] of refusals) {
  test(`refused: ${name}`, () => {
    const [messageId, objects] = make(recorded('arrays and settings'));
    assert.throws(
      () => putTogether(messageId, objects),
      (error) => error instanceof UnicaError && error.code === 'flower.message-refused' && expected.test(error.message),
    );
  });
}

test('a tree that never ends its list, or names no digests, is refused before anything is fetched', () => {
  const child = { objectId: 'a'.repeat(64), children: [] };
  assert.throws(() => objectIds({ objectId: 'b'.repeat(63), children: [child] }), UnicaError);
  const children = Array.from({ length: 20_002 }, (_, index) => ({
    objectId: index.toString(16).padStart(64, '0'),
    children: [],
  }));
  assert.throws(() => objectIds({ objectId: 'c'.repeat(64), children }), /more than 20000 objects/);
});
