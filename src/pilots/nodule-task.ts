import { type Film, plainFrame, seenFilm } from '#films';
import { type HostFilm, hostFilm } from './insert-nodule.ts';
import { type NoduleStream, noduleExamples } from './nodule-samples.ts';

/** Sizes and contrasts of the nodules that a task puts into films; its contract is how films are prepared. */
export type NoduleSettings = Omit<NoduleStream, 'seed' | 'shadows'>;

/** Grey steps of a prepared film: those of a detector of twelve bits. */
const WHITE = 4095;

/**
 * A film at the size the network sees it, ready to receive nodules: a hundred kilobytes in place of ten million bytes. Undefined
 * where no lungs are found, as {@link hostFilm}.
 * @throws UnicaError `pilots.film-unusable`
 */
export function preparedHost(film: Film, { contract }: NoduleSettings): HostFilm | undefined {
  const { values, rows, columns, scale } = seenFilm(film, contract);
  const { mean, stdDev } = contract.standardise;
  const spacing = film.frame.pixelSpacingMm;
  const small: Film = {
    header: {},
    frame: plainFrame(
      {
        rows,
        columns,
        values: Uint16Array.from(values, (value) => Math.round(WHITE * (value * stdDev + mean))),
        bitsStored: 12,
      },
      { pixelSpacingMm: spacing && [spacing[0] * scale, spacing[1] * scale] },
    ),
  };
  return hostFilm(small);
}

/**
 * One example of the film for the nodule network: with nodules in half of the cases, else with a control or as it is. Equal seeds
 * give equal examples.
 */
export function noduleSample(
  host: HostFilm,
  settings: NoduleSettings,
  seed: string,
): {
  readonly inputs: Readonly<Record<string, Float32Array>>;
  readonly targets: Readonly<Record<string, Float32Array>>;
  readonly label: 0 | 1;
} {
  const { inputs, targets } = noduleExamples([host], { ...settings, seed }, { first: 0, count: 1 });
  return { inputs, targets, label: targets['label']?.[0] === 1 ? 1 : 0 };
}

/** Words that say that nothing was found. */
const NORMAL: ReadonlySet<string> = new Set(['no finding', 'normal', 'none']);

/** Whether a film may receive nodules: nothing else was found on it. */
export function isNormalFilm(findings: readonly string[]): boolean {
  return findings.every((finding) => NORMAL.has(finding.trim().toLowerCase()));
}
