/** Complex numbers in two arrays, whose length is a power of two. */
export interface Complex {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/** Discrete Fourier transform in place (Cooley & Tukey 1965, radix 2); the inverse is not divided by the length. */
export function transform({ real, imaginary }: Complex, direction: 'forward' | 'inverse'): void {
  const { length } = real;
  reorder(real, imaginary);
  const sign = direction === 'forward' ? -1 : 1;
  const half = length / 2;
  const cosine = new Float64Array(half);
  const sine = new Float64Array(half);
  for (let index = 0; index < half; index += 1) {
    const angle = (2 * Math.PI * index) / length;
    cosine[index] = Math.cos(angle);
    sine[index] = sign * Math.sin(angle);
  }
  for (let size = 2; size <= length; size *= 2) {
    const reach = size / 2;
    const stride = length / size;
    for (let start = 0; start < length; start += size) {
      for (let offset = 0; offset < reach; offset += 1) {
        const low = start + offset;
        const high = low + reach;
        const c = cosine[offset * stride] as number;
        const s = sine[offset * stride] as number;
        const re = real[high] as number;
        const im = imaginary[high] as number;
        const turnedRe = re * c - im * s;
        const turnedIm = re * s + im * c;
        const lowRe = real[low] as number;
        const lowIm = imaginary[low] as number;
        real[high] = lowRe - turnedRe;
        imaginary[high] = lowIm - turnedIm;
        real[low] = lowRe + turnedRe;
        imaginary[low] = lowIm + turnedIm;
      }
    }
  }
}

/** Every place changes with the one whose binary digits are its own in reverse. */
function reorder(real: Float64Array, imaginary: Float64Array): void {
  const { length } = real;
  for (let index = 1, mirrored = 0; index < length; index += 1) {
    let bit = length >> 1;
    for (; (mirrored & bit) !== 0; bit >>= 1) mirrored ^= bit;
    mirrored ^= bit;
    if (index >= mirrored) continue;
    const re = real[index] as number;
    const im = imaginary[index] as number;
    real[index] = real[mirrored] as number;
    imaginary[index] = imaginary[mirrored] as number;
    real[mirrored] = re;
    imaginary[mirrored] = im;
  }
}
