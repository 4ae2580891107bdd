import {
  add,
  affine,
  attention,
  concat,
  conv,
  dense,
  divide,
  globalAveragePool,
  maskedMax,
  maskedMean,
  multiply,
  relu,
  reshape,
  sigmoid,
  slice,
  softmax,
  softplus,
  subtract,
  sum,
} from './layers.ts';
import { additiveHazard, binaryCrossEntropy } from './losses.ts';
import type { ExamSpec } from './model-spec.ts';
import type { Network } from './network.ts';
import { defineNetwork, type Node } from './network-builder.ts';
import { normalised, residualBlock } from './residual-network.ts';
import { findingOfSides, sideFindingLoss } from './side-findings.ts';
import { TISSUE_MEASURES, tissueMeasures } from './tissue-measures.ts';

/** Shares of pictures and covariates that are hidden while learning, so that the model knows how to go without. */
const HIDDEN_PICTURES = 0.15;
const HIDDEN_COVARIATES = 0.15;
/** Logit of risk before anything is known: about 3 in 100. */
const FIRST_LOGIT = -3.5;
/** What each part counts in the loss beside risk, 1 (Mirai, Yala et al. 2021, weighs risk factors likewise). */
const WEIGHT = { classes: 0.2, covariates: 0.2, finding: 0.2, projection: 0.05, place: 0.5, side: 0.5 } as const;
/** Points of a map of findings that a usual finding covers: the loss of places is that of so many. */
const PLACES = 8;
/** Logit of a finding at a point of the map before anything is learned. */
const FIRST_PLACE_LOGIT = -4;
/** Numbers of the map of findings among the features: its largest, its mean, and how much of it is a finding. */
const SPOT_NUMBERS = 3;

/**
 * Risk over the coming years from an exam (after Mirai, Yala et al. 2021). Fed, for each exam:
 * - `exam`: `pictures` [picture, 1, row, column]; `exam-head`: `features` [picture, feature];
 * - `pictureMask` [picture]: 1 where there is one, else 0 and its numbers do not matter;
 * - `covariates` [covariate], standardised, and `covariateMask` likewise. Where one is missing the network's own guess from the
 *   pictures stands in.
 *
 * Learned from, each with a mask of 1 where it is known: `outcome` [year] (1 from the year of the event on) and `known` [year] (0
 * from the year of censoring on), `class` [class] one-hot or all 0, `finding` [picture] (a finding on that side soon after),
 * `findingKnown` [picture], `projection` [picture] (0 or 1, such as CC and MLO). With `greys` an `exam` also learns from `place`
 * [picture, point of the map of findings], 1 where there is one, and `placeKnown` [picture].
 *
 * With `sides` a finding is also told of each side of the body from its pictures together; it is learned from `finding`.
 *
 * Answers: `probability` [1] by the last year; `risk` [year], which never falls; `class` [class]; `finding` [picture];
 * `projection` [picture]; with `sides` `sideFinding` [side]; `findingMap` [picture, y, x], logits; `features`.
 */
