import { type PointerEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { devicePixels } from './device-pixels.ts';
import { drawFilm } from './draw-film.ts';
import type { FilmHead } from './film-head.ts';
import {
  cellPoint,
  type FilmPlace,
  type FilmView,
  filmPoint,
  lengthMm,
  type Point,
  placed,
  scaleBar,
} from './film-place.ts';
import type { FilmState } from './film-store.ts';
import { changedWindow, greyTable, type ReadWindow, type WindowChange } from './film-window.ts';
import { type HungCell, isFlipped } from './hanging.ts';
import { type CellPointers, useCellPointers } from './use-cell-pointers.ts';
import type { Tool } from './viewer-state.ts';

/** Things drawn over a film, in its own pixels. */
export interface FilmMarks {
  /** Places that the reader marked. */
  readonly own: readonly Point[];
  /** Places that the model points at, with the probability of each. */
  readonly findings: readonly (Point & { readonly probability: number })[];
  readonly map: { readonly picture: ImageData; readonly opacity: number } | null;
  readonly measured: readonly [from: Point, to: Point] | null;
  /** Where the keyboard points. */
  readonly cross: Point | null;
}

interface FilmCellProps {
  readonly cell: HungCell;
  readonly film: FilmState;
  readonly head: FilmHead | undefined;
  /** Whether headers are still on their way. */
  readonly isAwaited: boolean;
  /** The largest of the films that hang together, so that all are drawn on one scale. */
  readonly extentMm: { readonly width: number; readonly height: number } | null;
  readonly view: FilmView;
  readonly change: WindowChange;
  readonly preset: number | 'automatic';
  readonly inverted: boolean;
  readonly magnifier: boolean;
  readonly tool: Tool;
  readonly marks: FilmMarks;
  readonly isActive: boolean;
  readonly day: string;
  readonly onActive: () => void;
  readonly acts: Omit<CellPointers, 'place' | 'view' | 'change' | 'tool'> & {
    /** Where the film lies, for those who act by keyboard. */
    readonly onPlace: (place: FilmPlace) => void;
  };
}

const MAGNIFIER_PX = 220;
/** The small picture is grey already. */
const PLAIN: ReadWindow = { name: '', centre: 128, width: 256, shape: 'linear' };

/** One film, drawn in its full depth. */
export function FilmCell(props: FilmCellProps) {
  const { cell, film, head, extentMm, view, change, preset, inverted, magnifier, tool, marks, isActive, day, acts } =
    props;
  const { t } = useTranslation();
  const frame = useRef<HTMLElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const lens = useRef<HTMLCanvasElement>(null);
  const size = useSize(frame);
  const [pointer, setPointer] = useState<Point>();
  const { image } = cell;
  const pixels = film.kind === 'full' || film.kind === 'reduced' ? film.pixels : undefined;
  const flipped = isFlipped(cell, head?.rowsRunTo ?? '', pixels?.denseSide);
  const place = useMemo<FilmPlace | undefined>(() => {
    if (image === null || size === undefined) return undefined;
    const { width, height } = size;
    const spacing = head?.spacingMm?.horizontal;
    const fit =
      extentMm === null || spacing === undefined
        ? Math.min(width / image.columns, height / image.rows)
        : Math.min(width / extentMm.width, height / extentMm.height) * spacing;
    return { cell: size, film: image, fit, anchor: cell.anchor, flipped };
  }, [image, size, head, extentMm, cell.anchor, flipped]);

  const greys = useMemo(() => {
    if (pixels === undefined) return undefined;
    if (film.kind === 'reduced' || head === undefined) {
      return greyTable({ window: PLAIN, slope: 1, intercept: 0, signed: false, inverted });
    }
    const window = changedWindow(windowOf(head, pixels.span, preset), change, head.lowIsWhite);
    return greyTable({ ...head, window, inverted: inverted !== head.lowIsWhite });
  }, [film.kind, pixels, head, preset, change, inverted]);

  const signed = film.kind === 'full' && head?.signed === true;
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || place === undefined || pixels === undefined || greys === undefined) return;
    const { width, height } = place.cell;
    const picture = context.createImageData(width, height);
    drawFilm(new Uint32Array(picture.data.buffer), { levels: pixels.levels, greys, signed }, place, view);
    context.putImageData(picture, 0, 0);
    if (canvas.current !== null) canvas.current.dataset['film'] = film.kind;
  }, [film.kind, place, pixels, greys, signed, view]);

  useLayoutEffect(() => {
    const context = over.current?.getContext('2d');
    if (!context || place === undefined) return;
    context.clearRect(0, 0, place.cell.width, place.cell.height);
    drawMarks(context, place, view, marks);
  }, [place, view, marks]);

  const lensAt = magnifier
    ? (pointer ?? (marks.cross && place ? cellPoint(place, view, marks.cross) : undefined))
    : undefined;
  useLayoutEffect(() => {
    const context = lens.current?.getContext('2d');
    if (!context || lensAt === undefined || place === undefined || pixels === undefined || greys === undefined) return;
    const side = context.canvas.width;
    const scale = Math.max(2 * placed(place, view).scale, 2);
    const under = filmPoint(place, view, lensAt);
    const across = flipped ? place.film.columns - under.x : under.x;
    const closer: FilmPlace = { ...place, cell: { width: side, height: side }, fit: scale, anchor: 'centre' };
    const picture = context.createImageData(side, side);
    drawFilm(new Uint32Array(picture.data.buffer), { levels: pixels.levels, greys, signed }, closer, {
      zoom: 1,
      moveX: ((place.film.columns / 2 - across) * scale) / side,
      moveY: ((place.film.rows / 2 - under.y) * scale) / side,
    });
    context.putImageData(picture, 0, 0);
  }, [lensAt, place, pixels, greys, signed, view, flipped]);

  useEffect(() => {
    if (place !== undefined) acts.onPlace(place);
  }, [place, acts.onPlace]);

  const pointers = useCellPointers(frame, { ...acts, place, view, change, tool });
  const ratio = devicePixels();
  const follow = (event: PointerEvent) => {
    if (!magnifier) return;
    const box = event.currentTarget.getBoundingClientRect();
    setPointer({ x: (event.clientX - box.left) * ratio, y: (event.clientY - box.top) * ratio });
  };
  const bar = place === undefined ? undefined : barOf(place, view, head, ratio);
  // Without its header a film is never fetched in full.
  const isLost = head === undefined && !props.isAwaited;
  const label = `${cell.label || t('reading.film')}, ${day}${cell.isPrior ? `, ${t('reading.prior')}` : ''}`;
  return (
    <section
      ref={frame}
      className="film-cell"
      aria-label={label}
      data-active={isActive || undefined}
      data-tool={tool}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a film is looked at by keyboard (WCAG 2.1.1).
      tabIndex={0}
      onFocus={props.onActive}
      onPointerDown={(event) => {
        props.onActive();
        pointers.onPointerDown(event);
      }}
      onPointerMove={(event) => {
        follow(event);
        pointers.onPointerMove(event);
      }}
      onPointerUp={pointers.onPointerUp}
      onPointerCancel={pointers.onPointerUp}
      onPointerLeave={() => setPointer(undefined)}
      onContextMenu={(event) => event.preventDefault()}
    >
      <canvas ref={canvas} width={size?.width ?? 1} height={size?.height ?? 1} />
      <canvas ref={over} width={size?.width ?? 1} height={size?.height ?? 1} />
      <p className="film-label" data-side={cell.anchor === 'right' ? 'left' : 'right'}>
        <b>{cell.label}</b>
        <span>{day}</span>
        {cell.isPrior ? <span className="film-prior">{t('reading.prior')}</span> : null}
        {image !== null && image.frames > 1 ? (
          <span className="film-prior">{t('reading.first-frame', { n: image.frames })}</span>
        ) : null}
      </p>
      {image === null ? <p className="film-note">{t('reading.no-view')}</p> : null}
      {film.kind === 'failed' ? (
        <p className="film-note">{t(film.status === 406 ? 'reading.film-not-decoded' : 'reading.film-failed')}</p>
      ) : null}
      {film.kind === 'waiting' && image !== null ? (
        <p className="film-note">{t(isLost ? 'reading.film-failed' : 'loading')}</p>
      ) : null}
      {film.kind === 'reduced' ? (
        <p className="film-foot">{t(isLost ? 'reading.reduced-only' : 'reading.reduced')}</p>
      ) : null}
      {bar === undefined || film.kind !== 'full' ? null : (
        <p className="film-scale" data-side={cell.anchor === 'right' ? 'left' : 'right'}>
          <span style={{ width: bar.px }} aria-hidden="true" />
          {bar.words}
        </p>
      )}
      <MeasuredLength marks={marks} head={head} />
      {lensAt === undefined ? null : (
        <canvas
          ref={lens}
          className="film-lens"
          width={Math.round(MAGNIFIER_PX * ratio)}
          height={Math.round(MAGNIFIER_PX * ratio)}
          style={{ left: lensAt.x / ratio, top: lensAt.y / ratio }}
        />
      )}
    </section>
  );
}

