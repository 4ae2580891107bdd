import { UnicaError } from '#base';
import { storedNetwork } from './inference-graph.ts';
import { type Model, networkOf } from './model.ts';

/**
 * For one example: `probability` [1, 1], the explained `activation` and the logit's `gradient` with respect to it, both
 * [1, channel, row, column], and `input`, its gradient with respect to the first input.
 * @throws UnicaError `engine.spec-invalid` when the network does not say what explains it
 */
export function camGraph(model: Model, parameters: Float32Array): Uint8Array {
  const { explained, inputs } = networkOf(model);
  const [first] = inputs;
  if (explained === undefined || first === undefined)
    throw new UnicaError('engine.spec-invalid', { problem: 'it does not say which of its layers explains it' });
  const { graph, tape, values } = storedNetwork(model, parameters, {
    batch: 1,
    wanted: [explained.logits, explained.featureMap, first.name],
  });
  const [logits, featureMap, input] = [explained.logits, explained.featureMap, first.name].map((name) =>
    values.get(name),
  );
  if (!logits || !featureMap || !input) throw new UnicaError('engine.spec-invalid', { problem: 'a layer is missing' });
  const [gradient, inputGradient] = tape.gradients(logits, graph.filled(logits.shape, 1), [featureMap, input]);
  graph.output('probability', graph.add('Sigmoid', [logits]));
  graph.output('activation', featureMap);
  if (gradient) graph.output('gradient', gradient);
  if (inputGradient) graph.output('inputGradient', inputGradient);
  return graph.encode();
}
