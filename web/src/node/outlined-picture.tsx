import type { PixelMaskView } from '#wire';
import type { PictureSize } from './box-moves.ts';

interface OutlinedPictureProps {
  readonly address: string;
  /** Says what is seen. */
  readonly title: string;
  readonly size: PictureSize;
  readonly frame: number;
  readonly masks: readonly PixelMaskView[];
  /** Told once the picture is there, or that it cannot be shown. */
  readonly onSettled?: ((address: string, isShown: boolean) => void) | undefined;
}

/** A picture with the edges of what is blacked out in it. */
export function OutlinedPicture({ address, title, size, frame, masks, onSettled }: OutlinedPictureProps) {
  return (
    <svg
      className="outlined-picture"
      viewBox={`0 0 ${size.columns} ${size.rows}`}
      style={{ aspectRatio: `${size.columns} / ${size.rows}` }}
      role="img"
      aria-label={title}
    >
      <image
        href={address}
        width={size.columns}
        height={size.rows}
        onLoad={() => onSettled?.(address, true)}
        onError={() => onSettled?.(address, false)}
      />
      {masks
        .filter((mask) => mask.frame === frame)
        .map(({ x, y, width, height, reason }) => (
          <rect key={`${x}/${y}/${width}/${height}/${reason}`} className="mask-outline" {...{ x, y, width, height }} />
        ))}
    </svg>
  );
}
