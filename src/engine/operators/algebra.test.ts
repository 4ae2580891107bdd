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
import { atLeast } from './fixed.ts';
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
    ['at least', atLeast, (a, b) => (a >= b ? 1 : 0)],
  ];
  // Which sides are 1, of three, and how many leading axes are left out altogether.
  const narrowed = fc.record({ ones: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), without: fc.nat(2) });
  for (const [name, write, each] of rows) {
    it(name, async () => {
      await fc.assert(
        fc.asyncProperty(fc.tuple(side, side, side), narrowed, narrowed, seed, async (whole, left, right, chance) => {
          const shapeOf = ({ ones, without }: typeof left): readonly number[] =>
            whole.map((one, axis) => (ones[axis] ? 1 : one)).slice(without);
          const [one, other] = [shapeOf(left), shapeOf(right)];
          const axes = Math.max(one.length, other.length);
          const sideOf = (shape: readonly number[], axis: number): number => shape[axis - axes + shape.length] ?? 1;
          const out = Array.from({ length: axes }, (_, axis) => Math.max(sideOf(one, axis), sideOf(other, axis)));
          const random = new SeededRandom(chance);
          const [a, b] = [spread(random, one), spread(random, other)];
          await checkGradients({
            inputs: [a, { shape: other, data: b.data.map((value) => value + (value < 0 ? -1.003 : 1.003)) }],
            // A step has no slope.
            differentiable: write === atLeast ? 0 : 2,
            write,
            reference: (x, y) => {
              const [atX, atY] = [reader(x), reader(y)];
              return filled(out, (...position) => each(atX(...position), atY(...position)));
            },
            tolerance: 1e-4,
          });
        }),
        runs,
      );
    });
  }
});

