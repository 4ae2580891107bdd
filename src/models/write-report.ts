import type { ModelReport } from '#wire';

type Cell = string | number | null;
type Block =
  | { readonly kind: 'title' | 'heading' | 'text' | 'code'; readonly text: string }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly Cell[])[] };

/** A report as a page for people, in GitHub's Markdown. */
export function reportMarkdown(report: ModelReport): string {
  return `${blocksOf(report).map(markdownOf).join('\n\n')}\n`;
}

function markdownOf(block: Block): string {
  switch (block.kind) {
    case 'title':
      return `# ${plain(block.text)}`;
    case 'heading':
      return `## ${plain(block.text)}`;
    case 'text':
      return plain(block.text);
    case 'code':
      return `\`\`\`json\n${block.text}\n\`\`\``;
    case 'table':
      return [block.head, block.head.map(() => '---'), ...block.rows]
        .map((row) => `| ${row.map((cell) => plain(shown(cell))).join(' | ')} |`)
        .join('\n');
  }
}

/** A report as one HTML file without scripts or outside content. */
export function reportHtml(report: ModelReport): string {
  const body = blocksOf(report).map(htmlOf);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(report.model.title)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#16232b;background:#fff}
div{overflow-x:auto}table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #b9c4ca;padding:.3rem .6rem;text-align:left}
pre{overflow-x:auto;background:#f2f5f6;padding:1rem}</style></head>
<body>
${body.join('\n')}
</body></html>
`;
}

function htmlOf(block: Block): string {
  switch (block.kind) {
    case 'title':
      return `<h1>${escaped(block.text)}</h1>`;
    case 'heading':
      return `<h2>${escaped(block.text)}</h2>`;
    case 'text':
      return `<p>${escaped(block.text)}</p>`;
    case 'code':
      return `<pre>${escaped(block.text)}</pre>`;
    case 'table': {
      const head = block.head.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('');
      const rows = block.rows.map(
        (row) => `<tr>${row.map((cell) => `<td>${escaped(shown(cell))}</td>`).join('')}</tr>`,
      );
      return `<div><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
    }
  }
}

function blocksOf({ model, parents, reruns, job, sites, rounds, evaluation, hub }: ModelReport): readonly Block[] {
  const { spec } = job;
  const { evidence } = model;
  const table = (head: readonly string[], rows: readonly (readonly Cell[])[]): readonly Block[] =>
    rows.length === 0 ? [] : [{ kind: 'table', head, rows }];
  const heading = (text: string): Block => ({ kind: 'heading', text });
  const text = (words: string): Block => ({ kind: 'text', text: words });
  const { seed, quorum } = spec;
  return [
    { kind: 'title', text: model.title },
    text(`Research use only, not a medical device. Version ${model.version}, ${model.state}.`),
    text(spec.purpose),
    ...table(
      ['what', 'value'],
      [
        ['model', model.modelId],
        ['job', model.jobId],
        ['made', instant(model.createdAtMs)],
        ['task', model.task],
        ['parameters', model.parameters],
        ['SHA-256 of the weights', model.weightsSha256],
        ['SHA-256 of the specification', model.specSha256],
        ['seed', seed],
        ['strategy', spec.strategy.kind],
        ['rounds', `${rounds.length} of ${spec.rounds}`],
        ['share of the sites that closes a round', quorum],
        ['submitted by', job.submittedBy],
        ['seconds from submission to end', job.seconds],
        ['bytes that left the sites', job.bytes],
      ],
    ),
    heading('States'),
    ...table(
      ['state', 'when', 'by', 'why'],
      model.history.map(({ state, atMs, by, because }) => [state, instant(atMs), by, because]),
    ),
    heading('Where it comes from'),
    text(parents.length === 0 ? 'Fresh weights of the seed.' : 'It goes on from these models, nearest first.'),
    ...table(
      ['model', 'job', 'weights'],
      parents.map((parent) => [parent.modelId, parent.jobId, parent.weightsSha256]),
    ),
    heading('Made again'),
    text(
      reruns.length === 0
        ? 'No other job had this very specification yet: submit `job.yaml` to make it again.'
        : `${reruns.filter(({ isIdentical }) => isIdentical).length} of ${reruns.length} other runs of this specification gave the same bits.`,
    ),
    ...table(
      ['model', 'made', 'weights', 'same bits'],
      reruns.map((one) => [one.modelId, instant(one.createdAtMs), one.weightsSha256, one.isIdentical ? 'yes' : 'no']),
    ),
    heading('Data, code and surroundings at each site'),
    ...table(
      [
        'site',
        'dataset',
        'published version',
        'data (SHA-256)',
        'people (SHA-256)',
        'code (SHA-256)',
        'ran on',
        'films',
        'rounds',
        'bytes',
      ],
      sites.map((site) => [
        site.siteId,
        site.dataset,
        site.published === null ? null : site.published.version,
        site.dataSha256.join(', '),
        site.cohortSha256.join(', '),
        site.codeSha256.join(', '),
        site.environments.join('; '),
        site.films,
        site.rounds,
        site.bytes,
      ]),
    ),
    ...table(
      ['site', 'decision', 'by', 'why', 'permit'],
      sites.map((site) => [site.siteId, site.decision, site.decidedBy, site.because, site.permitId]),
    ),
    text(`Hub: ${hub.software}, ${hub.environment}, code ${hub.codeSha256}.`),
    heading('Evidence'),
    ...(evidence === null
      ? [text('Nobody has attached an evaluation yet.')]
      : [
          text(
            `${evidence.setting} ${evidence.testSamples} test films${evidence.simulated ? ', simulated on one machine' : ''}.`,
          ),
          ...table(
            ['trained on', 'AUC', '95 % interval', 'films'],
            [
              [
                'all sites, federated',
                evidence.federated.auc,
                `${evidence.federated.aucLow} to ${evidence.federated.aucHigh}`,
                null,
              ],
              ...(evidence.pooled === null ? [] : [['pooled', evidence.pooled.auc, null, evidence.pooled.samples]]),
              ...evidence.localOnly.map((one) => [`${one.siteId} alone`, one.auc, null, one.samples]),
            ],
          ),
        ]),
    ...(evaluation === null ? [] : evaluationBlocks(evaluation)),
    heading('Rounds'),
    text('The AUC of a round is that of the model with which it began, on films kept apart at each site.'),
    ...table(
      ['round', 'seconds', 'loss', 'AUC', 'sites received', 'not received'],
      rounds.map(({ round, seconds, loss, auc, sites: taking }) => [
        round,
        seconds,
        loss,
        auc,
        taking.filter(({ state }) => state === 'received').length,
        taking
          .filter(({ state }) => state !== 'received')
          .map(({ siteId, because }) => `${siteId}: ${because ?? 'no answer'}`)
          .join('; '),
      ]),
    ),
    ...table(
      ['round', 'site', 'films', 'loss', 'AUC', 'seconds', 'bytes'],
      rounds.flatMap(({ round, sites: taking }) =>
        taking.map((site) => [round, site.siteId, site.films, site.loss, site.auc, site.seconds, site.bytes]),
      ),
    ),
    heading('Specification'),
    { kind: 'code', text: JSON.stringify(spec, null, 2) },
  ];
}

