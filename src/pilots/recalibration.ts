import { calibrationSlope, expectedOverObserved, type FollowUp, logitOf } from '#evaluation';

/** How raw risks become those of a site: logit′ = slope · logit + year's intercept + site's shift; never falling. */
export interface RiskCalibration {
  readonly slope: number;
  /** For 1, 2, … years. */
  readonly intercepts: readonly number[];
  /** By the site's name; a site that is not among them has none. */
  readonly shifts: Readonly<Record<string, number>>;
}

/** What a site counts for its own shift: events expected by the common calibration, and observed. */
export interface SiteCount {
  readonly siteId: string;
  readonly expected: number;
  readonly observed: number;
}

/** How far sites are believed to lie apart, as a standard deviation of the logarithm of their rates. */
const SITES_APART = 0.2;

/** Risks of 1, 2, … years after recalibration. */
export function recalibrated(
  risks: ArrayLike<number>,
  calibration: RiskCalibration,
  siteId?: string,
): readonly number[] {
  const isKnown = siteId !== undefined && Object.hasOwn(calibration.shifts, siteId);
  const shift = isKnown ? (calibration.shifts[siteId] ?? 0) : 0;
  let highest = 0;
  return Array.from(risks, (risk, year) => {
    const logit = calibration.slope * logitOf(risk) + (calibration.intercepts[year] ?? 0) + shift;
    highest = Math.max(highest, 1 / (1 + Math.exp(-logit)));
    return highest;
  });
}

/**
 * Slope by the fit at the last year, one intercept a year so that as many are expected as observed (Kaplan–Meier); shifts of sites
 * still none. The sums behind both can be added up over sites (`logisticSums`).
 * @param slopeOf whose answers the model did not learn from
 * @param interceptOf may hold those it learned from too: learning leaves the mean right
 */
export function commonCalibration(
  slopeOf: { readonly risks: readonly ArrayLike<number>[]; readonly followUp: FollowUp },
  interceptOf: { readonly risks: readonly ArrayLike<number>[]; readonly followUp: FollowUp },
): RiskCalibration {
  const years = slopeOf.risks[0]?.length ?? 0;
  const last = slopeOf.risks.map((risks) => risks[years - 1] ?? 0);
  const slope = calibrationSlope(last, slopeOf.followUp, { atYears: years })?.slope ?? 1;
  const intercepts = Array.from({ length: years }, (_, year) => {
    const logits = interceptOf.risks.map((risks) => slope * logitOf(risks[year] ?? 0));
    return interceptFor(logits, interceptOf.followUp, year + 1);
  });
  return { slope, intercepts, shifts: {} };
}

/**
 * Each site's own shift, drawn towards none by how few events it has seen (the mode under a normal prior of standard deviation
 * 0.2 on the logarithm of its rate). Only its two counts are needed, and only there.
 */
export function withSiteShifts(calibration: RiskCalibration, counts: readonly SiteCount[]): RiskCalibration {
  const shifts = counts.map(({ siteId, expected, observed }) => {
    let shift = 0;
    // Newton on observed·s − expected·e^s − s²/(2σ²), which is concave.
    for (let step = 0; step < 50; step += 1) {
      const gradient = observed - expected * Math.exp(shift) - shift / SITES_APART ** 2;
      shift += gradient / (expected * Math.exp(shift) + 1 / SITES_APART ** 2);
    }
    return [siteId, shift] as const;
  });
  return { ...calibration, shifts: Object.fromEntries(shifts) };
}

/** By halving: more intercept, more expected. */
function interceptFor(logits: readonly number[], followUp: FollowUp, atYears: number): number {
  let [low, high] = [-10, 10];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    const risks = logits.map((logit) => 1 / (1 + Math.exp(-(logit + middle))));
    const { expected, observed } = expectedOverObserved(risks, followUp, { atYears });
    if (expected < observed) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
