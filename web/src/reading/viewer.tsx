import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { useTranslation } from 'react-i18next';
import type { OpenedStudy, Opinion } from '#wire';
import { FilmCell, type FilmMarks } from './film-cell.tsx';
import type { FilmHead } from './film-head.ts';
import { cellPoint, type FilmPlace, filmPoint, moved, type Point, zoomed } from './film-place.ts';
import { FilmStore } from './film-store.ts';
import { allImages, type Hanging, hangingOf, type Layout, layoutsOf } from './hanging.ts';
import { mapPicture } from './map-colours.ts';
import { middleOf } from './use-cell-pointers.ts';
import { useReadDay } from './use-read-day.ts';
import { actOfKey, type ViewerAct } from './viewer-keys.ts';
import { changeOf, firstState, resetView, type ViewerState, viewOf, withChange, withView } from './viewer-state.ts';
import { ViewerTools } from './viewer-tools.tsx';

/** A place in an image. */
export type MarkedPlace = Point & { readonly sopInstanceUid: string };

interface ViewerProps {
  readonly study: OpenedStudy;
  readonly heads: ReadonlyMap<string, FilmHead>;
  /** Whether more of them are on their way. */
  readonly isAwaited: boolean;
  readonly places: readonly MarkedPlace[];
  /** Undefined: places are not marked any more. */
  readonly onPlaces: ((places: readonly MarkedPlace[]) => void) | undefined;
  /** What is shown over the films; undefined while the reader has not asked for it. */
  readonly opinion: Opinion | undefined;
  /** 0 to 1. */
  readonly opacity: number;
  readonly onOpinion: () => void;
  readonly onOwnRead: () => void;
  readonly onNextStudy: () => void;
  readonly onHelp: () => void;
  readonly panel: ReactNode;
}

/** A mark nearer than this many pixels of the film to a click is meant by it, and goes. */
const SAME_MARK_PX = 40;
/** A press of a key. */
const STEP = { move: 0.06, zoom: 1.25, shift: 0.05, stretch: 1.1, crossPx: 12 } as const;

