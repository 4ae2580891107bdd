import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Json } from '#base';
import {
  accessRequestSchema,
  type Comparison,
  type JobSpec,
  type JobView,
  jobViewSchema,
  modelReportSchema,
  modelViewSchema,
  modelWatchSchema,
} from '#wire';
import { CLINIC_ANSWER_HEADS, clinicAnswerRows } from './clinic-answers.ts';
import type { AddCommand, CommandContext } from './command-context.ts';
import { readInput } from './input-file.ts';
import { oneOf, webAddress } from './option-values.ts';

/** How often a job is looked at. */
const LOOK_MS = 1000;

/** `learn submit`, `list`, `watch`, `cancel`, `report`: jobs at a hub. */
export const addLearnJobCommands: AddCommand = (program, contextOf) => {
  const learn =
    program.commands.find((command) => command.name() === 'learn') ??
    program.command('learn').description('federated learning');
  const atHub = (name: string, words: string, example: string) =>
    learn
      .command(name)
      .description(words)
      .requiredOption('--hub <url>', "the hub's address", webAddress)
      .requiredOption('--token-file <file>', 'a token of a researcher, from `unica hub token`')
      .addHelpText('after', `\nExample:\n  unica learn ${example} --hub https://hub.example.eu --token-file token.txt`);

  atHub('submit', 'submit a job file (YAML) under a granted access request', 'submit examples/jobs/first.yaml')
    .argument('<job.yaml>', 'the job; docs/schemas/job.schema.json says what it may hold')
    .option('--request <id>', 'the access request, where the file names none')
    .option(
      '--engine <name>',
      'flower: by the Flower SuperLink that the hub has joined, instead of its own nodes',
      oneOf(['flower']),
    )
    .action(async (path: string, options: SubmitOptions) => await submit(path, options, contextOf()));

  atHub('list', 'jobs, newest first', 'list').action(async (options: HubOptions) => {
    const { terminal, signal } = contextOf();
    const hub = await hubOf(options);
    const { jobs } = await hub.get('/api/jobs', z.object({ jobs: z.array(jobViewSchema) }), signal);
    terminal.answer({ jobs: jobs as unknown as Json }, () =>
      terminal.table(
        ['job', 'state', 'rounds', 'title'],
        jobs.map((job) => [job.jobId, job.state, `${closedRounds(job).length} of ${job.spec.rounds}`, job.spec.title]),
      ),
    );
  });

  atHub('watch', 'follow a job to its end', 'watch job-1234')
    .argument('<id>', 'the job')
    .action(async (jobId: string, options: HubOptions) => await watch(jobId, options, contextOf()));

  atHub(
    'evaluate',
    'have the sites of a granted request evaluate a registered model on films kept apart there',
    'evaluate model-1234 --request request-1234',
  )
    .argument('<model>', 'the registered model')
    .requiredOption('--request <id>', 'the access request; its sites are asked')
    .action(async (modelId: string, options: HubOptions & { readonly request: string }) => {
      await evaluate(modelId, options, contextOf());
    });

  atHub(
    'contributions',
    'what each site contributed, and the models of each site at the others, where a job asked for that (evaluation)',
    'contributions job-1234',
  )
    .argument('<id>', 'the job')
    .action(async (jobId: string, options: HubOptions) => await contributions(jobId, options, contextOf()));

  atHub(
    'ask-clinics',
    'ask sites how a model does in their clinic; their owners decide',
    'ask-clinics chest-nodule --site lisbon --site porto --because "Yearly look at the model in use"',
  )
    .argument('<model>', 'the name of its folder at the nodes')
    .requiredOption('--site <id...>', 'the sites that are asked')
    .requiredOption('--because <words>', 'what for; owners read it')
    .action(async (model: string, options: HubOptions & { readonly site: string[]; readonly because: string }) => {
      const { terminal, signal } = contextOf();
      const hub = await hubOf(options);
      const { site: sites, because } = options;
      const watch = await hub.post('/api/model-watches', { model, sites, because }, modelWatchSchema, signal);
      terminal.answer({ watchId: watch.watchId, sites }, () =>
        terminal.line(`${watch.watchId}: each owner is asked now. Answers: unica learn clinics ${watch.watchId}`),
      );
    });

  atHub('clinics', 'how a model does in the clinics that were asked, site by site', 'clinics watch-1234')
    .argument('<id>', 'the question')
    .action(async (watchId: string, options: HubOptions) => {
      const { terminal, signal } = contextOf();
      const hub = await hubOf(options);
      const watch = await hub.get(`/api/model-watches/${encodeURIComponent(watchId)}`, modelWatchSchema, signal);
      terminal.answer(watch as unknown as Json, () =>
        terminal.table([...CLINIC_ANSWER_HEADS], clinicAnswerRows(watch)),
      );
    });

  atHub('cancel', 'stop a job', 'cancel job-1234 --because "wrong cohort"')
    .argument('<id>', 'the job')
    .requiredOption('--because <words>', 'why; everybody who takes part reads it')
    .action(async (jobId: string, options: HubOptions & { readonly because: string }) => {
      const { terminal, signal } = contextOf();
      const hub = await hubOf(options);
      const { because } = options;
      const view = await hub.post(`/api/jobs/${encodeURIComponent(jobId)}/cancel`, { because }, jobViewSchema, signal);
      terminal.answer({ jobId, state: view.state }, () => terminal.line(`${jobId} is ${view.state}.`));
    });

  atHub(
    'report',
    'write how a model was made: report.json, .md, .html, and job.yaml to make it again',
    'report job-1234',
  )
    .argument('<id>', 'a finished job, or its model')
    .option('--out <dir>', 'folder for the report', 'report')
    .action(
      async (id: string, options: HubOptions & { readonly out: string }) => await report(id, options, contextOf()),
    );
};

