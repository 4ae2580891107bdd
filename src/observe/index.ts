export { createMetrics, type Metrics } from './metrics.ts';
export { createLog } from './pino-log.ts';
