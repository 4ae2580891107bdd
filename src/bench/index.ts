export { benchDeid, type DeidBenchSettings } from './bench-deid.ts';
export { benchDicomDeid } from './bench-dicom-deid.ts';
export { benchDicomReceive } from './bench-dicom-receive.ts';
export { benchDicomweb } from './bench-dicomweb.ts';
export { benchEngine } from './bench-engine.ts';
export { benchTcga, type TcgaRow } from './bench-tcga.ts';
export { filesForDeid } from './files-for-deid.ts';
export { type Measurement, median } from './measurement.ts';
export { tcgaFigure, tcgaTable } from './tcga-report.ts';