describe('matrix products', () => {
  for (const [name, before, behind] of [
    ['of two tables', [], []],
    ['of as many tables as there are of the other', ['many'], ['many']],
    ['of many tables by one', ['many'], []],
    ['of one table by many', [1], ['many']],
  ] as const) {
    it(name, async () => {
      await fc.assert(
        fc.asyncProperty(side, side, side, side, seed, async (many, rows, inner, columns, chance) => {
          const sides = (told: readonly ('many' | 1)[]): readonly number[] =>
            told.map((one) => (one === 'many' ? many : one));
          const random = new SeededRandom(chance);
          await checkGradients({
            inputs: [
              normals(random, [...sides(before), rows, inner]),
              normals(random, [...sides(behind), inner, columns]),
            ],
            write: matMul,
            reference: (a, b) => {
              const [atA, atB] = [reader(a), reader(b)];
              const outer = before.length === 0 ? [] : [many];
              return filled([...outer, rows, columns], (...position) => {
                const [row = 0, column = 0] = position.slice(-2);
                let total = 0;
                for (let k = 0; k < inner; k += 1)
                  total += atA(...position.slice(0, -2), row, k) * atB(...position.slice(0, -2), k, column);
                return total;
              });
            },
            tolerance: 1e-4,
          });
        }),
        runs,
      );
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
  const shapes = fc.tuple(side, side, side);
  const above = ({ shape, data }: ReturnType<typeof spread>): ReturnType<typeof spread> => ({
    shape,
    data: data.map((value) => value + 2),
  });
  const placesOf = ([a, b, c]: readonly [number, number, number]): readonly (readonly number[])[] => {
    const upTo = (length: number): readonly number[] => Array.from({ length }, (_, place) => place);
    return upTo(a).flatMap((i) => upTo(b).flatMap((j) => upTo(c).map((k) => [i, j, k])));
  };
  for (const [name, write, fold] of rows) {
    for (const axes of [[0], [1], [2], [1, 2], [0, 1, 2]]) {
      for (const keep of [true, false]) {
        it(`${name} over ${axes}${keep ? ', kept' : ''}`, async () => {
          await fc.assert(
            fc.asyncProperty(shapes, seed, async (shape, chance) => {
              const out = shape.flatMap((one, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [one]));
              const left = [0, 1, 2].filter((axis) => !axes.includes(axis));
              const everywhere = placesOf(shape);
              await checkGradients({
                // Above nought: the sum of all would be nothing but what rounding left of it.
                inputs: [above(spread(new SeededRandom(chance), shape))],
                write: (tape, x) => write(tape, x, axes, keep),
                reference: (x) => {
                  const at = reader(x);
                  return filled(out, (...position) => {
                    const fixed = keep ? left.map((axis) => position[axis]) : position;
                    const same = everywhere.filter((place) =>
                      left.every((axis, index) => place[axis] === fixed[index]),
                    );
                    return fold(same.map((place) => at(...place)));
                  });
                },
                tolerance: 1e-4,
              });
            }),
            { ...runs, numRuns: 4 },
          );
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
        await fc.assert(
          fc.asyncProperty(shapes, seed, async (shape, chance) => {
            await checkGradients({
              inputs: [normals(new SeededRandom(chance), shape)],
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
          }),
          { ...runs, numRuns: 4 },
        );
      });
    }
  }

  it('running sum', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, seed, async (shape, chance) => {
        await checkGradients({
          inputs: [normals(new SeededRandom(chance), shape)],
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
      }),
      runs,
    );
  });
});

describe('shapes', () => {
  const sides = fc.tuple(side, side, side);

  it('reshape', async () => {
    await fc.assert(
      fc.asyncProperty(sides, seed, async ([a, b, c], chance) => {
        await checkGradients({
          inputs: [normals(new SeededRandom(chance), [a, b * c])],
          write: (tape, x) => reshape(tape, x, [-1, b, c]),
          reference: (x) => ({ shape: [a, b, c], data: x.data.slice() }),
        });
      }),
      runs,
    );
  });

  it('transpose', async () => {
    const orders = fc.constantFrom<(0 | 1 | 2)[]>([0, 1, 2], [2, 0, 1], [1, 2, 0], [2, 1, 0], [0, 2, 1]);
    await fc.assert(
      fc.asyncProperty(sides, orders, seed, async (shape, order, chance) => {
        await checkGradients({
          inputs: [normals(new SeededRandom(chance), shape)],
          write: (tape, x) => transpose(tape, x, order),
          reference: (x) =>
            filled(
              order.map((axis) => shape[axis] as number),
              (...position) =>
                reader(x)(...([0, 1, 2] as const).map((axis) => position[order.indexOf(axis)] as number)),
            ),
        });
      }),
      runs,
    );
  });

  it('concat', async () => {
    await fc.assert(
      fc.asyncProperty(sides, side, fc.nat(2), seed, async (shape, more, axis, chance) => {
        const random = new SeededRandom(chance);
        const first = shape[axis] as number;
        await checkGradients({
          inputs: [normals(random, shape), normals(random, shape.with(axis, more))],
          write: (tape, a, b) => concat(tape, [a, b], axis),
          reference: (a, b) =>
            filled(shape.with(axis, first + more), (...position) => {
              const place = position[axis] as number;
              return place < first ? reader(a)(...position) : reader(b)(...position.with(axis, place - first));
            }),
        });
      }),
      runs,
    );
  });

  it('slice', async () => {
    await fc.assert(
      fc.asyncProperty(sides, fc.nat(2), fc.nat(4), side, seed, async (shape, axis, from, most, chance) => {
        const whole = shape[axis] as number;
        const start = from % whole;
        const end = Math.min(whole, start + most);
        await checkGradients({
          inputs: [normals(new SeededRandom(chance), shape)],
          write: (tape, x) => slice(tape, x, axis, start, end),
          reference: (x) =>
            filled(shape.with(axis, end - start), (...position) =>
              reader(x)(...position.with(axis, (position[axis] as number) + start)),
            ),
        });
      }),
      runs,
    );
  });

  it('pad', async () => {
    const rims = fc.tuple(fc.nat(2), fc.nat(2));
    await fc.assert(
      fc.asyncProperty(side, side, rims, rims, seed, async (rows, columns, before, behind, chance) => {
        await checkGradients({
          inputs: [normals(new SeededRandom(chance), [rows, columns])],
          write: (tape, x) => pad(tape, x, before, behind),
          reference: (x) =>
            filled([before[0] + rows + behind[0], before[1] + columns + behind[1]], (i = 0, j = 0) => {
              const [row, column] = [i - before[0], j - before[1]];
              return row >= 0 && row < rows && column >= 0 && column < columns ? reader(x)(row, column) : 0;
            }),
        });
      }),
      runs,
    );
  });
});

describe('normalisation', () => {
  const few = { ...runs, numRuns: 5 };
  const wide = fc.integer({ min: 2, max: 6 });

  it('layer', async () => {
    await fc.assert(
      fc.asyncProperty(side, side, wide, seed, async (batch, rows, width, chance) => {
        const random = new SeededRandom(chance);
        const shape = [batch, rows, width];
        await checkGradients({
          // Far from a row of equal numbers, whose deviation is nought.
          inputs: [spread(random, shape), normals(random, [width]), normals(random, [width])],
          write: layerNorm,
          reference: (x, scale, bias) => {
            const at = reader(x);
            return filled(shape, (i = 0, j = 0, k = 0) => {
              const row = Array.from({ length: width }, (_, place) => at(i, j, place));
              const [value, inverse] = standardised(row, at(i, j, k));
              return value * inverse * (scale.data[k] as number) + (bias.data[k] as number);
            });
          },
          tolerance: 5e-4,
        });
      }),
      few,
    );
  });

  for (const own of [1, block]) {
    it(`batch, while learning, in blocks of ${own}`, async () => {
      await fc.assert(
        fc.asyncProperty(wide, wide, side, side, seed, async (batch, some, rows, columns, chance) => {
          const channels = own === 1 ? some : 16 * Math.ceil(some / 3);
          const random = new SeededRandom(chance);
          const shape = [batch, channels, rows, columns];
          await checkGradients({
            block: own === 1 ? 1 : block,
            mode: 'training',
            differentiable: 3,
            inputs: [normals(random, shape), ...[0, 1, 2, 3].map(() => normals(random, [channels]))],
            write: (tape, x, scale, bias, mean, variance) =>
              batchNorm(tape, x, { scale, bias, mean, variance } as Parameters<typeof batchNorm>[2]),
            reference: (x, scale, bias) => {
              const at = reader(x);
              const upTo = (length: number): readonly number[] => Array.from({ length }, (_, place) => place);
              const channelsOf = upTo(channels).map((c) =>
                upTo(batch).flatMap((n) => upTo(rows).flatMap((i) => upTo(columns).map((j) => at(n, c, i, j)))),
              );
              const statistics = channelsOf.map((all) => standardised(all, 0));
              return filled(shape, (n = 0, c = 0, i = 0, j = 0) => {
                const [less, inverse] = statistics[c] ?? [0, 0];
                return (at(n, c, i, j) + less) * inverse * (scale?.data[c] as number) + (bias?.data[c] as number);
              });
            },
            tolerance: 5e-4,
          });
        }),
        few,
      );
    });
  }

  it('batch, when answering', async () => {
    await fc.assert(
      fc.asyncProperty(side, side, side, side, seed, async (batch, channels, rows, columns, chance) => {
        const random = new SeededRandom(chance);
        const shape = [batch, channels, rows, columns];
        await checkGradients({
          differentiable: 3,
          inputs: [
            normals(random, shape),
            ...[0, 1, 2].map(() => normals(random, [channels])),
            { shape: [channels], data: Float32Array.from({ length: channels }, () => 0.5 + random.uniform()) },
          ],
          write: (tape, x, scale, bias, mean, variance) =>
            batchNorm(tape, x, { scale, bias, mean, variance } as Parameters<typeof batchNorm>[2]),
          reference: (x, scale, bias, mean, variance) =>
            filled(shape, (n = 0, c = 0, i = 0, j = 0) => {
              const inverse = 1 / Math.sqrt((variance?.data[c] as number) + 1e-5);
              const value = (reader(x)(n, c, i, j) - (mean?.data[c] as number)) * inverse;
              return value * (scale?.data[c] as number) + (bias?.data[c] as number);
            }),
          tolerance: 1e-4,
        });
      }),
      few,
    );
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
      const one = fc.integer({ min: 1, max: 2 });
      const long = fc.integer({ min: 7, max: 10 });
      await fc.assert(
        fc.asyncProperty(one, one, one, long, long, seed, async (batch, into, more, rows, columns, chance) => {
          const random = new SeededRandom(chance);
          const [channels, filters] = [groups * into, groups * more];
          await checkGradients({
            inputs: [
              normals(random, [batch, channels, rows, columns]),
              normals(random, [filters, into, 3, 3]),
              normals(random, [filters]),
            ],
            write: (tape, x, weight, bias) => convolution(tape, x, weight, bias, settings),
            reference: (x, weight, bias) => {
              const [at, tap] = [reader(x), reader(weight)];
              const out = (size: number): number => Math.floor((size + 2 * padding - 2 * dilation - 1) / stride) + 1;
              return filled([batch, filters, out(rows), out(columns)], (n = 0, o = 0, r = 0, c = 0) => {
                let total = bias.data[o] as number;
                const first = Math.floor(o / more) * into;
                for (let i = 0; i < into; i += 1)
                  for (let y = 0; y < 3; y += 1)
                    for (let z = 0; z < 3; z += 1) {
                      const row = r * stride + y * dilation - padding;
                      const column = c * stride + z * dilation - padding;
                      if (row >= 0 && column >= 0 && row < rows && column < columns)
                        total += at(n, first + i, row, column) * tap(o, i, y, z);
                    }
                return total;
              });
            },
            // The slope of a bias is a sum of many slopes, which may nearly cancel.
            tolerance: 1e-4,
          });
        }),
        { ...runs, numRuns: 3 },
      );
    });
  }
});
