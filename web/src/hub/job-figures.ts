import { canonicalJson, type Json } from '#base';
import type { JobView } from '#wire';
import { aucOfHistogram } from '../charts/auc-of-histogram.ts';

/** How well the newest model does at each site, and how unlike they are. */
export interface Fairness {
  readonly round: number;
  readonly sites: readonly { readonly siteId: string; readonly auc: number; readonly films: number }[];
}

/** The last round in which at least two sites said how the model does on films kept apart there. */
export function fairnessOf({ rounds }: JobView): Fairness | undefined {
  for (const { round, sites } of [...rounds].reverse()) {
    const known = sites.flatMap(({ siteId, metrics }) => {
      const validation = metrics?.validation ?? null;
      const auc = validation === null ? null : aucOfHistogram(validation.histogram);
      return validation === null || auc === null ? [] : [{ siteId, auc, films: validation.samples }];
    });
    if (known.length >= 2) return { round, sites: known.sort((one, other) => one.auc - other.auc) };
  }
  return undefined;
}

/** Site and round where no update came, with the reason. */
export function dropOutsOf({ rounds, state }: JobView) {
  return rounds.flatMap(({ round, sites, state: roundState }) =>
    sites
      .filter(
        (site) =>
          site.state === 'failed' ||
          (site.state === 'working' && roundState === 'closed') ||
          (site.state === 'working' && state !== 'running'),
      )
      .map(({ siteId, because }) => ({ key: `${siteId}/${round}`, siteId, round, because })),
  );
}

/** Bytes that left all sites for a job. */
export function bytesOf({ rounds }: JobView): number {
  return rounds.flatMap(({ sites }) => sites).reduce((sum, { metrics }) => sum + (metrics?.bytesOut ?? 0), 0);
}

/** The newest AUC over the sites' validation films; null where none is known. */
export function lastAuc(job: JobView | undefined): number | null {
  return job?.rounds.filter(({ auc }) => auc !== null).at(-1)?.auc ?? null;
}

/** What smaller updates saved, by round: bytes of all sites sent and as they were, and the mean share left for later. */
export function compressionOfRounds({ rounds }: JobView) {
  return rounds.flatMap(({ round, sites }) => {
    const sent = sites.flatMap(({ metrics }) =>
      metrics?.compression === undefined ? [] : [{ ...metrics.compression, bytesOut: metrics.bytesOut }],
    );
    if (sent.length === 0) return [];
    return {
      round,
      sentBytes: sent.reduce((sum, { bytesOut }) => sum + bytesOut, 0),
      plainBytes: sent.reduce((sum, { plainBytes }) => sum + plainBytes, 0),
      leftBehind: sent.reduce((sum, { leftBehind }) => sum + leftBehind, 0) / sent.length,
    };
  });
}

/** The newest finished job that is the same but for its updates, which travelled as they were. */
export function uncompressedTwin(job: JobView, jobs: readonly JobView[]): JobView | undefined {
  const essence = ({ spec: { title: _, purpose: __, aggregation: ___, compression: ____, ...rest } }: JobView) =>
    canonicalJson(rest as Json);
  return jobs.find(
    (other) => other.state === 'finished' && other.spec.compression === undefined && essence(other) === essence(job),
  );
}

/** Seconds until the last round closes, if the rest take as long as the middle one of those so far; undefined before any has. */
export function secondsLeft({ rounds, spec, state }: JobView): number | undefined {
  if (state !== 'running') return undefined;
  const took = rounds.flatMap(({ openedAtMs, closedAtMs }) => (closedAtMs === null ? [] : [closedAtMs - openedAtMs]));
  const middle = took.sort((one, other) => one - other)[Math.floor(took.length / 2)];
  return middle === undefined ? undefined : ((spec.rounds - took.length) * middle) / 1000;
}
