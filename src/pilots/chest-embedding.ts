import { type Network, type NoduleSpec, networkOf } from '#engine';

/** Under which the last feature map is told. */
const FEATURE_MAP = 'featureMap';

/** The network of a nodule model with its last feature map among what it answers; nothing else of it is another. */
export function embeddingNetwork(spec: NoduleSpec): Network {
  const network = networkOf(spec);
  const { explained, outputs } = network;
  return explained === undefined
    ? network
    : { ...network, outputs: [...outputs, { name: FEATURE_MAP, value: explained.featureMap }] };
}

/**
 * What a nodule model makes of a film just before its answer: the channels of its last feature map, at the places by which it
 * answers (each cell as much as the log-sum-exp lets it count) and over the whole film. Undefined where the network does not tell.
 * @param answers `map` [cell], probabilities, and `featureMap` [channel, cell]
 */
export function chestEmbedding(answers: Readonly<Record<string, Float32Array | undefined>>): Float32Array | undefined {
  const { map, [FEATURE_MAP]: features } = answers;
  if (map === undefined || features === undefined || map.length === 0) return undefined;
  const cells = map.length;
  const channels = features.length / cells;
  // Odds are the exponentials of logits, by which a log-sum-exp weighs.
  const odds = Float64Array.from(map, (share) => share / Math.max(1e-7, 1 - share));
  const all = odds.reduce((sum, one) => sum + one, 0) || 1;
  const embedding = new Float32Array(2 * channels);
  for (let channel = 0; channel < channels; channel += 1) {
    let [there, everywhere] = [0, 0];
    for (let cell = 0; cell < cells; cell += 1) {
      const value = features[channel * cells + cell] ?? 0;
      there += (value * (odds[cell] ?? 0)) / all;
      everywhere += value / cells;
    }
    embedding[channel] = there;
    embedding[channels + channel] = everywhere;
  }
  return embedding.every(Number.isFinite) ? embedding : undefined;
}
