import type { SeededRandom } from '#base';
import type { Device } from './devices.ts';
import type { NoiseTable } from './noise.ts';

/** Number of grey steps of a film. */
const WHITE = 4095;
/** Fineness of the tabulated grey curve: finer than a film's greys. */
const CURVE_STEPS = 8192;

/**
 * Attenuation as the stored grey values of a device: 12 bits, dense tissue bright (MONOCHROME2) or dark (MONOCHROME1).
 * Exposure and window vary from film to film, so that mean brightness says nothing about disease.
 */
export function developFilm(
  random: SeededRandom,
  attenuation: Float32Array,
  sizePx: number,
  device: Device,
  noise: NoiseTable,
): Uint16Array {
  const centre = 0.95 + 0.09 * random.normal();
  const width = 2.3 * Math.exp(0.08 * random.normal());
  const border = random.uniform() < 0.3 ? Math.round(sizePx * random.between(0.01, 0.05)) : 0;
  const inverted = device.photometric === 'MONOCHROME1';
  const soft = blurred(attenuation, sizePx, device.blur);
  const grains = noise.slice(random, attenuation.length);
  const curve = Float32Array.from({ length: CURVE_STEPS + 1 }, (_, step) => (step / CURVE_STEPS) ** device.gamma);
  const film = new Uint16Array(attenuation.length);
  for (let row = 0; row < sizePx; row += 1) {
    const outside = row < border || row >= sizePx - border;
    for (let column = 0; column < sizePx; column += 1) {
      const index = row * sizePx + column;
      let grey = 0;
      if (!outside && column >= border && column < sizePx - border) {
        const linear = Math.min(1, Math.max(0, ((soft[index] as number) - centre) / width + 0.5));
        // Fewer quanta reach the detector behind dense tissue.
        const grain = device.noise * (0.6 + 0.8 * linear) * (grains[index] as number);
        const shown = (curve[Math.round(linear * CURVE_STEPS)] as number) + grain;
        grey = Math.round(WHITE * Math.min(1, Math.max(0, shown)));
      }
      film[index] = inverted ? WHITE - grey : grey;
    }
  }
  return film;
}

/** Three by three smoothing; the outermost pixels stay as they are. */
function blurred(image: Float32Array, sizePx: number, share: number): Float32Array {
  const once = image.slice();
  const keep = 1 - 2 * share;
  for (let row = 0; row < sizePx; row += 1) {
    const start = row * sizePx;
    for (let index = start + 1; index < start + sizePx - 1; index += 1) {
      once[index] =
        keep * (image[index] as number) + share * ((image[index - 1] as number) + (image[index + 1] as number));
    }
  }
  const twice = once.slice();
  for (let index = sizePx; index < image.length - sizePx; index += 1) {
    twice[index] =
      keep * (once[index] as number) + share * ((once[index - sizePx] as number) + (once[index + sizePx] as number));
  }
  return twice;
}
