import { z } from 'zod';
import { UnicaError } from '#base';
import { route } from '#http';
import { codeDigest, DOSSIER_VIEWS, modelReport, reportDossier, runEnvironment } from '#models';
import {
  acceptedSchema,
  digestSchema,
  idSchema,
  type ModelReport,
  modelEvidenceSchema,
  modelReportSchema,
  modelStateChangeSchema,
  modelViewSchema,
  WIRE_LIMITS,
} from '#wire';
import type { HubHouse } from './house.ts';
import { VERSION } from './version.ts';

const modelParams = z.strictObject({ modelId: idSchema });

/** Models: what came out of jobs, how it was made, how good it is, and whether it is to be used. */
export function modelRoutes(hub: HubHouse) {
  const reportOf = async (modelId: string): Promise<ModelReport> => {
    const register = await hub.models.list();
    const model = await hub.models.view(modelId);
    const [job, datasets, codeSha256] = await Promise.all([
      hub.learning.state(model.jobId),
      hub.datasets.current(),
      codeDigest(),
    ]);
    const house = { software: `unica/${VERSION}`, codeSha256, environment: runEnvironment() };
    return modelReport({ model, register, job, datasets, hub: house });
  };
  return [
    route({
      method: 'GET',
      path: '/api/models',
      access: 'public',
      summary: 'Registered models',
      reply: z.strictObject({ models: z.array(modelViewSchema) }),
      handle: async () => ({ models: [...(await hub.models.list())] }),
    }),
    route({
      method: 'GET',
      path: '/api/models/:modelId',
      access: 'public',
      summary: 'A model and its evidence',
      params: modelParams,
      reply: modelViewSchema,
      handle: async ({ params }) => await hub.models.view(params.modelId),
    }),
    route({
      method: 'GET',
      path: '/api/models/:modelId/weights',
      access: ['researcher', 'clinician', 'coordinator'],
      summary: 'The weights as safetensors',
      params: modelParams,
      reply: 'bytes',
      async handle({ params }) {
        const model = await hub.models.view(params.modelId);
        return { contentType: 'application/octet-stream', bytes: await hub.blobs.get(model.weightsSha256) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/models/:modelId/evidence',
      access: ['researcher'],
      summary: 'Attach an evaluation to a model',
      params: modelParams,
      body: modelEvidenceSchema,
      reply: acceptedSchema,
      async handle({ params, body, caller }) {
        await hub.models.attachEvidence(params.modelId, body);
        await hub.journal.append({
          actor: caller.actor,
          action: 'model.evidence-attached',
          subject: params.modelId,
          facts: { testSamples: body.testSamples, simulated: body.simulated },
        });
        return { accepted: true as const };
      },
    }),
    route({
      method: 'PUT',
      path: '/api/models/:modelId/blobs/:sha256',
      access: ['researcher'],
      summary: 'A picture of an explanation; only on a demonstration hub, whose images are synthetic or public',
      params: z.strictObject({ modelId: idSchema, sha256: digestSchema }),
      reply: acceptedSchema,
      bodyLimitBytes: WIRE_LIMITS.messageBytes,
      async handle({ params, rawBody }) {
        if (!hub.config.demonstration) throw new UnicaError('hub.demonstration-only');
        const { sha256 } = await hub.blobs.put(rawBody);
        if (sha256 !== params.sha256) throw new UnicaError('hub.blob-corrupt');
        return { accepted: true as const };
      },
    }),
    route({
      method: 'GET',
      path: '/api/models/:modelId/blobs/:sha256',
      access: 'public',
      summary: 'A picture named by the evidence of a model',
      params: z.strictObject({ modelId: idSchema, sha256: digestSchema }),
      reply: 'bytes',
      async handle({ params }) {
        const { evidence } = await hub.models.view(params.modelId);
        const named = evidence?.explanations.some(
          (one) => one.imageSha256 === params.sha256 || one.overlaySha256 === params.sha256,
        );
        if (named !== true) throw new UnicaError('http.not-found', { what: 'picture of that model' });
        return { contentType: 'image/png', bytes: await hub.blobs.get(params.sha256) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/models/:modelId/report',
      access: 'signed-in',
      summary:
        'Everything about how a model was made: data versions, code, seeds, curves, surroundings, parents, reruns',
      params: modelParams,
      reply: modelReportSchema,
      handle: async ({ params }) => await reportOf(params.modelId),
    }),
    route({
      method: 'GET',
      path: '/api/models/:modelId/dossier/:view',
      access: 'signed-in',
      summary:
        'The dossier of a model, made of its report: page, PDF, model card, scorecards, documentation, transcript',
      params: z.strictObject({ modelId: idSchema, view: z.enum(DOSSIER_VIEWS) }),
      reply: 'bytes',
      handle: async ({ params }) => reportDossier(await reportOf(params.modelId), params.view),
    }),
    route({
      method: 'POST',
      path: '/api/models/:modelId/state',
      access: ['coordinator'],
      summary: 'Take a model into the registry or out of use, with the reason',
      params: modelParams,
      body: modelStateChangeSchema,
      reply: modelViewSchema,
      async handle({ params, body, caller }) {
        const moved = await hub.models.move(params.modelId, { ...body, by: caller.actor });
        await hub.journal.append({
          actor: caller.actor,
          action: `model.${body.state}`,
          subject: params.modelId,
          because: body.because,
          facts: { weightsSha256: moved.weightsSha256 },
        });
        return moved;
      },
    }),
  ];
}
