import type { ConsentPurpose } from '#wire';

/**
 * Why a dataset may be used: by law, unless a person opted out; or because of each person's consent to one purpose.
 * `reference` names an entry of the legal references.
 */
export type DatasetBasis =
  | { readonly kind: 'law'; readonly reference: string }
  | { readonly kind: 'consent'; readonly purpose: ConsentPurpose; readonly reference: string };
