import type { GateReport } from '#engine';
import { type Interval, LEAST_PEOPLE } from '#evaluation';
import { numberFigure, type RunRecord } from '#models';

/** What the campaign of the chest example found, and how. */
export interface ChestRunFacts {
  readonly weightsSha256: string;
  readonly command: string;
  /** Of what measured again a model that was trained before its runs left records; undefined where training and measuring were one run. */
  readonly measuredBy?: string | undefined;
  readonly environment: string | null;
  readonly codeSha256: string | null;
  readonly sites: readonly string[];
  readonly films: { readonly train: number; readonly tune: number; readonly test: number };
  readonly rounds: number;
  readonly filmsAtOnce: number;
  readonly contrast: number;
  readonly auc: Interval | null;
  readonly baseline: Interval | null;
  readonly pointing: Interval | null;
  /** At 0.2 false marks a film. */
  readonly sensitivity: number | null;
  readonly bySite: readonly {
    readonly siteId: string;
    readonly films: number;
    readonly people: number;
    readonly auc: Interval | null;
  }[];
  readonly gates: readonly GateReport[];
}

/** Records of the training, of the measuring on other made films and of the tests of maps, by the names that the dossier calls them by. */
export function chestNoduleRuns(facts: ChestRunFacts): ReadonlyMap<string, RunRecord> {
  const { weightsSha256, command, measuredBy, environment, codeSha256, films, contrast } = facts;
  const common = {
    ...({ format: 'unica-run/1', isSynthetic: true } as const),
    ...{ weightsSha256, command: measuredBy ?? command, environment, codeSha256 },
    ...{ groups: [], tables: [], notes: [], settings: {}, figures: [], data: [] },
  };
  const made = 'chest films made from the seed';
  const of = { sha256: null, people: null, sites: [...facts.sites] };
  const training: RunRecord = {
    ...common,
    command,
    ...(measuredBy === undefined ? {} : { environment: null, codeSha256: null }),
    kind: 'training',
    title: 'Federated training on made films with made nodules',
    data: [
      { part: 'train', what: made, seed: 'chest-nodule/train', ...of, examples: films.train },
      {
        part: 'tune',
        what: `${made}, to fit the pooled answer and the gate`,
        seed: 'chest-nodule/held',
        ...of,
        examples: films.tune,
      },
    ],
    settings: {
      strategy: 'FedAvg over the sites (simulation)',
      rounds: facts.rounds,
      'fresh films a site and round': facts.filmsAtOnce,
      'noise added': 'none',
    },
    notes: [
      'No real film and no measured nodule was among the examples.',
      ...(measuredBy === undefined
        ? []
        : [
            'The model was trained by this command before its runs left records. Crops are drawn in another way since decision 120, so that the command now gives other weights.',
          ]),
    ],
  };
  const evaluation: RunRecord = {
    ...common,
    kind: 'evaluation',
    title: `Other made films, half with a nodule of 10 to 30 mm at ${contrast} times the physical contrast`,
    data: [
      {
        part: 'test',
        what: `${made}, with a nodule or a control`,
        seed: 'chest-nodule/test',
        ...of,
        examples: films.test,
      },
    ],
    settings: { contrast },
    figures: [
      numberFigure('auc', 'AUC', facts.auc, {
        goal: 'AUC of at least 0.85 (the design asks it of real films, which these are not)',
        isReached: (facts.auc?.value ?? 0) >= 0.85,
      }),
      numberFigure('pointing-game', 'pointing game (the strongest cell lies in the nodule)', facts.pointing, {
        goal: 'pointing game of at least 0.6',
        isReached: (facts.pointing?.value ?? 0) >= 0.6,
      }),
      numberFigure('sensitivity', 'sensitivity at 0.2 false marks a film', facts.sensitivity),
      numberFigure('contrast-detector-auc', 'AUC of a contrast detector beside it', facts.baseline),
    ],
    groups: facts.bySite.map(({ siteId, films: examples, people, auc }) => {
      const isTold = people >= LEAST_PEOPLE;
      return {
        ...{ by: 'site', group: siteId, examples: isTold ? examples : null, people: isTold ? people : null },
        figures: isTold ? [numberFigure('auc', 'AUC', auc)] : null,
      };
    }),
    notes: [
      'On real films the example is not to be believed: its gate was fitted on made films and says of real ones that they are unlike what it learned from. What a larger network does when it learns from real films stands in the report on chest nodules.',
    ],
  };
  const explanations: RunRecord = {
    ...common,
    kind: 'explanations',
    title: 'Maps tested before they are believed',
    tables: [
      {
        title: 'Gates of each way to explain; a map of one that fails carries "not faithful"',
        columns: ['method', 'gate', 'figure', 'limit', 'passed', 'label'].map((head) => ({
          head,
          form: head === 'figure' || head === 'limit' ? ('number' as const) : ('text' as const),
          digits: head === 'figure' ? 3 : head === 'limit' ? 2 : 0,
        })),
        rows: facts.gates.flatMap(({ method, gates, faithful }) =>
          gates.map(({ gate, figure: found, limit, passed }) => [
            method,
            gate,
            found,
            limit,
            passed ? 'yes' : 'no',
            faithful ? 'faithful' : 'not faithful',
          ]),
        ),
      },
    ],
  };
  return new Map([
    ['training', training],
    ['made-films', evaluation],
    ['maps', explanations],
  ]);
}
