export { bytesPassed } from './passing-bytes.ts';
export { keepYoungGenerationSmall } from './young-generation.ts';
