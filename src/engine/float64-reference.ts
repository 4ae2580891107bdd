// Test oracle: the operators' definitions as plain loops in 64-bit floating point, sharing nothing with the graphs.

/** A tensor in 64 bits. */
export interface Reference {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

type Four = readonly [number, number, number, number];

/** A tensor whose every number comes from its position. */
function filled(shape: Four, at: (a: number, b: number, c: number, d: number) => number): Reference {
  const data = new Float64Array(shape[0] * shape[1] * shape[2] * shape[3]);
  let index = 0;
  for (let a = 0; a < shape[0]; a += 1)
    for (let b = 0; b < shape[1]; b += 1)
      for (let c = 0; c < shape[2]; c += 1)
        for (let d = 0; d < shape[3]; d += 1) {
          data[index] = at(a, b, c, d);
          index += 1;
        }
  return { shape, data };
}

function four({ shape }: Reference): Four {
  return [shape[0] ?? 1, shape[1] ?? 1, shape[2] ?? 1, shape[3] ?? 1];
}

function get(x: Reference, a: number, b: number, c: number, d: number): number {
  const [, sb, sc, sd] = four(x);
  if (c < 0 || d < 0 || c >= sc || d >= sd) return 0;
  return x.data[((a * sb + b) * sc + c) * sd + d] as number;
}

export function referenceConvolution(x: Reference, weight: Reference, stride: number, padding: number): Reference {
  const [batch, into, rows, columns] = four(x);
  const [out, , kernel] = four(weight);
  const side = (size: number): number => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  return filled([batch, out, side(rows), side(columns)], (n, o, r, c) => {
    let sum = 0;
    for (let i = 0; i < into; i += 1)
      for (let y = 0; y < kernel; y += 1) {
        const row = r * stride + y - padding;
        if (row < 0 || row >= rows) continue;
        const line = ((n * into + i) * rows + row) * columns;
        const taps = ((o * into + i) * kernel + y) * kernel;
        for (let z = 0; z < kernel; z += 1) {
          const column = c * stride + z - padding;
          if (column >= 0 && column < columns)
            sum += (x.data[line + column] as number) * (weight.data[taps + z] as number);
        }
      }
    return sum;
  });
}

export function referenceGroupNorm(x: Reference, scale: Reference, bias: Reference, groups: number): Reference {
  const [batch, channels, rows, columns] = four(x);
  const width = channels / groups;
  const statistics = Array.from({ length: batch * groups }, (_, index) => {
    const size = width * rows * columns;
    const part = x.data.subarray(index * size, (index + 1) * size);
    const mean = part.reduce((sum, value) => sum + value, 0) / size;
    const variance = part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
    return { mean, inverse: 1 / Math.sqrt(variance + 1e-5) };
  });
  return filled([batch, channels, rows, columns], (n, k, r, c) => {
    const group = statistics[n * groups + Math.floor(k / width)] ?? { mean: 0, inverse: 0 };
    return (get(x, n, k, r, c) - group.mean) * group.inverse * (scale.data[k] as number) + (bias.data[k] as number);
  });
}

export function referenceRelu(x: Reference): Reference {
  return { shape: x.shape, data: x.data.map((value) => Math.max(0, value)) };
}

export function referenceAddition(a: Reference, b: Reference): Reference {
  return { shape: a.shape, data: a.data.map((value, index) => value + (b.data[index] as number)) };
}

export function referencePool(
  x: Reference,
  kernel: number,
  stride: number,
  padding: number,
  kind: 'max' | 'average',
): Reference {
  const [batch, channels, rows, columns] = four(x);
  const side = (size: number): number => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  return filled([batch, channels, side(rows), side(columns)], (n, k, r, c) => {
    let most = Number.NEGATIVE_INFINITY;
    let sum = 0;
    for (let y = r * stride - padding; y < r * stride - padding + kernel; y += 1)
      for (let z = c * stride - padding; z < c * stride - padding + kernel; z += 1) {
        sum += get(x, n, k, y, z);
        if (y >= 0 && z >= 0 && y < rows && z < columns) most = Math.max(most, get(x, n, k, y, z));
      }
    return kind === 'max' ? most : sum / kernel ** 2;
  });
}

export function referenceGlobalAverage(x: Reference): Reference {
  const [batch, channels, rows, columns] = four(x);
  const data = Float64Array.from({ length: batch * channels }, (_, index) => {
    const part = x.data.subarray(index * rows * columns, (index + 1) * rows * columns);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  return { shape: [batch, channels], data };
}

export function referenceDense(x: Reference, weight: Reference, bias: Reference): Reference {
  const [batch = 1, into = 1] = x.shape;
  const [out = 1] = weight.shape;
  const data = Float64Array.from({ length: batch * out }, (_, index) => {
    const row = Math.floor(index / out);
    let sum = bias.data[index % out] as number;
    for (let i = 0; i < into; i += 1)
      sum += (x.data[row * into + i] as number) * (weight.data[(index % out) * into + i] as number);
    return sum;
  });
  return { shape: [batch, out], data };
}

export function referenceBceLoss(logits: Reference, labels: Reference, weights: Reference): Reference {
  const data = logits.data.reduce((sum, logit, index) => {
    const probability = 1 / (1 + Math.exp(-logit));
    const label = labels.data[index] as number;
    const loss = -label * Math.log(probability) - (1 - label) * Math.log(1 - probability);
    return sum + (weights.data[index] as number) * loss;
  }, 0);
  return { shape: [1], data: Float64Array.of(data) };
}
