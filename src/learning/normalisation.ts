import { type Model, networkOf, type ParameterEntry, parameterTable } from '#engine';

const NORMALISATIONS: readonly string[] = ['batchNorm', 'groupNorm', 'layerNorm'];

/**
 * Parameters of a model's normalisation layers: what FedBN keeps at the sites. The paper has batch normalisation only; our
 * models normalise by groups, whose scale and bias take the same part.
 */
export function normalisationEntries(model: Model): readonly ParameterEntry[] {
  const { operations } = networkOf(model);
  const read = new Set(
    operations.filter(({ operation }) => NORMALISATIONS.includes(operation)).flatMap(({ inputs }) => inputs),
  );
  return parameterTable(model).entries.filter(({ name }) => read.has(name));
}
