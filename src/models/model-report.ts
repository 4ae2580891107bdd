import { aucOfHistogram } from '#engine';
import { type JobState, withoutCurves } from '#learning';
import type { DatasetRecord, JobView, ModelReport, ModelView } from '#wire';

/** What a report is made from. */
export interface ReportSources {
  readonly model: ModelView;
  /** Every model of the register. */
  readonly register: readonly ModelView[];
  readonly job: JobState;
  /** Current records of the catalogue. */
  readonly datasets: readonly DatasetRecord[];
  readonly hub: ModelReport['hub'];
}

/** Everything about a model's making, from the events of its job and from nothing that anybody could have edited since. */
export function modelReport({ model, register, job, datasets, hub }: ReportSources): ModelReport {
  const { view } = job;
  const { spec } = view;
  const received = view.rounds.flatMap(({ sites }) => sites.filter(({ metrics }) => metrics !== null));
  return {
    format: 'unica-model-report/1',
    model,
    parents: [...ancestorsOf(model, register)],
    reruns: register
      .filter((other) => other.specSha256 === model.specSha256 && other.modelId !== model.modelId)
      .map(({ modelId, createdAtMs, weightsSha256 }) => ({
        modelId,
        createdAtMs,
        weightsSha256,
        isIdentical: weightsSha256 === model.weightsSha256,
      })),
    job: {
      spec,
      submittedBy: job.submittedBy,
      submittedAtMs: view.submittedAtMs,
      seconds: (view.updatedAtMs - view.submittedAtMs) / 1000,
      bytes: received.reduce((sum, { metrics }) => sum + (metrics?.bytesOut ?? 0), 0),
    },
    sites: view.sites.map(({ siteId, decision, decidedBy, because }) => {
      const own = received.filter((site) => site.siteId === siteId);
      const made = own.flatMap(({ metrics }) => metrics?.provenance ?? []);
      const record = datasets.find((one) => one.siteId === siteId && one.name === spec.dataset);
      return {
        siteId,
        dataset: spec.dataset,
        decision,
        decidedBy,
        because,
        permitId: job.permits[siteId] ?? null,
        published: record === undefined ? null : { version: record.version, contentSha256: record.contentSha256 },
        dataSha256: [...new Set(made.map(({ dataSha256 }) => dataSha256))],
        cohortSha256: [...new Set(made.flatMap(({ cohortSha256 }) => cohortSha256 ?? []))],
        codeSha256: [...new Set(made.map(({ codeSha256 }) => codeSha256))],
        environments: [...new Set(made.map(({ environment }) => environment))],
        rounds: own.length,
        films: own.at(-1)?.metrics?.samples ?? null,
        bytes: own.reduce((sum, { metrics }) => sum + (metrics?.bytesOut ?? 0), 0),
      };
    }),
    rounds: view.rounds.map(({ round, openedAtMs, closedAtMs, loss, auc, sites }) => ({
      round,
      seconds: closedAtMs === null ? null : (closedAtMs - openedAtMs) / 1000,
      loss,
      auc,
      sites: sites.map(({ siteId, state, because, metrics }) => ({
        siteId,
        state,
        because,
        films: metrics?.samples ?? null,
        loss: metrics?.loss ?? null,
        auc: metrics?.validation == null ? null : aucOfHistogram(metrics.validation.histogram),
        seconds: metrics?.seconds ?? null,
        bytes: metrics?.bytesOut ?? null,
      })),
    })),
    evaluation: evaluationOf(view),
    hub,
  };
}

function* ancestorsOf(model: ModelView, register: readonly ModelView[]): Generator<ModelReport['parents'][number]> {
  const seen = new Set([model.modelId]);
  for (let id = model.parentId; id !== null && !seen.has(id); ) {
    seen.add(id);
    const parent = register.find(({ modelId }) => modelId === id);
    if (parent === undefined) return;
    yield { modelId: parent.modelId, jobId: parent.jobId, weightsSha256: parent.weightsSha256 };
    id = parent.parentId;
  }
}

function evaluationOf({ evaluation }: JobView): ModelReport['evaluation'] {
  if (evaluation === undefined) return null;
  const { merged, sites, comparison = null } = evaluation;
  return {
    merged: withoutCurves(merged),
    sites: sites.map(({ siteId, common, personal, localOnly }) => ({
      siteId,
      common: withoutCurves(common),
      personal: withoutCurves(personal),
      localOnly: withoutCurves(localOnly),
    })),
    comparison,
  };
}