/** The films of a study, hung for reading. */
export function Viewer(props: ViewerProps) {
  const { study, heads, places, onPlaces, opinion, opacity, panel } = props;
  const { t } = useTranslation();
  const day = useReadDay();
  const root = useRef<HTMLDivElement>(null);
  const layouts = useMemo(() => layoutsOf(study), [study]);
  const store = useFilmStore();
  const version = useSyncExternalStore(store.subscribe, store.version);
  const [state, setState] = useState<ViewerState>(() => firstState(roomyLayout(layouts), ''));
  const [alone, setAlone] = useState(study.images[0]?.sopInstanceUid);
  const [cross, setCross] = useState<MarkedPlace>();
  const [measured, setMeasured] = useState<{
    readonly sopInstanceUid: string;
    readonly line: readonly [Point, Point];
  }>();
  const [measureFrom, setMeasureFrom] = useState<MarkedPlace>();
  const spots = useRef(new Map<string, FilmPlace>());
  const hanging = useMemo(() => hangingOf(study, state.layout, alone), [study, state.layout, alone]);
  const cellIds = useMemo(() => hanging.cells.map(({ cellId }) => cellId), [hanging]);
  const active = hanging.cells.find(({ cellId }) => cellId === state.active) ?? hanging.cells[0];
  const activeId = active?.cellId ?? '';

  useEffect(() => {
    for (const { image } of hanging.cells) if (image !== null) store.want(image, heads.get(image.sopInstanceUid));
  }, [hanging, heads, store]);

  // Keys act on the films right away, also when the one that had the focus hangs no more.
  useEffect(() => {
    if (hanging.cells.length === 0) return undefined;
    const later = requestAnimationFrame(() => {
      const { activeElement } = document;
      const isLost = activeElement === null || activeElement === document.body || activeElement.id === 'main';
      if (isLost) root.current?.querySelector<HTMLElement>('.film-cell')?.focus({ preventScroll: true });
    });
    return () => cancelAnimationFrame(later);
  }, [hanging]);

  const extentMm = useMemo(() => extentOf(hanging, heads), [hanging, heads]);
  const mapOf = useMemo(() => mapsOf(opinion), [opinion]);

  const acts: Readonly<Record<ViewerAct, () => void>> = {
    'layout-all': () => hang('all'),
    'layout-priors': () => hang('priors'),
    'layout-first': () => hang('first'),
    'layout-second': () => hang('second'),
    'layout-single': () => hang('single'),
    window: () => setState({ ...state, tool: 'window' }),
    pan: () => setState({ ...state, tool: 'pan' }),
    'zoom-tool': () => setState({ ...state, tool: 'zoom' }),
    measure: () => measureAtCross(),
    mark: () => markAtCross(),
    brighter: () => changeWindow(-STEP.shift, 1),
    darker: () => changeWindow(STEP.shift, 1),
    softer: () => changeWindow(0, STEP.stretch),
    harder: () => changeWindow(0, 1 / STEP.stretch),
    nearer: () => zoomBy(STEP.zoom),
    farther: () => zoomBy(1 / STEP.zoom),
    left: () => moveBy(STEP.move, 0),
    right: () => moveBy(-STEP.move, 0),
    up: () => moveBy(0, STEP.move),
    down: () => moveBy(0, -STEP.move),
    'cross-left': () => moveCross(-1, 0),
    'cross-right': () => moveCross(1, 0),
    'cross-up': () => moveCross(0, -1),
    'cross-down': () => moveCross(0, 1),
    preset: () => setState({ ...state, preset: nextPreset(), changes: {} }),
    invert: () => setState({ ...state, inverted: !state.inverted }),
    magnifier: () => setState({ ...state, magnifier: !state.magnifier }),
    link: () => setState({ ...state, linked: !state.linked }),
    reset: () => {
      setState(resetView(state));
      setMeasured(undefined);
      setMeasureFrom(undefined);
      setCross(undefined);
    },
    'full-screen': () => void toggleFullScreen(root.current),
    'next-film': () => nextFilm(),
    opinion: props.onOpinion,
    'own-read': props.onOwnRead,
    'next-study': props.onNextStudy,
    help: props.onHelp,
    close: () => {
      setCross(undefined);
      setMeasured(undefined);
      setMeasureFrom(undefined);
      setState({ ...state, magnifier: false });
    },
  };

  function hang(layout: Layout) {
    if (!layouts.includes(layout)) return;
    if (layout === 'single' && active?.image) setAlone(active.image.sopInstanceUid);
    setState({ ...state, layout, views: {} });
  }

  function changeWindow(shift: number, stretch: number) {
    const change = changeOf(state, activeId);
    setState(withChange(state, cellIds, activeId, { shift: change.shift + shift, stretch: change.stretch * stretch }));
  }

  function zoomBy(factor: number) {
    const place = spots.current.get(activeId);
    if (place === undefined) return;
    const view = viewOf(state, activeId);
    const at =
      cross?.sopInstanceUid === active?.image?.sopInstanceUid && cross
        ? cellPoint(place, view, cross)
        : middleOf(place);
    setState(withView(state, cellIds, activeId, zoomed(place, view, factor, at)));
  }

  function moveBy(x: number, y: number) {
    const place = spots.current.get(activeId);
    if (place === undefined) return;
    const by = { x: x * place.cell.width, y: y * place.cell.height };
    setState(withView(state, cellIds, activeId, moved(place, viewOf(state, activeId), by)));
  }

  /** The place that the keyboard points at: the middle of the cell until it is moved. */
  function crossNow(): MarkedPlace | undefined {
    const place = spots.current.get(activeId);
    if (place === undefined || active?.image == null) return undefined;
    const { sopInstanceUid } = active.image;
    if (cross?.sopInstanceUid === sopInstanceUid) return cross;
    return { sopInstanceUid, ...inside(filmPoint(place, viewOf(state, activeId), middleOf(place)), place) };
  }

  function moveCross(x: number, y: number) {
    const place = spots.current.get(activeId);
    const from = crossNow();
    if (place === undefined || from === undefined) return;
    const view = viewOf(state, activeId);
    const at = cellPoint(place, view, from);
    const to = filmPoint(place, view, { x: at.x + x * STEP.crossPx, y: at.y + y * STEP.crossPx });
    const next = { sopInstanceUid: from.sopInstanceUid, ...inside(to, place) };
    setCross(next);
    if (measureFrom?.sopInstanceUid === next.sopInstanceUid)
      setMeasured({ sopInstanceUid: next.sopInstanceUid, line: [measureFrom, next] });
  }

  function measureAtCross() {
    const at = crossNow();
    if (at === undefined) return;
    setState({ ...state, tool: 'measure' });
    setCross(at);
    // A length begun on another film is not ended on this one.
    const from = measureFrom?.sopInstanceUid === at.sopInstanceUid ? measureFrom : undefined;
    setMeasured(from && { sopInstanceUid: at.sopInstanceUid, line: [from, at] });
    setMeasureFrom(from === undefined ? at : undefined);
  }

  function markAtCross() {
    const at = crossNow();
    if (at === undefined) return;
    if (state.tool !== 'mark' || cross === undefined) {
      setState({ ...state, tool: 'mark' });
      setCross(at);
      return;
    }
    toggleMark(at);
  }

  function toggleMark(at: MarkedPlace) {
    // What is marked is of this study: the node takes no place of an earlier one.
    if (onPlaces === undefined || !study.images.some(({ sopInstanceUid }) => sopInstanceUid === at.sopInstanceUid))
      return;
    const near = places.filter(
      (one) => one.sopInstanceUid === at.sopInstanceUid && Math.hypot(one.x - at.x, one.y - at.y) < SAME_MARK_PX,
    );
    onPlaces(near.length > 0 ? places.filter((one) => !near.includes(one)) : [...places, at].slice(-20));
  }

  function nextFilm() {
    const images = allImages(study);
    const at = images.findIndex(({ sopInstanceUid }) => sopInstanceUid === active?.image?.sopInstanceUid);
    const next = images[(at + 1) % images.length];
    if (next !== undefined) setAlone(next.sopInstanceUid);
    setState({ ...state, layout: 'single', views: {} });
  }

  function nextPreset(): number | 'automatic' {
    const head = active?.image ? heads.get(active.image.sopInstanceUid) : undefined;
    const count = head?.windows.length ?? 0;
    if (state.preset === 'automatic') return 0;
    return state.preset + 1 < count ? state.preset + 1 : 'automatic';
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLElement && event.target.closest('input, select, textarea, [role="slider"]')) return;
    const act = actOfKey(event);
    if (act === undefined) return;
    // Arrows and the like scroll what is beside the films as everywhere.
    const isInPanel = event.target instanceof Element && event.target.closest('.reader-panel') !== null;
    if (isInPanel && !/^(Key|Digit|Escape)/.test(event.code)) return;
    event.preventDefault();
    acts[act]();
  };

  const activeHead = active?.image ? heads.get(active.image.sopInstanceUid) : undefined;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys act while the focus is on anything inside (WCAG 2.1.4).
    <div ref={root} className="reader" onKeyDown={onKeyDown} data-version={version}>
      <ViewerTools
        state={state}
        layouts={layouts}
        task={study.task}
        windows={activeHead?.windows ?? []}
        canMark={onPlaces !== undefined}
        onState={setState}
        onAct={(act) => acts[act]()}
      />
      <div className="reader-body">
        <div
          className="film-grid"
          style={{ gridTemplateColumns: `repeat(${hanging.columns}, minmax(0, 1fr))` }}
          data-count={hanging.cells.length}
        >
          {hanging.cells.map((cell) => {
            const uid = cell.image?.sopInstanceUid ?? '';
            const marks: FilmMarks = {
              own: places.filter(({ sopInstanceUid }) => sopInstanceUid === uid),
              findings: mapOf.get(uid)?.findings ?? [],
              map:
                mapOf.get(uid)?.picture === undefined
                  ? null
                  : { picture: mapOf.get(uid)?.picture as ImageData, opacity },
              measured: measured?.sopInstanceUid === uid ? measured.line : null,
              cross: cross?.sopInstanceUid === uid ? cross : null,
            };
            return (
              <HungFilm
                key={cell.cellId}
                {...{ cell, marks, state, extentMm, cellIds }}
                film={store.state(uid)}
                head={heads.get(uid)}
                isAwaited={props.isAwaited}
                isActive={cell.cellId === activeId}
                day={day(cell.date)}
                onState={setState}
                onSpot={(place) => spots.current.set(cell.cellId, place)}
                onMeasure={(from, to) => setMeasured({ sopInstanceUid: uid, line: [from, to] })}
                onMark={(at) => {
                  const { image } = cell;
                  const isOnFilm =
                    image !== null && at.x >= 0 && at.y >= 0 && at.x <= image.columns && at.y <= image.rows;
                  if (isOnFilm) toggleMark({ sopInstanceUid: uid, ...at });
                }}
              />
            );
          })}
        </div>
        {panel}
      </div>
      <p className="reader-research">{t('reading.research-only')}</p>
    </div>
  );
}

