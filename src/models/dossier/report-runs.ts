import type { ModelReport } from '#wire';
import { numberFigure, tableColumn } from './run-parts.ts';
import type { RunFigure, RunRecord } from './run-record.ts';

/** Records of the job that made a model and of what sites found of it, from the report of its making. */
export function reportRuns(report: ModelReport): ReadonlyMap<string, RunRecord> {
  const measured = [...atSites(report), ...byEvidence(report)];
  return new Map([...measured, ['training', trainingRun(report)] as const]);
}

function common({ model, hub }: ModelReport) {
  return {
    ...({ format: 'unica-run/1', kind: 'evaluation', isSynthetic: false } as const),
    weightsSha256: model.weightsSha256,
    command: `unica learn report ${model.jobId}`,
    environment: hub.environment.slice(0, 200),
    codeSha256: hub.codeSha256,
    ...{ data: [], settings: {}, figures: [], groups: [], tables: [], notes: [] },
  };
}

function trainingRun(report: ModelReport): RunRecord {
  const { model, job, sites, rounds, parents, hub } = report;
  const { spec } = job;
  return {
    ...common(report),
    kind: 'training',
    title: `Learning job ${model.jobId}`,
    data: sites
      .filter(({ rounds: taken }) => taken > 0)
      .map(({ siteId, dataset, films, dataSha256 }) => ({
        ...({ part: 'train', what: `dataset ${dataset} of ${siteId}`, sha256: dataSha256.at(-1) ?? null } as const),
        ...{ seed: null, examples: films ?? 0, people: null, sites: [siteId] },
      }))
      .slice(0, 50),
    settings: {
      strategy: spec.strategy.kind,
      'rounds closed': rounds.length,
      'rounds asked for': spec.rounds,
      'share of the sites that closes a round': spec.quorum,
      'how updates are added up': spec.aggregation?.updates ?? 'open',
      'noise (DP-SGD)': spec.privacy === undefined ? 'none' : JSON.stringify(spec.privacy).slice(0, 400),
      'learning rate': spec.learningRate,
      seed: spec.seed,
      'SHA-256 of the agreement': model.specSha256,
      version: model.version,
      'goes on from': parents[0]?.modelId ?? 'fresh weights of the seed',
      hub: hub.software,
    },
    tables: [
      {
        title:
          'Sites: permit, the people that rounds were trained under (digest of the snapshot after opt-outs), and the code',
        columns: [
          tableColumn('site', 'text'),
          tableColumn('decision', 'text'),
          tableColumn('permit', 'text'),
          tableColumn('people', 'text'),
          tableColumn('code', 'text'),
          tableColumn('rounds', 'count'),
        ],
        rows: sites.map(({ siteId, decision, permitId, cohortSha256, codeSha256, rounds: taken }) => [
          siteId,
          decision,
          permitId ?? 'none',
          cohortSha256.join(', ').slice(0, 400) || 'not told',
          codeSha256.join(', ').slice(0, 400) || 'not told',
          taken,
        ]),
      },
      {
        title: 'Rounds',
        columns: [
          tableColumn('round', 'count'),
          tableColumn('sites', 'count'),
          tableColumn('loss', 'number', 4),
          tableColumn('AUC', 'number', 3),
          tableColumn('seconds', 'number', 1),
        ],
        rows: rounds.map(({ round, loss, auc, seconds, sites: asked }) => [
          round,
          asked.filter(({ state }) => state === 'received').length,
          loss,
          auc,
          seconds,
        ]),
      },
    ],
    notes: [`Purpose: ${spec.purpose}`.slice(0, 1000)],
  };
}

/** What the sites found, of histograms: the exact AUC lies within the bounds that are told. */
function atSites(report: ModelReport): readonly (readonly [string, RunRecord])[] {
  const { evaluation } = report;
  if (evaluation === null || evaluation.merged === null) return [];
  const figuresOf = ({ auc, aucWithin }: { readonly auc: number | null; readonly aucWithin: number }): RunFigure =>
    numberFigure(
      'auc',
      'AUC (bounds of the histogram)',
      auc,
      auc === null ? undefined : { low: Math.max(0, auc - aucWithin), high: Math.min(1, auc + aucWithin) },
    );
  const { merged } = evaluation;
  return [
    [
      'at-the-sites',
      {
        ...common(report),
        title: 'Films at the sites that it was not trained on',
        data: [
          {
            part: 'test',
            what: 'validation films of the sites',
            sha256: null,
            seed: null,
            examples: merged.films,
            people: null,
            sites: evaluation.sites.map(({ siteId }) => siteId),
          },
        ],
        figures: [figuresOf(merged), numberFigure('calibration-error', 'calibration error', merged.calibrationError)],
        groups: evaluation.sites.map(({ siteId, common: own }) => ({
          ...{ by: 'site', group: siteId, examples: own?.films ?? null, people: null },
          figures: own === null ? null : [figuresOf(own)],
        })),
        notes: [
          'Sites told histograms of scores; what stands in brackets are the bounds within which the exact AUC lies, not an interval of chance. A site with too few people told nothing.',
        ],
      },
    ],
  ];
}

function byEvidence(report: ModelReport): readonly (readonly [string, RunRecord])[] {
  const { evidence } = report.model;
  if (evidence === null) return [];
  const { federated, localOnly, pooled, simulated } = evidence;
  return [
    [
      'evidence',
      {
        ...common(report),
        title: 'Evidence attached to the model',
        isSynthetic: simulated,
        data: [
          {
            part: 'test',
            what: evidence.setting.slice(0, 400),
            sha256: null,
            seed: null,
            examples: evidence.testSamples,
            people: null,
            sites: [],
          },
        ],
        figures: [
          numberFigure('auc', 'AUC', federated.auc, { low: federated.aucLow, high: federated.aucHigh }),
          numberFigure('accuracy', 'accuracy', federated.accuracy),
          numberFigure('calibration-error', 'calibration error', federated.ece),
          ...(pooled === null
            ? []
            : [numberFigure('pooled-auc', 'AUC of a model of all films in one place', pooled.auc)]),
        ],
        tables: [
          {
            title: 'Models of one site alone',
            columns: [tableColumn('site', 'text'), tableColumn('films', 'count'), tableColumn('AUC', 'number', 3)],
            rows: localOnly.map(({ siteId, samples, auc }) => [siteId, samples, auc]),
          },
        ],
      },
    ],
  ];
}
