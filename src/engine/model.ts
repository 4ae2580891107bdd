import { canonicalJson } from '#base';
import { checkedSpec, type ModelSpec } from './model-spec.ts';
import type { Network } from './network.ts';
import { residualNetwork } from './residual-network.ts';

/** A model that can be rebuilt from its description alone: a published architecture or a network of one's own. */
export type Model = ModelSpec | Network;

const built = new Map<string, Network>();

/** The network of a model. @throws UnicaError `engine.spec-invalid` */
export function networkOf(model: Model): Network {
  if ('operations' in model) return model;
  const { widths, views, ...rest } = checkedSpec(model);
  const key = canonicalJson({ ...rest, widths: [...widths], views: views === undefined ? null : { ...views } });
  const known = built.get(key) ?? residualNetwork(model);
  built.set(key, known);
  return known;
}
