import type { SeededRandom } from '#base';
import type { BreastPoint } from './breast-shape.ts';

/** What a lesion looks like. */
export type LesionKind = 'spiculated-mass' | 'calcification-cluster' | 'asymmetry';

/** Where in which breast a lesion sits and what it looks like, whatever its size. */
export interface BreastLesionSite {
  readonly breast: 'L' | 'R';
  readonly kind: LesionKind;
  readonly place: BreastPoint;
  /** Names its irregularities. */
  readonly form: number;
}

/** A place in the glandular part of a breast, most often in its upper outer quadrant. */
export function lesionSite(random: SeededRandom): BreastLesionSite {
  const kind = random.uniform();
  const outer = random.uniform() < 0.65 ? 1 : -1;
  const upper = random.uniform() < 0.65 ? 1 : -1;
  return {
    breast: random.uniform() < 0.5 ? 'L' : 'R',
    kind: kind < 0.6 ? 'spiculated-mass' : kind < 0.8 ? 'calcification-cluster' : 'asymmetry',
    place: {
      depth: random.between(0.3, 0.72),
      outer: outer * random.between(0.05, 0.5),
      upper: upper * random.between(0.05, 0.45),
    },
    form: random.uint32(),
  };
}