async function submit(path: string, options: SubmitOptions, { terminal, signal }: CommandContext): Promise<void> {
  const { readJobFile, specOfJobFile } = await import('#learning');
  const { taskByName } = await import('#pilots');
  const { UnicaError } = await import('#base');
  const told = readJobFile(new TextDecoder().decode(await readInput(path, 1_048_576)));
  const file = options.engine === undefined ? told : { ...told, engine: options.engine };
  const requestId = options.request ?? file.request;
  if (requestId === undefined) {
    throw new UnicaError('learning.job-file', {
      where: 'request',
      problem: 'no access request is named, nor --request given',
    });
  }
  const hub = await hubOf(options);
  const request = await requestOf(hub, requestId, signal);
  const { model, training } = taskByName(file.task);
  const spec = specOfJobFile(file, { request, task: { model: { ...model, widths: [...model.widths] }, ...training } });
  const view = await hub.post('/api/jobs', { spec: spec as Json, requestId }, jobViewSchema, signal);
  terminal.answer({ jobId: view.jobId, specSha256: view.specSha256, state: view.state }, () => {
    terminal.line(`${view.jobId}: ${view.state}. Each site's owner is asked now.`);
    terminal.line(`Digest of what they approve: ${view.specSha256}`);
  });
}

async function evaluate(
  modelId: string,
  options: HubOptions & { readonly request: string },
  context: CommandContext,
): Promise<void> {
  const { UnicaError } = await import('#base');
  const { terminal, signal } = context;
  const hub = await hubOf(options);
  const {
    jobId: madeBy,
    weightsSha256,
    title,
  } = await hub.get(`/api/models/${encodeURIComponent(modelId)}`, modelViewSchema, signal);
  const made = await hub.get(`/api/jobs/${encodeURIComponent(madeBy)}`, jobViewSchema, signal);
  const request = await requestOf(hub, options.request, signal);
  const holders = request.datasets.filter(({ name }) => name === made.spec.dataset).map(({ siteId }) => siteId);
  if (holders.length === 0) throw new UnicaError('http.not-found', { what: 'dataset of the model in that request' });
  // Nothing is trained, so nothing of how it was trained is asked again.
  const { aggregation: _, compression: __, privacy: ___, sitesPerRound: ____, ...asMade } = made.spec;
  const spec: JobSpec = {
    ...asMade,
    title: `Evaluation: ${title}`.slice(0, 200),
    purpose: request.purpose,
    sites: holders,
    strategy: { kind: 'fedavg' },
    rounds: 0,
    warmStart: { modelId, weightsSha256 },
    evaluation: { localOnly: false },
  };
  const body = { spec: spec as Json, requestId: request.requestId };
  const { jobId } = await hub.post('/api/jobs', body, jobViewSchema, signal);
  terminal.line(`${jobId}: each site's owner is asked now.`);
  await watch(jobId, options, context);
}

