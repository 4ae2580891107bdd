import { useElementSize } from '@mantine/hooks';

/** A measured value, with its interval where there is one. */
export interface Measured {
  readonly label: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  /** Drawn hollow: for comparison only. */
  readonly soft?: boolean;
}

interface IntervalChartProps {
  /** What the picture shows, in a sentence; the figures themselves stand in a table beside it. */
  readonly summary: string;
  readonly rows: readonly Measured[];
  readonly format: (value: number) => string;
}

const ROW_PX = 38;

/** Values on one axis, each with its interval. The axis is cut to what is shown, and says so by its ticks. */
export function IntervalChart({ summary, rows, format }: IntervalChartProps) {
  const { ref, width } = useElementSize();
  const from = Math.max(0, Math.floor(20 * Math.min(...rows.map(({ value, low }) => low ?? value)) - 0.4) / 20);
  const to = Math.min(1, Math.ceil(20 * Math.max(...rows.map(({ value, high }) => high ?? value)) + 0.4) / 20);
  const labelPx = Math.min(200, Math.max(110, width * 0.34));
  const plotPx = Math.max(60, width - labelPx - 70);
  const x = (value: number) => labelPx + (plotPx * (value - from)) / Math.max(0.05, to - from);
  const ticks = [from, (from + to) / 2, to];
  const height = rows.length * ROW_PX + 30;
  return (
    <div ref={ref}>
      <svg className="intervals" width="100%" height={height} role="img" aria-label={summary}>
        {ticks.map((tick) => (
          <g key={tick}>
            <line className="axis" x1={x(tick)} x2={x(tick)} y1={6} y2={height - 24} />
            <text className="tick" x={x(tick)} y={height - 6} textAnchor="middle">
              {format(tick)}
            </text>
          </g>
        ))}
        {rows.map(({ label, value, low, high, soft }, index) => {
          const y = index * ROW_PX + ROW_PX / 2 + 2;
          return (
            <g key={label}>
              <text x={0} y={y + 4} fontWeight={soft ? 400 : 650}>
                {label}
              </text>
              {low === undefined || high === undefined ? null : (
                <line className="whisker" x1={x(low)} x2={x(high)} y1={y} y2={y} />
              )}
              <circle className="dot" data-soft={soft ? '' : undefined} cx={x(value)} cy={y} r={soft ? 6 : 8} />
              <text x={labelPx + plotPx + 20} y={y + 4} fontWeight={soft ? 400 : 650}>
                {format(value)}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
