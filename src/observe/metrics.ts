import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** The house's measurements in the Prometheus text format. */
export interface Metrics {
  /** @param route the declared path, never the address itself. */
  request(method: string, route: string, status: number, seconds: number): void;
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** A registry of its own for each house, so that several can live in one process. */
export function createMetrics(house: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ house });
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'unica_http_request_seconds',
    help: 'Seconds a request took',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 30],
    registers: [registry],
  });
  return {
    request: (method, route, status, seconds) => requests.observe({ method, route, status: String(status) }, seconds),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
