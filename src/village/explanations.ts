import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '#base';
import { explain, type LabelledImages, type ModelSpec, onProbabilityScale, predict } from '#engine';
import { explanationPictures } from './overlay-picture.ts';

/** One held-out film with the model's opinion and its reason. */
export interface Explanation {
  readonly caption: string;
  readonly probability: number;
  /** 0 or 1. */
  readonly truth: number;
  /** The film as the network sees it, PNG. */
  readonly image: Uint8Array;
  readonly imageSha256: string;
  /** The same under its Grad-CAM map, PNG. */
  readonly overlay: Uint8Array;
  readonly overlaySha256: string;
  /** Where the overlay was written. */
  readonly overlayPath: string;
}

/** How many films are explained. */
const EXPLAINED = 4;

/**
 * Grad-CAM overlays (Selvaraju 2017) of held-out films with the finding: the ones the model is surest of and the one it
 * misses most, so that its failure is shown as well. Written below the folder.
 */
export async function explainPositives(options: {
  readonly model: ModelSpec;
  readonly parameters: Float32Array;
  readonly films: LabelledImages;
  readonly folder: string;
}): Promise<readonly Explanation[]> {
  const { model, parameters, films } = options;
  const folder = join(options.folder, 'explanations');
  await mkdir(folder, { recursive: true });
  const length = films.images.length / films.count;
  const scores = await predict(model, parameters, { image: films.images }, films.count);
  const positives = Array.from(films.labels.keys())
    .filter((index) => films.labels[index] === 1)
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const chosen = [...new Set([...positives.slice(0, EXPLAINED - 1), ...positives.slice(-1)])];
  const explanations: Explanation[] = [];
  for (const [number, index] of chosen.entries()) {
    const film = films.images.slice(index * length, (index + 1) * length);
    const explanation = await explain(model, parameters, { image: film });
    const { width, probability } = explanation;
    // Back from the standardised values of the preprocessing contract.
    const grey = film.map((value) => value / 2 + 0.5);
    const { image, overlay } = explanationPictures({ grey, map: onProbabilityScale(explanation), size: width });
    const overlayPath = join(folder, `held-out-${number + 1}-overlay.png`);
    await writeFile(join(folder, `held-out-${number + 1}.png`), image);
    await writeFile(overlayPath, overlay);
    explanations.push({
      caption: `Held-out film ${number + 1}, with the finding${probability < 0.5 ? ', missed by the model' : ''}`,
      probability,
      truth: 1,
      image,
      imageSha256: sha256Hex(image),
      overlay,
      overlaySha256: sha256Hex(overlay),
      overlayPath,
    });
  }
  return explanations;
}
