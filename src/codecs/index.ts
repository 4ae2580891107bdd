export { pixelCodecs } from './pixel-codecs.ts';
