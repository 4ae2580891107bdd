import { canonicalJson } from '#base';
import { examNetwork } from './exam-network.ts';
import { linearCoxNetwork } from './linear-cox-network.ts';
import { checkedSpec, isExamSpec, isLinearCoxSpec, isNoduleSpec, type ModelSpec } from './model-spec.ts';
import type { Network } from './network.ts';
import { noduleNetwork } from './nodule-network.ts';
import { residualNetwork } from './residual-network.ts';

/** A model that can be rebuilt from its description alone: a published architecture or a network of one's own. */
export type Model = ModelSpec | Network;

const built = new Map<string, Network>();

/** The network of a model. @throws UnicaError `engine.spec-invalid` */
export function networkOf(model: Model): Network {
  if ('operations' in model) return model;
  const spec = checkedSpec(model);
  const key = canonicalJson(JSON.parse(JSON.stringify(spec)));
  const known = built.get(key) ?? builtFrom(spec);
  built.set(key, known);
  return known;
}

function builtFrom(spec: ModelSpec): Network {
  if (isExamSpec(spec)) return examNetwork(spec);
  if (isLinearCoxSpec(spec)) return linearCoxNetwork(spec);
  return isNoduleSpec(spec) ? noduleNetwork(spec) : residualNetwork(spec);
}