async function requestOf(hub: Awaited<ReturnType<typeof hubOf>>, requestId: string, signal: AbortSignal) {
  const { UnicaError } = await import('#base');
  const list = z.object({ requests: z.array(accessRequestSchema) });
  const { requests } = await hub.get('/api/access-requests', list, signal);
  const request = requests.find((one) => one.requestId === requestId);
  if (request === undefined) throw new UnicaError('http.not-found', { what: 'access request of that number' });
  return request;
}

function tellEvaluation({ evaluation }: JobView, terminal: CommandContext['terminal']): void {
  if (evaluation === undefined) return;
  const told = (figures: { readonly auc: number | null; readonly aucWithin: number } | null) =>
    figures?.auc == null ? 'withheld' : `${figures.auc.toFixed(4)} ± ${figures.aucWithin.toFixed(4)}`;
  terminal.table(
    ['site', 'state', 'AUC', 'AUC of its own', 'AUC alone'],
    evaluation.sites.map(({ siteId, state, common, personal, localOnly }) => [
      siteId,
      state,
      told(common),
      personal === null ? '–' : told(personal),
      localOnly === null ? '–' : told(localOnly),
    ]),
  );
  if (evaluation.comparison !== undefined) tellComparison(evaluation.comparison, terminal);
  const { merged } = evaluation;
  if (merged !== null)
    terminal.line(`all sites: AUC ${told(merged)}, calibration error ${merged.calibrationError.toFixed(4)}`);
}

async function contributions(jobId: string, options: HubOptions, { terminal, signal }: CommandContext): Promise<void> {
  const { UnicaError } = await import('#base');
  const hub = await hubOf(options);
  const view = await hub.get(`/api/jobs/${encodeURIComponent(jobId)}`, jobViewSchema, signal);
  const comparison = view.evaluation?.comparison;
  if (comparison === undefined) {
    const what =
      'comparison of models in that job: it asked for none (evaluation: withoutEach, crossSite), or has not come so far';
    throw new UnicaError('http.not-found', { what });
  }
  const how = 'folded anew from the changes the other sites sent; nothing was trained again';
  terminal.answer({ jobId, state: view.state, how, ...comparison } as unknown as Json, () =>
    tellComparison(comparison, terminal),
  );
}

function tellComparison(
  { sites, models, contributions: told }: Comparison,
  terminal: Pick<CommandContext['terminal'], 'table' | 'line'>,
): void {
  const four = (value: number | null | undefined) => (value == null ? '–' : value.toFixed(4));
  const local = models.filter(({ kind }) => kind === 'local-only');
  if (local.length > 0) {
    terminal.table(
      ['trained alone at', ...sites.map(({ siteId }) => `AUC at ${siteId}`)],
      local.map((model) => [model.siteId, ...model.sites.map(({ figures }) => four(figures?.auc))]),
    );
  }
  if (told.length === 0) return;
  terminal.table(
    ['site', 'measured at', 'AUC with', 'AUC without', 'difference', 'may be chance', 'loss saved'],
    told.flatMap(({ siteId, everywhere, elsewhere }) =>
      [['all sites', everywhere] as const, ['the others', elsewhere] as const].map(([where, figures]) => [
        siteId,
        where,
        four(figures?.auc),
        four(figures?.aucWithout),
        four(figures?.aucDifference),
        figures?.chanceWithin == null ? '–' : `± ${four(figures.chanceWithin)}`,
        four(figures?.lossDifference),
      ]),
    ),
  );
  terminal.line('Each round was folded anew from the changes the others sent; nothing was trained again.');
}

