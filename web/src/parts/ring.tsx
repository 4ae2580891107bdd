import { useFormat } from '../i18n/use-format.ts';

const RADIUS = 42;
const LENGTH = 2 * Math.PI * RADIUS;

interface RingProps {
  /** From 0 to 1. */
  readonly share: number;
  readonly label: string;
  readonly isLarge?: boolean;
}

/** A share as a ring with its number inside and its name below. */
export function Ring({ share, label, isLarge = false }: RingProps) {
  const format = useFormat();
  return (
    <figure className="ring" data-large={isLarge ? '' : undefined}>
      <svg viewBox="0 0 100 100" aria-hidden="true">
        <circle className="ring-track" cx="50" cy="50" r={RADIUS} />
        <circle
          className="ring-share"
          cx="50"
          cy="50"
          r={RADIUS}
          strokeDasharray={`${share * LENGTH} ${LENGTH}`}
          transform="rotate(-90 50 50)"
        />
      </svg>
      <figcaption>
        <span className="ring-number">{format.percent(share)}</span>
        <span className="ring-label">{label}</span>
      </figcaption>
    </figure>
  );
}
