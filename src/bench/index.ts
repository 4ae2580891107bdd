export { benchDicomweb } from './bench-dicomweb.ts';
export { benchEngine } from './bench-engine.ts';
export { type Measurement, median } from './measurement.ts';