function MeasuredLength({ marks, head }: { readonly marks: FilmMarks; readonly head: FilmHead | undefined }) {
  const { t } = useTranslation();
  if (marks.measured === null) return null;
  const [from, to] = marks.measured;
  const mm = lengthMm(from, to, head?.spacingMm ?? null);
  const pixels = Math.round(Math.hypot(to.x - from.x, to.y - from.y));
  return (
    <p className="film-length" role="status">
      {mm === null
        ? t('reading.length-px', { n: pixels })
        : head?.spacingMm?.atDetector === true
          ? t('reading.length-detector', { mm: mm.toFixed(1) })
          : t('reading.length-mm', { mm: mm.toFixed(1) })}
    </p>
  );
}

/** The window of a film: that of the file, or one made from its values where it has none or another was asked for. */
function windowOf(
  head: FilmHead,
  span: { readonly low: number; readonly high: number },
  preset: number | 'automatic',
): ReadWindow {
  const named = preset === 'automatic' ? undefined : (head.windows[preset] ?? head.windows[0]);
  if (named !== undefined) return named;
  const [low, high] = [span.low * head.slope + head.intercept, span.high * head.slope + head.intercept];
  return { name: '', centre: (low + high) / 2, width: Math.max(1, Math.abs(high - low)), shape: 'linear' };
}

