import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '#base';
import { channelBlock } from '../feature-layout.ts';
import type { Reference } from '../float64-reference.ts';
import { checkGradients, normals, spread } from '../gradient-check.ts';
import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';
import { add, affine, divide, multiply, subtract } from './arithmetic.ts';
import { batchNorm } from './batch-norm.ts';
import { convolution } from './convolution.ts';
import {
  clip,
  errorFunction,
  exponential,
  gelu,
  geluTanh,
  logarithm,
  sigmoid,
  silu,
  softplus,
  squareRoot,
  tanh,
} from './elementwise.ts';
import { layerNorm } from './layer-norm.ts';
import { matMul } from './matrix.ts';
import { cumulativeSum, logSoftmax, logSumExp, maximum, softmax, sum } from './reduction.ts';
import { concat, pad, reshape, slice, transpose } from './shape.ts';

const block = await channelBlock();
const runs = { numRuns: 10, seed: 20261123 };
const side = fc.integer({ min: 1, max: 5 });
const seed = fc.integer({ min: 0, max: 1_000_000 });

/** Position in a tensor → the number there. */
type At = (...position: number[]) => number;

function filled(shape: readonly number[], at: At): Reference {
  const data = new Float64Array(shape.reduce((product, one) => product * one, 1));
  const position = shape.map(() => 0);
  for (let index = 0; index < data.length; index += 1) {
    data[index] = at(...position);
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      position[axis] = (position[axis] as number) + 1;
      if ((position[axis] as number) < (shape[axis] as number)) break;
      position[axis] = 0;
    }
  }
  return { shape, data };
}

/** Reads a tensor by position; sides of 1 repeat, missing leading axes too. */
function reader({ shape, data }: Reference): At {
  return (...position) => {
    const own = position.slice(position.length - shape.length);
    return data[shape.reduce((index, one, axis) => index * one + (one === 1 ? 0 : (own[axis] as number)), 0)] as number;
  };
}

/** Abramowitz & Stegun's series of the error function, in 64 bits. */
function erf(x: number): number {
  let [term, total] = [x, x];
  for (let n = 1; n < 200; n += 1) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

describe('operators on single numbers and their slopes equal the definition', () => {
  const above = (data: Float32Array): Float32Array => data.map((value) => Math.abs(value) + 0.3);
  const rows: readonly [string, (tape: Tape, x: Value) => Value, (x: number) => number, boolean?][] = [
    ['sigmoid', sigmoid, (x) => 1 / (1 + Math.exp(-x))],
    ['tanh', tanh, Math.tanh],
    ['softplus', softplus, (x) => Math.log1p(Math.exp(x))],
    ['exponential', exponential, Math.exp],
    ['logarithm', logarithm, Math.log, true],
    ['square root', squareRoot, Math.sqrt, true],
    ['error function', errorFunction, erf],
    ['SiLU', silu, (x) => x / (1 + Math.exp(-x))],
    ['GELU', gelu, (x) => x * 0.5 * (1 + erf(x / Math.SQRT2))],
    ['GELU by tanh', geluTanh, (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))],
    ['factor and offset', (tape, x) => affine(tape, x, -2.5, 0.75), (x) => -2.5 * x + 0.75],
    ['clip', (tape, x) => clip(tape, x, -0.411, 0.633), (x) => Math.min(0.633, Math.max(-0.411, x))],
  ];
  for (const [name, write, each, positive = false] of rows) {
    it(name, async () => {
      await fc.assert(
        fc.asyncProperty(side, side, seed, async (batch, width, chance) => {
          const x = spread(new SeededRandom(chance), [batch, width, 3]);
          await checkGradients({
            inputs: [{ shape: x.shape, data: positive ? above(x.data) : x.data }],
            write,
            reference: (input) => ({ shape: input.shape, data: input.data.map(each) }),
            tolerance: 1e-4,
          });
        }),
        runs,
      );
    });
  }

  it(`a feature map in blocks of ${block} stays in them`, async () => {
    await checkGradients({
      block,
      inputs: [normals(new SeededRandom('blocks'), [2, 16, 3, 2])],
      write: (tape, x) => affine(tape, add(tape, silu(tape, x), tanh(tape, x)), 2, 1),
      reference: (x) => ({
        shape: x.shape,
        data: x.data.map((value) => 2 * (value / (1 + Math.exp(-value)) + Math.tanh(value)) + 1),
      }),
      tolerance: 1e-4,
    });
  });
});