async function watch(jobId: string, options: HubOptions, { terminal, signal }: CommandContext): Promise<void> {
  const hub = await hubOf(options);
  let told = 0;
  for (;;) {
    const view = await hub.get(`/api/jobs/${encodeURIComponent(jobId)}`, jobViewSchema, signal);
    const closed = closedRounds(view);
    for (const { round, loss, auc, sites } of closed.slice(told)) {
      const received = sites.filter(({ state }) => state === 'received').length;
      const shown = (value: number | null) => (value === null ? '–' : value.toFixed(4));
      terminal.line(
        `round ${round} of ${view.spec.rounds}  loss ${shown(loss)}  AUC ${shown(auc)}  sites ${received} of ${sites.length}`,
      );
    }
    told = closed.length;
    if (view.state !== 'running' && view.state !== 'awaiting-approval') {
      terminal.answer(view as unknown as Json, () => {
        tellEvaluation(view, terminal);
        terminal.line(
          `${view.state}${view.because === null ? '' : `: ${view.because}`}${view.modelId === null ? '' : `, model ${view.modelId}`}`,
        );
      });
      return;
    }
    if (view.state === 'awaiting-approval') {
      const waiting = view.sites.filter(({ decision }) => decision === 'waiting').map(({ siteId }) => siteId);
      terminal.live(`waiting for the owners of ${waiting.join(', ')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    signal.throwIfAborted();
  }
}

async function report(
  id: string,
  options: HubOptions & { readonly out: string },
  { terminal, signal }: CommandContext,
): Promise<void> {
  const { UnicaError } = await import('#base');
  const { reportHtml, reportMarkdown } = await import('#models');
  const { writeJobFile } = await import('#learning');
  const hub = await hubOf(options);
  const modelId = id.startsWith('model-')
    ? id
    : (await hub.get(`/api/jobs/${encodeURIComponent(id)}`, jobViewSchema, signal)).modelId;
  if (modelId === null) throw new UnicaError('http.not-found', { what: 'model of that job yet' });
  const made = await hub.get(`/api/models/${encodeURIComponent(modelId)}/report`, modelReportSchema, signal);
  const files = {
    'report.json': `${JSON.stringify(made, null, 2)}\n`,
    'report.md': reportMarkdown(made),
    'report.html': reportHtml(made),
    'job.yaml': writeJobFile(made.job.spec),
  };
  await mkdir(options.out, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(options.out, name), text);
  const written = Object.keys(files).map((name) => join(options.out, name));
  terminal.answer({ modelId, files: written, weightsSha256: made.model.weightsSha256 }, () => {
    for (const path of written) terminal.line(path);
  });
}

async function hubOf(options: HubOptions) {
  const token = new TextDecoder().decode(await readInput(options.tokenFile)).trim();
  const { HouseClient } = await import('#village');
  return new HouseClient({ house: 'hub', url: options.hub, token, patienceMs: 0 });
}

function closedRounds(view: JobView): JobView['rounds'] {
  return view.rounds.filter(({ state }) => state === 'closed');
}

interface HubOptions {
  readonly hub: string;
  readonly tokenFile: string;
}

interface SubmitOptions extends HubOptions {
  readonly request?: string;
  readonly engine?: 'flower';
}
