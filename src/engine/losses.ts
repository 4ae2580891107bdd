import { add, affine, divide, multiply, reshape, softplus, subtract, sum } from './layers.ts';
import type { Node } from './network-builder.ts';

// Each gives the loss of every example, [row].

/**
 * Binary cross-entropy of logits, the mean over the entries whose mask is 1. logits and labels [row, n], mask likewise;
 * an example without any entry has the loss 0.
 */
export function binaryCrossEntropy(logits: Node, labels: Node, mask?: Node): Node {
  return maskedMeanOf(logits.network.apply('binaryCrossEntropy', [logits, labels]), mask);
}

/** Cross-entropy of a softmax over logits [row, class] and labels [row, class] that are one-hot or shares. */
export function softmaxCrossEntropy(logits: Node, labels: Node): Node {
  const logShares = logits.network.apply('logSoftmax', [logits], { axis: 1 });
  return affine(sum(multiply(logShares, labels), [1]), -1);
}

/** Focal loss of logits (Lin et al. 2017): (1 − p_t)^gamma · cross-entropy, the mean over [row, n]. */
export function focalLoss(logits: Node, labels: Node, { gamma }: { readonly gamma: number }): Node {
  const plain = logits.network.apply('binaryCrossEntropy', [logits, labels]);
  // log(1 − p_t) = −softplus(z) for z = logit·(2·label − 1): never the logarithm of a rounded 0.
  const towards = multiply(logits, affine(labels, 2, -1));
  const log = affine(softplus(towards), -gamma);
  return maskedMeanOf(multiply(logits.network.apply('exponential', [log]), plain), undefined);
}

/**
 * Additive-hazard survival (as in Mirai, Yala et al. 2021): of hazards [row, year + 1], the first a baseline and the
 * others increments kept ≥ 0, the logit of having the event by each year, which never falls. → [row, year]
 */
export function additiveHazard(hazards: Node): Node {
  const years = (hazards.shape[1] ?? 1) - 1;
  const { network } = hazards;
  const baseline = network.apply('slice', [hazards], { axis: 1, start: 0, end: 1 });
  const increments = network.apply('relu', [network.apply('slice', [hazards], { axis: 1, start: 1, end: years + 1 })]);
  return add(network.apply('cumulativeSum', [increments], { axis: 1 }), baseline);
}

/**
 * Cox partial likelihood with Breslow's ties (Cox 1972): log-hazards, times and events (1 or 0) all [row, 1]. The risk set
 * of an example are the examples of its micro-batch that are followed at least as long.
 */
export function coxLoss(logHazards: Node, times: Node, events: Node): Node {
  const { network } = logHazards;
  const across = reshape(times, [1, -1]);
  const nothing = network.apply('constant', [], { shape: [1], values: [1e-30] });
  const counted = network.apply('atLeast', [reshape(network.exampleWeights(), [1, -1]), nothing]);
  const atRisk = multiply(network.apply('atLeast', [across, times]), counted);
  const hazards = reshape(logHazards, [1, -1]);
  const shut = add(multiply(atRisk, hazards), affine(atRisk, 1e9, -1e9));
  const total = network.apply('logSumExp', [shut], { axes: [1], keep: true });
  return reshape(multiply(events, subtract(total, logHazards)), [-1]);
}

function maskedMeanOf(each: Node, mask: Node | undefined): Node {
  const columns = each.shape[1] ?? 1;
  if (mask === undefined) return affine(sum(each, [1]), 1 / columns);
  const count = each.network.apply('clip', [sum(mask, [1])], { low: 1, high: 3e38 });
  return divide(sum(multiply(each, mask), [1]), count);
}