type Evaluation = NonNullable<ModelReport['evaluation']>;

function evaluationBlocks({ sites, comparison }: Evaluation): readonly Block[] {
  const blocks: Block[] = [
    { kind: 'heading', text: 'At the sites' },
    {
      kind: 'text',
      text: 'AUC on films kept apart at each site. ± says how far the exact figure may be at most, because scores were counted in fiftieths. A dash: no such model, or too few people to tell of.',
    },
    {
      kind: 'table',
      head: ['site', 'common model', "site's own", 'trained there alone', 'films'],
      rows: sites.map(({ siteId, common, personal, localOnly }) => [
        siteId,
        within(common),
        within(personal),
        within(localOnly),
        common?.films ?? null,
      ]),
    },
  ];
  if (comparison === null) return blocks;
  return [...blocks, ...crossSiteBlocks(comparison, sites), ...contributionBlocks(comparison)];
}

function crossSiteBlocks(
  { models }: NonNullable<Evaluation['comparison']>,
  sites: Evaluation['sites'],
): readonly Block[] {
  const local = models.filter(({ kind }) => kind === 'local-only');
  if (local.length === 0) return [];
  return [
    { kind: 'heading', text: 'Models of each site alone, tried at every site' },
    {
      kind: 'table',
      head: ['trained alone at', ...sites.map(({ siteId }) => `at ${siteId}`)],
      rows: local.map((model) => [
        model.siteId,
        ...sites.map((at) => within(model.sites.find(({ siteId }) => siteId === at.siteId)?.figures ?? null)),
      ]),
    },
  ];
}

function contributionBlocks({ contributions }: NonNullable<Evaluation['comparison']>): readonly Block[] {
  if (contributions.length === 0) return [];
  return [
    { kind: 'heading', text: 'What each site contributed' },
    {
      kind: 'text',
      text: 'The final model less the one without the site, on the same films; above 0: its changes helped. Every round was folded anew from the changes the others did send; nothing was trained again, so what they would have learned without its company is not known. A difference within "may be chance" cannot be told from none.',
    },
    {
      kind: 'table',
      head: ['site', 'measured at', 'AUC with', 'AUC without', 'difference', 'may be chance', 'loss saved', 'films'],
      rows: contributions.flatMap(({ siteId, everywhere, elsewhere }) =>
        [['all sites', everywhere] as const, ['the other sites', elsewhere] as const].map(([where, figures]) => [
          siteId,
          where,
          figures?.auc ?? null,
          figures?.aucWithout ?? null,
          figures?.aucDifference ?? null,
          figures?.chanceWithin == null ? null : `± ${shown(figures.chanceWithin)}`,
          figures?.lossDifference ?? null,
          figures?.films ?? null,
        ]),
      ),
    },
  ];
}

function within(figures: { readonly auc: number | null; readonly aucWithin: number } | null): Cell {
  return figures?.auc == null ? null : `${shown(figures.auc)} ± ${shown(figures.aucWithin)}`;
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}

function shown(cell: Cell): string {
  if (cell === null || cell === '') return '–';
  return typeof cell === 'number' && !Number.isInteger(cell) ? String(Number(cell.toPrecision(6))) : String(cell);
}

/** Text of others as one line that Markdown and HTML take as text. */
function plain(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[|<>[\]*_`\\]/g, (sign) => (sign === '`' ? sign : `\\${sign}`));
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
