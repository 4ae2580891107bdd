// How a model does in clinics, as hub and node tell it.
export const WATCH_ID = 'watch-1f2e3d4c';

const BECAUSE = 'Yearly look at the model in use';
const spread = (middle) => Array.from({ length: 36 }, (_, bin) => Math.max(0, 24 - 3 * Math.abs(bin - middle)));
const interval = (value, by) => ({ value, low: value - by, high: value + by });
const shift = (psi, verdict) => ({ psi: interval(psi, 0.05), ks: psi, ksByChance: 0.14, verdict });
const bins = [0.05, 0.2, 0.5, 0.8].map((share) => ({
  people: 48,
  expected: 48 * share,
  found: Math.round(30 * share),
  isAlarm: share >= 0.5,
}));

const figures = {
  people: 532,
  periods: [
    { from: '2026-01', to: '2026-02', people: 188, shift: null, highScores: null, inputs: [] },
    {
      from: '2026-03',
      to: '2026-03',
      people: 160,
      shift: shift(0.06, 'stable'),
      highScores: null,
      inputs: [{ of: 'age', psi: interval(0.1, 0.05) }],
    },
    {
      from: '2026-04',
      to: '2026-04',
      people: 184,
      shift: shift(0.31, 'moved'),
      highScores: 'rose',
      inputs: [
        { of: 'age', psi: interval(0.2, 0.05) },
        { of: 'manufacturer', psi: interval(0.4, 0.1) },
      ],
    },
  ],
  fromOthers: shift(0.15, 'watch'),
  calibration: {
    table: null,
    reader: {
      people: 192,
      found: 46,
      ratio: interval(1.6, 0.4),
      intercept: interval(-0.7, 0.3),
      slope: interval(0.9, 0.2),
      agreement: interval(0.81, 0.06),
      bins: bins.map(({ people, expected, found }) => ({
        people,
        predicted: expected / people,
        observed: found / people,
      })),
    },
  },
  suggestion: { intercept: -0.7, slope: 1 },
  correction: null,
};

const told = { watchId: WATCH_ID, model: 'chest-nodule', because: BECAUSE, askedBy: 'researcher Eleni' };

/** By path, with the schema of each. */
export function watchAnswers(nowMs) {
  const askedAtMs = nowMs - 86_400_000;
  const site = { because: null, answeredAtMs: null, version: null, mode: null, figures: null };
  return {
    hub: {
      '/api/model-watches': [
        'modelWatchesSchema',
        { items: [{ ...told, askedAtMs, asked: 3, answered: 1, refused: 1 }] },
      ],
      [`/api/model-watches/${WATCH_ID}`]: [
        'modelWatchSchema',
        {
          ...told,
          askedAtMs,
          sites: [
            {
              ...site,
              siteId: 'larissa',
              state: 'answered',
              answeredAtMs: nowMs,
              version: '1c6f0be27a55',
              mode: 'shown',
              figures,
            },
            { ...site, siteId: 'porto', state: 'waiting' },
            {
              ...site,
              siteId: 'vilnius',
              state: 'refused',
              because: 'The owner of the node answers no to this question.',
              answeredAtMs: nowMs,
            },
          ],
        },
      ],
    },
    node: {
      '/api/clinic/watches': [
        'clinicWatchesSchema',
        {
          questions: [
            {
              ...{ watchId: WATCH_ID, model: 'chest-nodule', requester: told.askedBy, because: BECAUSE, askedAtMs },
              ...{ state: 'waiting', decidedBy: null, decidedAtMs: null },
              answer: {
                model: { name: 'chest-nodule', version: '1c6f0be27a55', digest: 'ab'.repeat(32) },
                ...{ task: 'chest-nodule', mode: 'shown', correction: null },
                periods: [
                  {
                    ...{ from: '2026-01', to: '2026-02', people: 192, scores: spread(14) },
                    inputs: [{ of: 'age', cells: { '40-49': { count: 90 }, '70+': { below: 10 } } }],
                  },
                ],
                outcomes: [{ source: 'reader', bins }],
              },
            },
          ],
          corrections: [
            {
              ...{ watchId: 'watch-0a0b0c0d', model: 'chest-nodule', version: '1c6f0be27a55' },
              ...{ correction: { intercept: -0.7, slope: 1 }, atMs: askedAtMs, state: 'suggested' },
              ...{ decidedBy: null, decidedAtMs: null, before: 1.6, after: 1.02 },
            },
          ],
        },
      ],
    },
  };
}