describe('arithmetic with broadcasting', () => {
  const rows: readonly [string, typeof add, (a: number, b: number) => number][] = [
    ['add', add, (a, b) => a + b],
    ['subtract', subtract, (a, b) => a - b],
    ['multiply', multiply, (a, b) => a * b],
    ['divide', divide, (a, b) => a / b],
  ];
  const shapes: readonly [readonly number[], readonly number[], readonly number[]][] = [
    [
      [2, 3, 4],
      [2, 3, 4],
      [2, 3, 4],
    ],
    [
      [2, 3, 4],
      [3, 1],
      [2, 3, 4],
    ],
    [[2, 3, 4], [1], [2, 3, 4]],
    [
      [2, 1, 4],
      [2, 3, 1],
      [2, 3, 4],
    ],
    [[4], [2, 3, 4], [2, 3, 4]],
  ];
  for (const [name, write, each] of rows) {
    for (const [one, other, out] of shapes) {
      it(`${name} of ${one.join('×')} and ${other.join('×')}`, async () => {
        const random = new SeededRandom(name);
        const b = normals(random, other);
        await checkGradients({
          inputs: [normals(random, one), { shape: other, data: b.data.map((value) => value + (value < 0 ? -1 : 1)) }],
          write,
          reference: (left, right) => {
            const [atLeft, atRight] = [reader(left), reader(right)];
            return filled(out, (...position) => each(atLeft(...position), atRight(...position)));
          },
          tolerance: 1e-4,
        });
      });
    }
  }
});

describe('matrix products', () => {
  const rows: readonly [readonly number[], readonly number[], readonly number[]][] = [
    [
      [3, 4],
      [4, 2],
      [3, 2],
    ],
    [
      [2, 3, 4],
      [2, 4, 5],
      [2, 3, 5],
    ],
    [
      [2, 3, 4],
      [4, 5],
      [2, 3, 5],
    ],
    [
      [1, 3, 4],
      [2, 4, 1],
      [2, 3, 1],
    ],
  ];
  for (const [one, other, out] of rows) {
    it(`${one.join('×')} by ${other.join('×')}`, async () => {
      const random = new SeededRandom('product');
      await checkGradients({
        inputs: [normals(random, one), normals(random, other)],
        write: matMul,
        reference: (a, b) => {
          const [atA, atB] = [reader(a), reader(b)];
          return filled(out, (...position) => {
            const [row = 0, column = 0] = position.slice(-2);
            let total = 0;
            for (let k = 0; k < 4; k += 1)
              total += atA(...position.slice(0, -2), row, k) * atB(...position.slice(0, -2), k, column);
            return total;
          });
        },
        tolerance: 1e-4,
      });
    });
  }
});

