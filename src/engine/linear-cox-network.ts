import { dense } from './layers.ts';
import { coxLoss } from './losses.ts';
import type { LinearCoxSpec } from './model-spec.ts';
import type { Network } from './network.ts';
import { defineNetwork } from './network-builder.ts';

/**
 * Proportional hazards (Cox 1972) as one dense layer, the partial likelihood taken within a batch. Input `covariates`; targets
 * `time` and `event` (1 where it happened, 0 where the person was lost from sight); output `logHazard`.
 */
export function linearCoxNetwork({ covariates }: LinearCoxSpec): Network {
  return defineNetwork((network) => {
    const logHazard = dense(network.input('covariates', [covariates]), { name: 'fc', outputs: 1 });
    network.output('logHazard', logHazard);
    network.loss(coxLoss(logHazard, network.target('time', [1]), network.target('event', [1])));
  });
}
