import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import styles from './training.module.css';

export interface ChartLine {
  readonly label: string;
  /** A custom property of the theme, for example `--warm`. */
  readonly colour: string;
  readonly width: number;
  readonly dash?: readonly number[];
  readonly points: boolean;
}

interface LineChartProps {
  readonly title: string;
  readonly lines: readonly ChartLine[];
  /** Times in epochs, ascending, then a list a line with null where it has no value. */
  readonly data: readonly (readonly (number | null)[])[];
  readonly epochs: number;
  readonly boundaryEpoch: number | null;
  /** Fixed range of the values; null: from 0 to what the data need. */
  readonly range: readonly [number, number] | null;
  /** What a reader who does not see the chart is told. */
  readonly description: string;
}

const HEIGHT = 170;

/** A line chart over epochs with the phase boundary drawn in. Drawn on a canvas, updated without React. */
export function LineChart(props: LineChartProps) {
  const { title, lines, data, epochs, boundaryEpoch, range, description } = props;
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef({ data, epochs, boundaryEpoch });
  latest.current = { data, epochs, boundaryEpoch };

  useEffect(() => {
    const host = box.current!;
    const create = () => {
      chart.current?.destroy();
      const options = chartOptions(host, lines, range, () => latest.current);
      chart.current = new uPlot(options, asAligned(latest.current.data), host);
    };
    create();
    const resized = new ResizeObserver(() => {
      chart.current?.setSize({ width: host.clientWidth, height: HEIGHT });
    });
    resized.observe(host);
    const recoloured = new MutationObserver(create);
    recoloured.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const systemTheme = matchMedia('(prefers-color-scheme: dark)');
    systemTheme.addEventListener('change', create);
    return () => {
      resized.disconnect();
      recoloured.disconnect();
      systemTheme.removeEventListener('change', create);
      chart.current?.destroy();
      chart.current = null;
    };
  }, [lines, range]);

  // The boundary and the number of epochs are read when the chart is drawn.
  // biome-ignore lint/correctness/useExhaustiveDependencies: they are reasons to draw again.
  useEffect(() => {
    chart.current?.setData(asAligned(data));
  }, [data, epochs, boundaryEpoch]);

  return (
    <figure className={styles.chart}>
      <figcaption className={styles.chartTitle}>
        {title}
        <span className={styles.legend}>
          {lines.map((line) => (
            <span key={line.label} className={styles.legendItem}>
              <svg width="18" height="8" aria-hidden="true">
                <line
                  x1="0"
                  y1="4"
                  x2="18"
                  y2="4"
                  stroke={`var(${line.colour})`}
                  strokeWidth={line.width}
                  strokeDasharray={line.dash?.join(' ')}
                />
              </svg>
              {line.label}
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={box} className={styles.plot} role="img" aria-label={`${title}: ${description}`} />
    </figure>
  );
}

function asAligned(data: LineChartProps['data']): uPlot.AlignedData {
  return data.map((values) => [...values]) as uPlot.AlignedData;
}

type Latest = () => Pick<LineChartProps, 'epochs' | 'boundaryEpoch'>;

function chartOptions(
  host: HTMLElement,
  lines: readonly ChartLine[],
  range: LineChartProps['range'],
  latest: Latest,
): uPlot.Options {
  const colour = (property: string) => resolveColour(host, property);
  const quiet = colour('--ink-quiet');
  const axis = {
    stroke: quiet,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1, size: 4 },
    font: '11px system-ui, sans-serif',
  };
  return {
    width: host.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: () => [0, Math.max(latest().epochs, 1)] },
      y: {
        range: (_plot, _min, max) => (range === null ? [0, Math.max(max ?? 0, 0.1) * 1.08] : [...range]),
      },
    },
    axes: [
      { ...axis, size: 26, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
      { ...axis, size: 38 },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        stroke: colour(line.colour),
        width: line.width,
        spanGaps: true,
        points: { show: line.points, size: 5, fill: colour(line.colour) },
        ...(line.dash === undefined ? {} : { dash: [...line.dash] }),
      })),
    ],
    hooks: {
      // Its word stands where the lines are not: losses fall, accuracies rise.
      draw: [(plot) => drawBoundary(plot, latest().boundaryEpoch, quiet, range === null ? 'top' : 'bottom')],
    },
  };
}

function drawBoundary(
  plot: uPlot,
  boundaryEpoch: number | null,
  colour: string,
  wordAt: 'top' | 'bottom',
): void {
  if (boundaryEpoch === null) return;
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(boundaryEpoch, 'x', true));
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = 'right';
  ctx.textBaseline = wordAt;
  if (x - bbox.left > 60 * devicePixelRatio) {
    const margin = 3 * devicePixelRatio;
    const y = wordAt === 'top' ? bbox.top + margin : bbox.top + bbox.height - margin;
    ctx.fillText('unfreeze', x - margin, y);
  }
  ctx.restore();
}

/** A canvas needs the colour itself, which `light-dark()` only gives to a property. */
function resolveColour(host: HTMLElement, property: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${property})`;
  host.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
