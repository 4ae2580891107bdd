import type { SeededRandom } from '#base';
import type { Device } from './devices.ts';
import type { NoiseTable } from './noise.ts';

/** Number of grey steps of a film. */
const WHITE = 4095;

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
  const soft = blurred(attenuation, sizePx, device.blur);
  const grains = noise.slice(random, attenuation.length);
  const film = new Uint16Array(attenuation.length);
  for (let row = 0; row < sizePx; row += 1) {
    for (let column = 0; column < sizePx; column += 1) {
      const index = row * sizePx + column;
      const collimated = row < border || row >= sizePx - border || column < border || column >= sizePx - border;
      const linear = Math.min(1, Math.max(0, ((soft[index] ?? 0) - centre) / width + 0.5));
      // Fewer quanta reach the detector behind dense tissue.
      const grain = device.noise * (0.6 + 0.8 * linear) * (grains[index] ?? 0);
      const shown = collimated ? 0 : Math.min(1, Math.max(0, linear ** device.gamma + grain));
      const grey = Math.round(WHITE * shown);
      film[index] = device.photometric === 'MONOCHROME1' ? WHITE - grey : grey;
    }
  }
  return film;
}

/** Three by three smoothing with edges repeated. */
function blurred(image: Float32Array, sizePx: number, share: number): Float32Array {
  const once = new Float32Array(image.length);
  const twice = new Float32Array(image.length);
  const keep = 1 - 2 * share;
  for (let row = 0; row < sizePx; row += 1) {
    const start = row * sizePx;
    for (let column = 0; column < sizePx; column += 1) {
      const left = image[start + Math.max(0, column - 1)] ?? 0;
      const right = image[start + Math.min(sizePx - 1, column + 1)] ?? 0;
      once[start + column] = keep * (image[start + column] ?? 0) + share * (left + right);
    }
  }
  for (let row = 0; row < sizePx; row += 1) {
    const above = Math.max(0, row - 1) * sizePx;
    const below = Math.min(sizePx - 1, row + 1) * sizePx;
    for (let column = 0; column < sizePx; column += 1) {
      const index = row * sizePx + column;
      twice[index] = keep * (once[index] ?? 0) + share * ((once[above + column] ?? 0) + (once[below + column] ?? 0));
    }
  }
  return twice;
}
