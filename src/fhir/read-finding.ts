/** A label of a clinical table, understood. */
export type ReadFinding =
  /** Assessment by BI-RADS: 0 to 6, 4A to 4C. */
  | { readonly kind: 'bi-rads'; readonly category: string }
  /** Breast density by ACR: a to d. */
  | { readonly kind: 'density'; readonly category: 'a' | 'b' | 'c' | 'd' }
  /** Anything else, in the table's words. */
  | { readonly kind: 'finding'; readonly label: string };

const BI_RADS = /^(?:acr\s*)?bi-?\s?rads?(?:\s*(?:assessment|category|cat\.?))?\s*[:=]?\s*(0|1|2|3|4\s?[abc]?|5|6)$/i;
const DENSITY =
  /^(?:(?:breast\s*)?(?:density|composition)|acr(?:\s*density)?|bi-?rads\s*density)\s*[:=]?\s*([a-d]|[1-4])$/i;

/** Reads a label such as "BI-RADS 4A", "birads: 2", "density c", "ACR 3" (1 to 4 are a to d). */
export function readFinding(label: string): ReadFinding {
  const text = label.trim();
  const category = BI_RADS.exec(text)?.[1];
  if (category !== undefined) return { kind: 'bi-rads', category: category.replace(/\s/g, '').toUpperCase() };
  const density = DENSITY.exec(text)?.[1]?.toLowerCase();
  const letter = DENSITIES.find((one, index) => one === density || String(index + 1) === density);
  return letter === undefined ? { kind: 'finding', label: text } : { kind: 'density', category: letter };
}

const DENSITIES = ['a', 'b', 'c', 'd'] as const;