interface HungFilmProps {
  readonly cell: Hanging['cells'][number];
  readonly film: ReturnType<FilmStore['state']>;
  readonly head: FilmHead | undefined;
  readonly isAwaited: boolean;
  readonly extentMm: { readonly width: number; readonly height: number } | null;
  readonly state: ViewerState;
  readonly cellIds: readonly string[];
  readonly marks: FilmMarks;
  readonly isActive: boolean;
  readonly day: string;
  readonly onState: (change: (state: ViewerState) => ViewerState) => void;
  readonly onSpot: (place: FilmPlace) => void;
  readonly onMeasure: (from: Point, to: Point) => void;
  readonly onMark: (at: Point) => void;
}

function HungFilm({ cell, state, cellIds, onState, onSpot, onMeasure, onMark, ...rest }: HungFilmProps) {
  const { cellId } = cell;
  // What a drag does to the state is told as a change of it: several come between two drawings.
  const spot = useRef(onSpot);
  spot.current = onSpot;
  const onPlace = useCallback((place: FilmPlace) => spot.current(place), []);
  return (
    <FilmCell
      {...rest}
      cell={cell}
      view={viewOf(state, cellId)}
      change={changeOf(state, cellId)}
      preset={state.preset}
      inverted={state.inverted}
      magnifier={state.magnifier}
      tool={state.tool}
      onActive={() => onState((known) => (known.active === cellId ? known : { ...known, active: cellId }))}
      acts={{
        onPlace,
        onView: (view) => onState((known) => withView(known, cellIds, cellId, view)),
        onChange: (change) => onState((known) => withChange(known, cellIds, cellId, change)),
        onMeasure,
        onMark,
      }}
    />
  );
}

