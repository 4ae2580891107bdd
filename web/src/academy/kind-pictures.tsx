import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { lessonPictures, PICTURE_KINDS, PICTURE_SIDE } from '#academy';

const PIXELS = PICTURE_SIDE * PICTURE_SIDE;
/** Grey values either side of zero that are still told apart. */
const SPREAD = 2.2;

/** One made picture of each kind, as the network sees it. */
export function KindPictures({ seed }: { readonly seed: number }) {
  const { t } = useTranslation();
  return (
    <ul className="kind-pictures" aria-label={t('academy.sandbox.kinds')}>
      {PICTURE_KINDS.map((kind, place) => (
        <li key={kind} className="kind-picture">
          <Picture seed={seed} place={place} label={t(`academy.kind.${kind}`)} />
          <span aria-hidden="true">{t(`academy.kind.${kind}`)}</span>
        </li>
      ))}
    </ul>
  );
}

function Picture({ seed, place, label }: { readonly seed: number; readonly place: number; readonly label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const paint = canvas.current?.getContext('2d');
    if (!paint) return;
    const { values } = lessonPictures(PICTURE_KINDS.length, `academy/${seed}/shown`);
    const picture = paint.createImageData(PICTURE_SIDE, PICTURE_SIDE);
    for (let at = 0; at < PIXELS; at += 1) {
      const grey = 128 * (1 + (values[place * PIXELS + at] ?? 0) / SPREAD);
      picture.data.set([grey, grey, grey, 255], 4 * at);
    }
    paint.putImageData(picture, 0, 0);
  }, [seed, place]);
  return <canvas ref={canvas} width={PICTURE_SIDE} height={PICTURE_SIDE} role="img" aria-label={label} />;
}
