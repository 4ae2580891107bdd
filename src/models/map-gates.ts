import { fromUtf8, UnicaError } from '#base';
import type { StoredModel } from './model-folder.ts';

/**
 * What the gates of explanations found of a method (decision 101), by the model's own `gates.json`; undefined where they were not run
 * for it. @throws UnicaError `models.folder-damaged`
 */
export function isFaithfulByGates({ parts }: StoredModel, method: string): boolean | undefined {
  const text = parts?.['gates.json'];
  if (text === undefined) return undefined;
  const reports: unknown = JSON.parse(fromUtf8(text));
  if (!Array.isArray(reports))
    throw new UnicaError('models.folder-damaged', { folder: 'of the model', file: 'gates.json' });
  const own: unknown = reports.find((report: { readonly method?: unknown }) => report.method === method);
  return typeof own === 'object' && own !== null && 'faithful' in own ? own.faithful === true : undefined;
}