describe('reductions over any axes', () => {
  type Fold = (values: readonly number[]) => number;
  const logSum: Fold = (values) => Math.log(values.reduce((total, value) => total + Math.exp(value), 0));
  const rows: readonly [string, typeof sum, Fold][] = [
    ['sum', sum, (values) => values.reduce((total, value) => total + value, 0)],
    ['maximum', maximum, (values) => Math.max(...values)],
    ['log-sum-exp', logSumExp, logSum],
  ];
  const shape = [2, 3, 4] as const;
  const everywhere = [0, 1].flatMap((a) => [0, 1, 2].flatMap((b) => [0, 1, 2, 3].map((c) => [a, b, c] as const)));
  for (const [name, write, fold] of rows) {
    for (const axes of [[0], [1], [2], [1, 2], [0, 1, 2]]) {
      for (const keep of [true, false]) {
        it(`${name} over ${axes}${keep ? ', kept' : ''}`, async () => {
          const out = shape.flatMap((one, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [one]));
          const left = [0, 1, 2].filter((axis) => !axes.includes(axis));
          await checkGradients({
            inputs: [spread(new SeededRandom(name), shape)],
            write: (tape, x) => write(tape, x, axes, keep),
            reference: (x) => {
              const at = reader(x);
              return filled(out, (...position) => {
                const fixed = keep ? left.map((axis) => position[axis]) : position;
                const same = everywhere.filter((place) => left.every((axis, index) => place[axis] === fixed[index]));
                return fold(same.map((place) => at(...place)));
              });
            },
            tolerance: 1e-4,
          });
        });
      }
    }
  }

  it('equal largest numbers share the gradient, whose sum stays', async () => {
    await checkGradients({
      inputs: [{ shape: [1, 2], data: Float32Array.of(3, 3) }],
      write: (tape, x) => maximum(tape, add(tape, x, x), [1], false),
      // Central differences of a tie are the mean of both sides, half each: what sharing gives.
      reference: (x) => ({ shape: [1], data: Float64Array.of(2 * Math.max(...x.data)) }),
    });
  });

  for (const [name, write, logarithmic] of [
    ['softmax', softmax, false],
    ['log-softmax', logSoftmax, true],
  ] as const) {
    for (const axis of [0, 1, 2]) {
      it(`${name} along ${axis}`, async () => {
        await checkGradients({
          inputs: [normals(new SeededRandom(name), shape)],
          write: (tape, x) => write(tape, x, axis),
          reference: (x) => {
            const at = reader(x);
            return filled(shape, (...position) => {
              const along = Array.from({ length: shape[axis] as number }, (_, k) => at(...position.with(axis, k)));
              const log = at(...position) - logSum(along);
              return logarithmic ? log : Math.exp(log);
            });
          },
          tolerance: 1e-4,
        });
      });
    }
  }

  it('running sum', async () => {
    await checkGradients({
      inputs: [normals(new SeededRandom('running'), shape)],
      write: (tape, x) => cumulativeSum(tape, x, 1),
      reference: (x) => {
        const at = reader(x);
        return filled(shape, (a, b = 0, c) => {
          let total = 0;
          for (let k = 0; k <= b; k += 1) total += at(a as number, k, c as number);
          return total;
        });
      },
    });
  });
});

describe('shapes', () => {
  const random = new SeededRandom('shapes');
  it('reshape', async () => {
    await checkGradients({
      inputs: [normals(random, [2, 6])],
      write: (tape, x) => reshape(tape, x, [-1, 3, 2]),
      reference: (x) => ({ shape: [2, 3, 2], data: x.data.slice() }),
    });
  });
  it('transpose', async () => {
    await checkGradients({
      inputs: [normals(random, [2, 3, 4])],
      write: (tape, x) => transpose(tape, x, [2, 0, 1]),
      reference: (x) => filled([4, 2, 3], (a, b, c) => reader(x)(b as number, c as number, a as number)),
    });
  });
  it('concat', async () => {
    await checkGradients({
      inputs: [normals(random, [2, 1, 3]), normals(random, [2, 2, 3])],
      write: (tape, a, b) => concat(tape, [a, b], 1),
      reference: (a, b) =>
        filled([2, 3, 3], (i, j = 0, k) =>
          j < 1 ? reader(a)(i as number, j, k as number) : reader(b)(i as number, j - 1, k as number),
        ),
    });
  });
  it('slice', async () => {
    await checkGradients({
      inputs: [normals(random, [2, 5, 3])],
      write: (tape, x) => slice(tape, x, 1, 1, 4),
      reference: (x) => filled([2, 3, 3], (i, j = 0, k) => reader(x)(i as number, j + 1, k as number)),
    });
  });
  it('pad', async () => {
    await checkGradients({
      inputs: [normals(random, [2, 3])],
      write: (tape, x) => pad(tape, x, [0, 1], [1, 2]),
      reference: (x) => filled([3, 6], (i = 0, j = 0) => (i < 2 && j >= 1 && j < 4 ? reader(x)(i, j - 1) : 0)),
    });
  });
});

