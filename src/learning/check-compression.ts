import { UnicaError } from '#base';
import { type CompressionHindrance, compressionHindrance, type JobSpec } from '#wire';

const PROBLEMS: Readonly<Record<CompressionHindrance, string>> = {
  masked:
    'masks hide numbers that are added up as they are; leave out the compression, or let the updates travel "open"',
  scaffold:
    "SCAFFOLD reckons each site's correction from its whole change; leave out the compression, or choose another strategy",
  fedbuff:
    'FedBuff does not say which round counted a site, so what was left out could not be made up for; leave out the compression, or choose a strategy with rounds',
  'compares-each':
    'it compares numbers that "top-k" leaves out at most sites; choose "int8", or a strategy that takes the mean',
};

/** Checks that the changes of a job can be made smaller as it says. @throws UnicaError `learning.strategy-refused`. */
export function checkCompression(spec: Pick<JobSpec, 'strategy' | 'compression' | 'aggregation'>): void {
  const hindrance = compressionHindrance(spec);
  if (hindrance !== undefined) throw new UnicaError('learning.strategy-refused', { problem: PROBLEMS[hindrance] });
}
