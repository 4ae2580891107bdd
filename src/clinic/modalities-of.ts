import type { ModelResult } from '#results';

/** Modalities of the films that the tasks of the pilots are of. */
export const MODALITIES_OF: Readonly<Record<ModelResult['task'], readonly string[]>> = {
  'chest-nodule': ['CR', 'DX'],
  'breast-risk': ['MG'],
};
