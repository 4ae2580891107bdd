export { benchDicomReceive } from './bench-dicom-receive.ts';
export { benchEngine } from './bench-engine.ts';
export { type Measurement, median } from './measurement.ts';
