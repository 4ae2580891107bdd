import type { JobSpec } from '#wire';
import type { NodeConfig } from './config.ts';

/** A job asks for smaller changes, and this node makes none smaller. */
export function isSentWhole({ compression }: Pick<NodeConfig, 'compression'>, spec: JobSpec): boolean {
  return compression === 'never' && spec.compression !== undefined;
}
