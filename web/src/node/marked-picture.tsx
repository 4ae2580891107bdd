import { type PointerEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MarkedBox } from '#wire';
import { boxBetween, movedBox, type PictureSize } from './box-moves.ts';

type Point = readonly [x: number, y: number];

interface MarkedPictureProps {
  readonly address: string;
  readonly size: PictureSize;
  readonly frame: number;
  readonly boxes: readonly MarkedBox[];
  readonly onChange: (boxes: readonly MarkedBox[]) => void;
}

/** A picture with the places that are to be blacked out: drawn with the pointer, moved and resized with the arrows. */
export function MarkedPicture({ address, size, frame, boxes, onChange }: MarkedPictureProps) {
  const { t } = useTranslation();
  const drawing = useRef<SVGSVGElement>(null);
  const [from, setFrom] = useState<Point>();
  const [to, setTo] = useState<Point>();
  const pointOf = ({ clientX, clientY }: PointerEvent): Point => {
    const inverse = drawing.current?.getScreenCTM()?.inverse();
    const point = new DOMPoint(clientX, clientY).matrixTransform(inverse);
    return [point.x, point.y];
  };
  const end = () => {
    if (from !== undefined && to !== undefined) onChange([...boxes, boxBetween(frame, [from, to], size)]);
    setFrom(undefined);
    setTo(undefined);
  };
  const drawn = from === undefined || to === undefined ? undefined : boxBetween(frame, [from, to], size);
  return (
    <svg
      ref={drawing}
      className="marked-picture"
      viewBox={`0 0 ${size.columns} ${size.rows}`}
      onPointerDown={(event) => {
        if (event.target instanceof SVGRectElement) return;
        // The pointer may leave the picture while it draws.
        event.currentTarget.setPointerCapture(event.pointerId);
        setFrom(pointOf(event));
      }}
      onPointerMove={(event) => (from === undefined ? undefined : setTo(pointOf(event)))}
      onPointerUp={end}
      onPointerCancel={end}
    >
      <title>{t('quarantine.picture')}</title>
      <image href={address} width={size.columns} height={size.rows} />
      {boxes.map((box, index) =>
        box.frame !== frame ? null : (
          // biome-ignore lint/a11y/useSemanticElements: SVG has no element for a button.
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a box keeps its place in the list while it is moved.
            key={index}
            className="marked-box"
            x={box.x}
            y={box.y}
            width={box.width}
            height={box.height}
            tabIndex={0}
            role="button"
            aria-keyshortcuts="ArrowLeft ArrowRight ArrowUp ArrowDown Delete"
            aria-label={t('quarantine.box', { number: index + 1, ...box })}
            onKeyDown={(event) => {
              const moved = movedBox(box, event, size);
              if (moved !== undefined) onChange(boxes.with(index, moved));
              else if (event.key === 'Delete' || event.key === 'Backspace') onChange(boxes.toSpliced(index, 1));
              else return;
              event.preventDefault();
            }}
          />
        ),
      )}
      {drawn === undefined ? null : <rect className="marked-box" {...withoutFrame(drawn)} />}
    </svg>
  );
}

function withoutFrame({ x, y, width, height }: MarkedBox) {
  return { x, y, width, height };
}
