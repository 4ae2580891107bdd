/** Where something is in a picture: a disc. Any unit, the same for marks and truths. */
export interface Lesion {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** A place the model points at. */
export interface Mark {
  readonly x: number;
  readonly y: number;
  readonly score: number;
}

/** A picture: what is in it and what was marked. */
export interface MarkedPicture {
  readonly lesions: readonly Lesion[];
  readonly marks: readonly Mark[];
}

/** A point of a free-response curve. */
export interface FrocPoint {
  readonly threshold: number;
  readonly falsePositivesPerPicture: number;
  /** Share of the lesions with a mark inside. */
  readonly sensitivity: number;
}

/**
 * Free-response ROC (Bunch et al. 1977): by falling threshold, the share of lesions hit and the marks that hit nothing, for each
 * picture. Several marks inside one lesion are one hit and no false alarm. From (0, 0) on; empty without pictures or lesions.
 */
export function froc(pictures: readonly MarkedPicture[]): readonly FrocPoint[] {
  const lesions = pictures.reduce((sum, picture) => sum + picture.lesions.length, 0);
  if (pictures.length === 0 || lesions === 0) return [];
  const falls: { readonly score: number; readonly hit: boolean }[] = [];
  for (const { lesions: here, marks } of pictures) {
    for (const lesion of here) {
      const inside = marks.filter((mark) => isInside(mark, lesion)).map(({ score }) => score);
      if (inside.length > 0) falls.push({ score: Math.max(...inside), hit: true });
    }
    for (const mark of marks)
      if (!here.some((lesion) => isInside(mark, lesion))) falls.push({ score: mark.score, hit: false });
  }
  falls.sort((a, b) => b.score - a.score);
  const curve: FrocPoint[] = [{ threshold: Number.POSITIVE_INFINITY, falsePositivesPerPicture: 0, sensitivity: 0 }];
  let [hits, alarms] = [0, 0];
  falls.forEach(({ score, hit }, index) => {
    if (hit) hits += 1;
    else alarms += 1;
    if (falls[index + 1]?.score === score) return;
    curve.push({
      threshold: score,
      falsePositivesPerPicture: alarms / pictures.length,
      sensitivity: hits / lesions,
    });
  });
  return curve;
}

/** The highest sensitivity with at most so many false positives a picture; 0 of an empty curve. */
export function sensitivityAtFalsePositives(curve: readonly FrocPoint[], perPicture: number): number {
  return curve
    .filter(({ falsePositivesPerPicture }) => falsePositivesPerPicture <= perPicture)
    .reduce((best, { sensitivity }) => Math.max(best, sensitivity), 0);
}

/**
 * Pointing game (Zhang et al. 2018): the share of pictures with a lesion whose highest mark lies inside one. Null without any such
 * picture.
 */
export function pointingGame(
  pictures: readonly MarkedPicture[],
): { readonly share: number; readonly pictures: number } | null {
  const shown = pictures.filter(({ lesions }) => lesions.length > 0);
  if (shown.length === 0) return null;
  const right = shown.filter(({ lesions, marks }) => {
    const [first, ...rest] = marks;
    if (first === undefined) return false;
    const highest = rest.reduce((best, mark) => (mark.score > best.score ? mark : best), first);
    return lesions.some((lesion) => isInside(highest, lesion));
  });
  return { share: right.length / shown.length, pictures: shown.length };
}

function isInside({ x, y }: Mark, lesion: Lesion): boolean {
  return (x - lesion.x) ** 2 + (y - lesion.y) ** 2 <= lesion.radius ** 2;
}