function drawMarks(context: CanvasRenderingContext2D, place: FilmPlace, view: FilmView, marks: FilmMarks): void {
  const { scale, left, top } = placed(place, view);
  const ratio = devicePixels();
  if (marks.map !== null) {
    const { picture, opacity } = marks.map;
    const cells = new OffscreenCanvas(picture.width, picture.height);
    cells.getContext('2d')?.putImageData(picture, 0, 0);
    context.save();
    context.globalAlpha = opacity;
    context.imageSmoothingQuality = 'high';
    context.translate(left + (place.flipped ? place.film.columns * scale : 0), top);
    context.scale(place.flipped ? -1 : 1, 1);
    context.drawImage(cells, 0, 0, place.film.columns * scale, place.film.rows * scale);
    context.restore();
  }
  context.lineWidth = 2 * ratio;
  context.font = `${13 * ratio}px system-ui, sans-serif`;
  for (const finding of marks.findings) {
    const { x, y } = cellPoint(place, view, finding);
    context.strokeStyle = '#ffd666';
    context.beginPath();
    context.arc(x, y, 22 * ratio, 0, 2 * Math.PI);
    context.stroke();
    lettered(context, `${Math.round(100 * finding.probability)} %`, x + 26 * ratio, y + 4 * ratio, ratio);
  }
  context.strokeStyle = '#7fd0ff';
  for (const own of marks.own) {
    const { x, y } = cellPoint(place, view, own);
    crossAt(context, x, y, 10 * ratio);
  }
  if (marks.cross !== null) {
    const { x, y } = cellPoint(place, view, marks.cross);
    context.strokeStyle = 'rgb(255 255 255 / 0.85)';
    context.lineWidth = ratio;
    crossAt(context, x, y, 16 * ratio);
  }
  if (marks.measured === null) return;
  const [from, to] = marks.measured.map((point) => cellPoint(place, view, point));
  if (from === undefined || to === undefined) return;
  context.strokeStyle = '#9df29d';
  context.lineWidth = 2 * ratio;
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  context.stroke();
  for (const end of [from, to]) crossAt(context, end.x, end.y, 6 * ratio);
}

function crossAt(context: CanvasRenderingContext2D, x: number, y: number, arm: number): void {
  context.beginPath();
  context.moveTo(x - arm, y);
  context.lineTo(x + arm, y);
  context.moveTo(x, y - arm);
  context.lineTo(x, y + arm);
  context.stroke();
}

function lettered(context: CanvasRenderingContext2D, words: string, x: number, y: number, ratio: number): void {
  context.save();
  context.lineWidth = 3 * ratio;
  context.strokeStyle = '#000';
  context.fillStyle = '#ffd666';
  context.strokeText(words, x, y);
  context.fillText(words, x, y);
  context.restore();
}

function barOf(place: FilmPlace, view: FilmView, head: FilmHead | undefined, ratio: number) {
  const spacing = head?.spacingMm;
  if (spacing === undefined || spacing === null) return undefined;
  const { mm, px } = scaleBar(spacing.horizontal / placed(place, view).scale, 110 * ratio);
  return { px: px / ratio, words: mm >= 10 ? `${mm / 10} cm` : `${mm} mm` };
}

/** Width and height of an element in points of the device. */
function useSize(element: { readonly current: HTMLElement | null }) {
  const [size, setSize] = useState<{ readonly width: number; readonly height: number }>();
  useLayoutEffect(() => {
    const watched = element.current;
    if (watched === null) return undefined;
    const measure = () => {
      const ratio = devicePixels();
      const [width, height] = [Math.round(watched.clientWidth * ratio), Math.round(watched.clientHeight * ratio)];
      if (width > 0 && height > 0) {
        setSize((known) => (known?.width === width && known.height === height ? known : { width, height }));
      }
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(watched);
    return () => observer.disconnect();
  }, [element]);
  return size;
}
