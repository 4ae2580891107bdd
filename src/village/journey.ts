import { UnicaError } from '#base';
import {
  acceptedSchema,
  accessRequestSchema,
  type CohortQuery,
  type DatasetRecord,
  datasetListSchema,
  type ImportView,
  importViewSchema,
  type JobSpec,
  type JobView,
  jobViewSchema,
  type ModelEvidence,
  type ModelView,
  modelViewSchema,
  nodeStatusSchema,
  outgoingSchema,
  type SearchView,
  searchViewSchema,
} from '#wire';
import type { Network, VillageNode } from './network.ts';
import type { ListedRequest } from './wire-audit.ts';

/** How often something that is under way is looked at. */
const LOOK_MS = 250;

/** The steps of the network's main journey, each as the person whose step it is would do it, over the houses' APIs. */
export class Journey {
  readonly #network: Network;
  readonly #signal: AbortSignal;

  constructor(network: Network, signal: AbortSignal) {
    this.#network = network;
    this.#signal = signal;
  }

  /** Brings a folder into a node and waits until it is in. An import cut off by a dead node is started again. */
  async bringIn(
    node: VillageNode,
    source: { readonly path: string; readonly clinicalPath: string },
    onProgress: (view: ImportView) => void,
  ): Promise<ImportView> {
    for (let attempt = 1; ; attempt += 1) {
      const { path, clinicalPath } = source;
      const started = await node.owner.post('/api/imports', { path, clinicalPath }, importViewSchema, this.#signal);
      const view = await this.#until(
        async () => await node.owner.get(`/api/imports/${started.importId}`, importViewSchema, this.#signal),
        (seen) => {
          onProgress(seen);
          return seen.state !== 'running';
        },
      );
      if (view.state === 'done') return view;
      if (attempt === 3) {
        throw new UnicaError('village.import-failed', {
          siteId: node.siteId,
          state: view.state,
          because: view.because ?? 'no reason was given',
        });
      }
    }
  }

  /** The node's protection officer enters a person's opt-out, by the identifier the hospital knows. */
  async optOut(node: VillageNode, patientId: string): Promise<void> {
    await node.owner.post('/api/opt-outs', { patientId, decision: 'opt-out' }, acceptedSchema, this.#signal);
  }

  /** The node at a glance. */
  async status(node: VillageNode) {
    return await node.owner.get('/api/status', nodeStatusSchema, this.#signal);
  }

  /** Publishes a dataset and waits until it stands in the hub's catalogue. */
  async publish(
    node: VillageNode,
    dataset: {
      readonly name: string;
      readonly title: string;
      readonly description: string;
      readonly conditions: readonly string[];
    },
  ): Promise<DatasetRecord> {
    const { name, ...description } = dataset;
    await node.owner.post(`/api/datasets/${name}/publish`, description, acceptedSchema, this.#signal);
    const researcher = await this.#network.person('researcher');
    const listed = await this.#until(
      async () => await researcher.get('/api/datasets', datasetListSchema, this.#signal),
      ({ datasets }) => datasets.some((record) => record.siteId === node.siteId && record.name === name),
    );
    const record = listed.datasets.find((one) => one.siteId === node.siteId && one.name === name);
    if (record === undefined) throw new UnicaError('internal');
    return record;
  }

  /** A federated count; waits for every node. */
  async count(query: CohortQuery): Promise<SearchView> {
    const researcher = await this.#network.person('researcher');
    const asked = await researcher.post('/api/searches', { query } as never, searchViewSchema, this.#signal);
    return await this.#until(
      async () => await researcher.get(`/api/searches/${asked.id}?waitMs=1000`, searchViewSchema, this.#signal),
      (view) => view.pending.length === 0,
    );
  }

  /** A researcher asks for access; a member of the committee grants it. */
  async obtainAccess(request: {
    readonly title: string;
    readonly purpose: string;
    readonly datasets: readonly { readonly siteId: string; readonly name: string }[];
  }) {
    const researcher = await this.#network.person('researcher');
    const submitted = await researcher.post(
      '/api/access-requests',
      { ...request, operations: ['train', 'evaluate'], days: 30 },
      accessRequestSchema,
      this.#signal,
    );
    const committee = await this.#network.person('committee');
    return await committee.post(
      `/api/access-requests/${submitted.requestId}/decision`,
      { decision: 'granted', because: 'The purpose is clear, the data are few and no image leaves a node.' },
      accessRequestSchema,
      this.#signal,
    );
  }

  /** Submits a job; its id is what the rest of the story follows. */
  async submitJob(spec: JobSpec, requestId: string): Promise<string> {
    const researcher = await this.#network.person('researcher');
    const view = await researcher.post('/api/jobs', { spec, requestId } as never, jobViewSchema, this.#signal);
    return view.jobId;
  }

  /** Follows a job to its end, looking at it several times a second. @throws UnicaError `village.job-ended` when it does not finish. */
  async followJob(jobId: string, onView: (view: JobView) => void, lookEveryMs = LOOK_MS): Promise<JobView> {
    const researcher = await this.#network.person('researcher');
    const view = await this.#until(
      async () => {
        if (this.#network.givenUp !== undefined) throw this.#network.givenUp;
        return await researcher.get(`/api/jobs/${jobId}`, jobViewSchema, this.#signal);
      },
      (job) => {
        onView(job);
        return job.state === 'finished' || job.state === 'failed' || job.state === 'cancelled';
      },
      lookEveryMs,
    );
    if (view.state === 'finished') return view;
    throw new UnicaError('village.job-ended', { state: view.state, because: view.because ?? 'no reason was given' });
  }

  /** A registered model and its weights (safetensors). */
  async model(modelId: string): Promise<{ readonly view: ModelView; readonly weights: Uint8Array }> {
    const researcher = await this.#network.person('researcher');
    const view = await researcher.get(`/api/models/${modelId}`, modelViewSchema, this.#signal);
    return { view, weights: await researcher.bytes(`/api/models/${modelId}/weights`) };
  }

  /** Attaches an evaluation to a model. */
  async attachEvidence(modelId: string, evidence: ModelEvidence): Promise<void> {
    const researcher = await this.#network.person('researcher');
    await researcher.post(`/api/models/${modelId}/evidence`, evidence as never, acceptedSchema, this.#signal);
  }

  /** A node's own list of everything that left it. */
  async outgoing(node: VillageNode): Promise<readonly ListedRequest[]> {
    const rows: ListedRequest[] = [];
    let before: number | undefined;
    for (;;) {
      const page = await node.owner.get(
        `/api/outgoing?limit=5000${before === undefined ? '' : `&before=${before}`}`,
        outgoingSchema,
        this.#signal,
      );
      rows.push(...page.items);
      const last = page.items.at(-1)?.sequence;
      if (last === undefined || rows.length >= page.total) return rows;
      before = last;
    }
  }

  async #until<State>(look: () => Promise<State>, done: (state: State) => boolean, everyMs = LOOK_MS): Promise<State> {
    for (;;) {
      this.#signal.throwIfAborted();
      const state = await look();
      if (done(state)) return state;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
}