/** A store that lives as long as the page. */
function useFilmStore(): FilmStore {
  const [store, setStore] = useState(() => new FilmStore());
  useEffect(() => {
    if (store.isClosed) setStore(new FilmStore());
    return () => store.close();
  }, [store]);
  return store;
}

/** Priors beside where there is room for them. */
function roomyLayout(layouts: readonly Layout[]): Layout {
  const width = window.innerWidth;
  if (width < 700) return 'single';
  return width >= 1200 && layouts.includes('priors') ? 'priors' : 'all';
}

function extentOf({ cells }: Hanging, heads: ReadonlyMap<string, FilmHead>) {
  let [width, height] = [0, 0];
  for (const { image } of cells) {
    if (image === null) continue;
    const spacing = heads.get(image.sopInstanceUid)?.spacingMm;
    if (spacing === undefined || spacing === null) return null;
    width = Math.max(width, image.columns * spacing.horizontal);
    height = Math.max(height, image.rows * spacing.horizontal);
  }
  return width === 0 ? null : { width, height };
}

function mapsOf(opinion: Opinion | undefined) {
  return new Map(
    (opinion?.images ?? []).map(({ sopInstanceUid, findings, map }) => [
      sopInstanceUid,
      {
        findings: findings.map(({ column, row, probability }) => ({ x: column, y: row, probability })),
        picture: map === null ? undefined : mapPicture(map),
      },
    ]),
  );
}

function inside({ x, y }: Point, { film }: FilmPlace): Point {
  return { x: Math.min(film.columns, Math.max(0, x)), y: Math.min(film.rows, Math.max(0, y)) };
}

async function toggleFullScreen(element: HTMLElement | null): Promise<void> {
  // A browser may refuse, and the films stay as they are.
  await (document.fullscreenElement === null ? element?.requestFullscreen() : document.exitFullscreen())?.catch(
    () => {},
  );
}
