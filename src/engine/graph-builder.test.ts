import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UnicaError } from '#base';
import { GraphBuilder } from './graph-builder.ts';
import { convolution } from './operators/convolution.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import { Tape } from './tape.ts';

describe('a graph says at once what does not fit', () => {
  const graph = new GraphBuilder();
  const once = { stride: 1, dilation: 1, groups: 1 };
  const picture = graph.input('picture', [2, 3, 8, 8]);
  const rows: readonly [string, () => unknown, RegExp][] = [
    [
      'channels',
      () => convolution(new Tape(graph), picture, graph.filled([4, 1, 3, 3], 0), undefined, { ...once, padding: 1 }),
      /3 channels .* 1/,
    ],
    [
      'a kernel larger than the picture',
      () => convolution(new Tape(graph), picture, graph.filled([4, 3, 9, 9], 0), undefined, { ...once, padding: 0 }),
      /does not fit into 8/,
    ],
    [
      'inner sides',
      () => graph.add('MatMul', [graph.filled([2, 3], 0), graph.filled([4, 5], 0)]),
      /\[2×3\] and \[4×5\]/,
    ],
    ['broadcasting', () => graph.add('Add', [picture, graph.filled([5], 0)]), /do not broadcast/],
    ['another count', () => graph.add('Reshape', [picture, graph.integers(5, -1)]), /cannot become/],
    [
      'a slice of nothing',
      () => graph.add('Slice', [picture, graph.integers(9), graph.integers(10), graph.integers(3), graph.integers(1)]),
      /no slice/,
    ],
    ['a missing input', () => graph.add('Add', [picture]), /missing/],
    ['numbers that do not fill a shape', () => graph.initializer('w', [3], new Float32Array(2)), /2 numbers for \[3\]/],
    [
      'a gradient of nothing',
      () => new Tape(graph).gradients(picture, picture, [graph.filled([1], 0)]),
      /does not depend/,
    ],
  ];
  for (const [what, mistake, message] of rows)
    it(what, () => {
      assert.throws(mistake, (error: unknown) => {
        assert.ok(error instanceof UnicaError);
        assert.equal(error.code, 'engine.shape-mismatch');
        assert.match(error.message, message);
        return true;
      });
    });
});

it('writes Protocol Buffers as their description shows', () => {
  // protobuf.dev/programming-guides/encoding: field 1 = 150; field 2 = "testing"; field 3 = the first message.
  const first = new ProtobufWriter().integer(1, 150);
  assert.deepEqual(first.finish(), Uint8Array.of(0x08, 0x96, 0x01));
  const testing = Uint8Array.of(0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67);
  assert.deepEqual(new ProtobufWriter().text(2, 'testing').finish(), testing);
  assert.deepEqual(new ProtobufWriter().message(3, first).finish(), Uint8Array.of(0x1a, 0x03, 0x08, 0x96, 0x01));
  assert.deepEqual(new ProtobufWriter().integer(1, -2).finish(), Uint8Array.of(8, 254, ...new Array(8).fill(255), 1));
  assert.deepEqual(new ProtobufWriter().float(16, 1).finish(), Uint8Array.of(0x85, 0x01, 0, 0, 0x80, 0x3f));
});