export function examNetwork(spec: ExamSpec): Network {
  return defineNetwork((network) => {
    const { pictures, years, classes } = spec;
    const seen =
      spec.architecture === 'exam'
        ? encoded(network.input('pictures', [pictures, 1, spec.rows, spec.columns]), spec)
        : { features: network.input('features', [pictures, featureLength(spec)]), map: undefined };
    const mask = partlyHidden(network.input('pictureMask', [pictures]), HIDDEN_PICTURES);
    const isFine = spec.greys !== undefined;
    const seenOf = (from: number, count: number) => slice(seen.features, 2, from, from + count);
    const deep = 2 * (spec.widths[3] ?? 0);
    const finding = logitOfEach(isFine ? seenOf(deep, SPOT_NUMBERS) : seen.features, 'suspicion', spec);
    const projection = logitOfEach(seen.features, 'side', spec);
    const exam = aggregated(seen.features, mask, spec);
    const kind = dense(exam, { name: 'kind', outputs: classes });
    const facts = spec.covariates === 0 ? undefined : factsOf(exam, spec.covariates);
    const told: readonly Node[] = facts === undefined ? [] : [facts.filled, facts.mask];
    const down = reshape(mask, [-1, pictures, 1]);
    const highest = reshape(maskedMax(finding, mask, 1), [-1, 1]);
    const sides =
      spec.sides === undefined
        ? undefined
        : findingOfSides(
            concat([spotNumbers(seenOf(deep, SPOT_NUMBERS)), seenOf(deep + SPOT_NUMBERS, TISSUE_MEASURES)], 2),
            mask,
            {
              sides: spec.sides,
              hidden: spec.hidden,
            },
          );
    const known = isFine
      ? concat(
          [
            maskedMean(seenOf(deep + SPOT_NUMBERS, TISSUE_MEASURES), down, 1),
            network.apply('logSoftmax', [kind], { axis: 1 }),
            reshape(maskedMean(softplus(finding), mask, 1), [-1, 1]),
            ...(sides === undefined ? [] : [sides.either, sides.apart]),
            ...told,
          ],
          1,
        )
      : concat([exam, ...told], 1);
    const mixed = relu(
      dense(isFine ? concat([known, highest], 1) : known, { name: 'risk.hidden', outputs: spec.hidden }),
    );
    const hazards = dense(concat([mixed, known, highest], 1), { name: 'risk.hazard', outputs: years + 1 });
    const logits = affine(additiveHazard(hazards), 1, FIRST_LOGIT);
    network.output('probability', sigmoid(slice(logits, 1, years - 1, years)));
    network.output('risk', sigmoid(logits));
    network.output('class', softmax(kind, 1));
    network.output('finding', sigmoid(finding));
    network.output('projection', sigmoid(projection));
    if (sides !== undefined) network.output('sideFinding', sigmoid(sides.logits));
    if (seen.map !== undefined) {
      network.output('findingMap', seen.map);
      network.output('features', seen.features);
    }
    const row = (loss: Node) => reshape(loss, [-1]);
    const labels = network.target('class', [classes]);
    const found = network.target('finding', [pictures]);
    const logShares = network.apply('logSoftmax', [kind], { axis: 1 });
    const findingKnown = multiply(network.target('findingKnown', [pictures]), mask);
    const parts = [
      // Where the class is not known its labels are all 0, and so is this.
      affine(row(sum(multiply(logShares, labels), [1])), -WEIGHT.classes),
      affine(row(binaryCrossEntropy(finding, found, findingKnown)), WEIGHT.finding),
      ...(sides === undefined || spec.sides === undefined
        ? []
        : [affine(row(sideFindingLoss(sides, spec.sides, { found, known: findingKnown })), WEIGHT.side)]),
      affine(row(binaryCrossEntropy(projection, network.target('projection', [pictures]), mask)), WEIGHT.projection),
      ...(facts === undefined ? [] : [affine(row(facts.loss), WEIGHT.covariates)]),
      ...(isFine && seen.map !== undefined ? [affine(row(placeLoss(seen.map, mask)), WEIGHT.place)] : []),
    ];
    const risk = row(binaryCrossEntropy(logits, network.target('outcome', [years]), network.target('known', [years])));
    network.loss(parts.reduce((total, part) => add(total, part), risk));
  });
}

/** Numbers of the map of findings as numbers about 0 ± 1: [row, picture, SPOT_NUMBERS]. */
function spotNumbers(spots: Node): Node {
  const { network } = spots;
  const extent = network.apply('logarithm', [affine(slice(spots, 2, 2, 3), 1, 0.1)]);
  const all = concat([affine(slice(spots, 2, 0, 1), 0.5, 1), affine(slice(spots, 2, 1, 2), 1 / 3, 8 / 3), extent], 2);
  return network.apply('clip', [all], { low: -6, high: 6 });
}

/** Numbers the encoder makes of a picture: means and largest values of its last map, of the map of findings, and what it measures. */
function featureLength({ widths, greys }: ExamSpec): number {
  return 2 * (widths[3] ?? 0) + (greys === undefined ? 2 : SPOT_NUMBERS + TISSUE_MEASURES);
}

