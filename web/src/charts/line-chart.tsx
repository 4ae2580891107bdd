import { useComputedColorScheme } from '@mantine/core';
import { LineChart as EchartsLine } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../parts/data-table.tsx';
import { FONT_FAMILY } from '../theme.ts';

use([EchartsLine, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

/** One line; gaps where there is no value. */
export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** The line the others are compared to. */
  readonly main?: boolean;
}

interface LineChartProps {
  readonly title: string;
  /** What the picture shows, in a sentence. */
  readonly summary: string;
  readonly stepName: string;
  readonly steps: readonly (number | string)[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  /** Least and greatest value of the axis; those of the lines when absent. */
  readonly range?: readonly [number, number];
}

/** Okabe–Ito hues (distinct for colour-blind readers), darkened or lightened to 3:1 against their ground. */
const HUES = {
  light: { main: '#16232b', others: ['#0072b2', '#b34700', '#00785a', '#a8477f', '#7a6a00', '#2b7fab'] },
  dark: { main: '#e4ebef', others: ['#56b4e9', '#f0913a', '#38c79a', '#e39bc6', '#f0e442', '#9ad1f0'] },
} as const;
const INK = {
  light: { text: '#3d4a52', line: '#dde4e8', ground: '#ffffff' },
  dark: { text: '#c5d0d6', line: '#2d3b45', ground: '#18232b' },
} as const;
const SHAPES = ['circle', 'rect', 'triangle', 'diamond', 'pin', 'arrow'] as const;

/** Lines over steps, with the same figures as a table beneath. */
export function LineChart({ title, summary, stepName, steps, series, format, range }: LineChartProps) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ReturnType<typeof init> | null>(null);
  const scheme = useComputedColorScheme('light');
  const [least, greatest] = range ?? [];

  useEffect(() => {
    if (place.current === null) return undefined;
    const drawn = init(place.current, undefined, { renderer: 'svg' });
    chart.current = drawn;
    const watcher = new ResizeObserver(() => drawn.resize());
    watcher.observe(place.current);
    return () => {
      watcher.disconnect();
      drawn.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    const ink = INK[scheme];
    const hues = HUES[scheme];
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    let other = 0;
    chart.current?.setOption(
      {
        animation: !still,
        animationDuration: 250,
        textStyle: { fontFamily: FONT_FAMILY, color: ink.text },
        grid: { left: 8, right: 16, top: 48, bottom: 8, containLabel: true },
        legend: {
          top: 0,
          left: 0,
          icon: 'roundRect',
          itemWidth: 16,
          itemHeight: 4,
          itemGap: 16,
          textStyle: { color: ink.text, fontFamily: FONT_FAMILY },
        },
        tooltip: {
          trigger: 'axis',
          backgroundColor: ink.ground,
          borderColor: ink.line,
          textStyle: { color: ink.text },
          valueFormatter: (value: unknown) => (typeof value === 'number' ? format(value) : '–'),
        },
        xAxis: {
          type: 'category',
          data: steps.map(String),
          boundaryGap: steps.length < 2,
          axisLine: { lineStyle: { color: ink.line } },
          axisTick: { show: false },
          axisLabel: { color: ink.text },
        },
        yAxis: {
          type: 'value',
          scale: true,
          ...(least === undefined ? {} : { min: least }),
          ...(greatest === undefined ? {} : { max: greatest }),
          splitNumber: 4,
          axisLabel: { color: ink.text, formatter: (value: number) => format(value) },
          splitLine: { lineStyle: { color: ink.line } },
        },
        series: series.map(({ name, values, main }) => {
          const colour = main ? hues.main : hues.others[other % hues.others.length];
          const symbol = main ? 'circle' : SHAPES[other % SHAPES.length];
          if (!main) other += 1;
          return {
            name,
            type: 'line',
            data: [...values],
            connectNulls: false,
            symbol,
            symbolSize: main ? 5 : 7,
            lineStyle: { width: main ? 3 : 2, type: main ? 'solid' : 'dashed' },
            color: colour,
          };
        }),
      },
      { notMerge: true },
    );
  }, [scheme, steps, series, format, least, greatest]);

  return (
    <figure style={{ margin: 0, minWidth: 0 }}>
      <figcaption style={{ fontWeight: 600, marginBottom: '0.4rem' }}>{title}</figcaption>
      <div role="img" aria-label={`${title}. ${summary}`} style={{ height: 270 }}>
        <div ref={place} style={{ height: '100%' }} />
      </div>
      <details className="as-table">
        <summary>{t('chart.as-table')}</summary>
        <DataTable
          caption={title}
          rows={steps.map((step, index) => ({ step, index }))}
          keyOf={({ step }) => step}
          columns={[
            { head: stepName, cell: ({ step }) => step },
            ...series.map(({ name, values }) => ({
              head: name,
              numeric: true,
              cell: ({ index }: { readonly index: number }) => {
                const value = values[index] ?? null;
                return value === null ? '–' : format(value);
              },
            })),
          ]}
        />
      </details>
    </figure>
  );
}