describe('normalisation', () => {
  const random = new SeededRandom('norms');

  it('layer', async () => {
    await checkGradients({
      inputs: [normals(random, [2, 3, 6]), normals(random, [6]), normals(random, [6])],
      write: layerNorm,
      reference: (x, scale, bias) => {
        const at = reader(x);
        return filled([2, 3, 6], (i = 0, j = 0, k = 0) => {
          const row = Array.from({ length: 6 }, (_, place) => at(i, j, place));
          const [value, inverse] = standardised(row, at(i, j, k));
          return value * inverse * (scale.data[k] as number) + (bias.data[k] as number);
        });
      },
      tolerance: 1e-4,
    });
  });

  for (const own of [1, block]) {
    it(`batch, while learning, in blocks of ${own}`, async () => {
      const channels = own === 1 ? 3 : 16;
      await checkGradients({
        block: own === 1 ? 1 : block,
        mode: 'training',
        differentiable: 3,
        inputs: [
          normals(random, [4, channels, 2, 3]),
          normals(random, [channels]),
          normals(random, [channels]),
          normals(random, [channels]),
          normals(random, [channels]),
        ],
        write: (tape, x, scale, bias, mean, variance) => batchNorm(tape, x, { scale, bias, mean, variance }),
        reference: (x, scale, bias) => {
          const at = reader(x);
          return filled([4, channels, 2, 3], (n = 0, c = 0, i = 0, j = 0) => {
            const all = [0, 1, 2, 3].flatMap((row) => [0, 1].flatMap((a) => [0, 1, 2].map((b) => at(row, c, a, b))));
            const [value, inverse] = standardised(all, at(n, c, i, j));
            return value * inverse * (scale.data[c] as number) + (bias.data[c] as number);
          });
        },
        tolerance: 1e-4,
      });
    });
  }

  it('batch, when answering', async () => {
    await checkGradients({
      differentiable: 3,
      inputs: [
        normals(random, [2, 3, 2, 2]),
        normals(random, [3]),
        normals(random, [3]),
        normals(random, [3]),
        { shape: [3], data: Float32Array.of(0.5, 1, 2) },
      ],
      write: (tape, x, scale, bias, mean, variance) => batchNorm(tape, x, { scale, bias, mean, variance }),
      reference: (x, scale, bias, mean, variance) =>
        filled([2, 3, 2, 2], (n = 0, c = 0, i = 0, j = 0) => {
          const inverse = 1 / Math.sqrt((variance.data[c] as number) + 1e-5);
          const value = (reader(x)(n, c, i, j) - (mean.data[c] as number)) * inverse;
          return value * (scale.data[c] as number) + (bias.data[c] as number);
        }),
      tolerance: 1e-4,
    });
  });

  function standardised(all: readonly number[], value: number): readonly [number, number] {
    const mean = all.reduce((total, one) => total + one, 0) / all.length;
    const variance = all.reduce((total, one) => total + (one - mean) ** 2, 0) / all.length;
    return [value - mean, 1 / Math.sqrt(variance + 1e-5)];
  }
});

describe('dilated, grouped and depthwise convolutions with a bias', () => {
  const rows = [
    { stride: 1, padding: 2, dilation: 2, groups: 1 },
    { stride: 2, padding: 2, dilation: 2, groups: 1 },
    { stride: 1, padding: 1, dilation: 1, groups: 2 },
    { stride: 2, padding: 1, dilation: 1, groups: 2 },
    { stride: 1, padding: 1, dilation: 1, groups: 4 },
    { stride: 2, padding: 3, dilation: 3, groups: 4 },
    { stride: 3, padding: 0, dilation: 1, groups: 1 },
  ];
  for (const settings of rows) {
    const { stride, padding, dilation, groups } = settings;
    it(`stride ${stride}, padding ${padding}, dilation ${dilation}, ${groups} groups`, async () => {
      const random = new SeededRandom(JSON.stringify(settings));
      await checkGradients({
        inputs: [normals(random, [2, 4, 9, 8]), normals(random, [8, 4 / groups, 3, 3]), normals(random, [8])],
        write: (tape, x, weight, bias) => convolution(tape, x, weight, bias, settings),
        reference: (x, weight, bias) => {
          const [at, tap] = [reader(x), reader(weight)];
          const out = (size: number): number => Math.floor((size + 2 * padding - 2 * dilation - 1) / stride) + 1;
          return filled([2, 8, out(9), out(8)], (n = 0, o = 0, r = 0, c = 0) => {
            let total = bias.data[o] as number;
            const first = Math.floor(o / (8 / groups)) * (4 / groups);
            for (let i = 0; i < 4 / groups; i += 1)
              for (let y = 0; y < 3; y += 1)
                for (let z = 0; z < 3; z += 1) {
                  const row = r * stride + y * dilation - padding;
                  const column = c * stride + z * dilation - padding;
                  if (row >= 0 && column >= 0 && row < 9 && column < 8)
                    total += at(n, first + i, row, column) * tap(o, i, y, z);
                }
            return total;
          });
        },
      });
    });
  }
});