/** A residual network of four stages of one block, ResNet-10, on every picture alone. [row, picture, …] → [row, picture, feature] */
function encoded(pictures: Node, spec: ExamSpec): { readonly features: Node; readonly map: Node } {
  const { widths, rows, columns, greys } = spec;
  const [first = 16] = widths;
  const shown = reshape(pictures, [-1, 1, rows, columns]);
  let x = relu(normalised(shown, { name: 'encoder.stem', filters: first, kernel: 3, stride: 2 }));
  let spots = x;
  // The last stage keeps its size, so that a small finding stays more than one point; where places are learned, the second does.
  const strides = greys === undefined ? [2, 2, 2, 1] : [2, 1, 2, 2];
  widths.forEach((width, stage) => {
    x = residualBlock(x, { name: `encoder.stage${stage + 1}`, width, stride: strides[stage] ?? 1 });
    if (stage === 1 || greys === undefined) spots = x;
  });
  const points = conv(spots, { name: 'encoder.finding', filters: 1, kernel: 1, bias: true });
  const map = greys === undefined ? points : affine(points, 1, FIRST_PLACE_LOGIT);
  const [, channels = 1] = x.shape;
  const [, , height = 1, width = 1] = map.shape;
  const parts = (values: Node, count: number) => reshape(values, [-1, spec.pictures, count]);
  const largest = (values: Node) => values.network.apply('maximum', [values], { axes: [2, 3], keep: false });
  const extent = () => affine(globalAveragePool(sigmoid(map)), height * width);
  return {
    features: concat(
      [
        parts(globalAveragePool(x), channels),
        parts(largest(x), channels),
        parts(largest(map), 1),
        parts(globalAveragePool(map), 1),
        ...(greys === undefined
          ? []
          : [parts(extent(), SPOT_NUMBERS - 2), parts(tissueMeasures(shown, greys), TISSUE_MEASURES)]),
      ],
      2,
    ),
    map: reshape(map, [-1, spec.pictures, height, width]),
  };
}

/** Cross-entropy of the map of findings against their places, over the pictures in which places are known: [row, 1]. */
function placeLoss(map: Node, mask: Node): Node {
  const { network } = map;
  const [, pictures = 1, height = 1, width = 1] = map.shape;
  const points = height * width;
  const flat = reshape(map, [-1, pictures, points]);
  const each = sum(network.apply('binaryCrossEntropy', [flat, network.target('place', [pictures, points])]), [2]);
  const known = multiply(network.target('placeKnown', [pictures]), mask);
  const count = network.apply('clip', [sum(known, [1])], { low: 1, high: 3e38 });
  return affine(divide(sum(multiply(each, known), [1]), count), 1 / PLACES);
}

/** One logit a picture: [row, picture, feature] → [row, picture]. */
function logitOfEach(features: Node, name: string, spec: ExamSpec): Node {
  const [, , length = 1] = features.shape;
  const each = dense(reshape(features, [-1, length]), { name, outputs: 1 });
  return reshape(each, [-1, spec.pictures]);
}

/** Masked attention of the pictures to one another, then their mean and largest: [row, picture, feature] → [row, 2 · hidden]. */
function aggregated(features: Node, mask: Node, { pictures, hidden }: ExamSpec): Node {
  const { network } = features;
  const [, , length = 1] = features.shape;
  const place = network.parameter('aggregator.place', [pictures, hidden], { kind: 'uniform', bound: 0.1 });
  const each = (x: Node, from: number, name: string) =>
    reshape(dense(reshape(x, [-1, from]), { name: `aggregator.${name}`, outputs: hidden }), [-1, pictures, hidden]);
  const token = relu(add(each(features, length, 'token'), place));
  const across = reshape(mask, [-1, 1, pictures]);
  const told = attention({
    queries: each(token, hidden, 'query'),
    keys: each(token, hidden, 'key'),
    values: each(token, hidden, 'value'),
    mask: across,
  });
  const both = relu(add(token, told));
  const down = reshape(mask, [-1, pictures, 1]);
  return concat([maskedMean(both, down, 1), maskedMax(both, down, 1)], 1);
}

/** What is known of the person, with guesses from the pictures where it is not; which is which; and how wrong the guesses are. */
function factsOf(exam: Node, count: number): { readonly filled: Node; readonly mask: Node; readonly loss: Node } {
  const { network } = exam;
  const given = network.input('covariates', [count]);
  const known = network.input('covariateMask', [count]);
  const mask = partlyHidden(known, HIDDEN_COVARIATES);
  const guess = dense(exam, { name: 'guess', outputs: count });
  const wrong = multiply(known, subtract(given, guess));
  const amount = network.apply('clip', [sum(known, [1])], { low: 1, high: 3e38 });
  return {
    filled: add(guess, multiply(mask, subtract(given, guess))),
    mask,
    loss: divide(sum(multiply(wrong, wrong), [1]), amount),
  };
}

/** A mask of which a share is taken away while learning. */
function partlyHidden(mask: Node, rate: number): Node {
  const { network } = mask;
  // Dropout raises what it leaves; cut back to 1.
  return network.apply('clip', [network.apply('dropout', [mask], { rate })], { low: 0, high: 1 });
}
