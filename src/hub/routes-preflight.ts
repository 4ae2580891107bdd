import { asUnicaError } from '#base';
import { route } from '#http';
import { checkJob, whatLeaves } from '#learning';
import { codeDigest } from '#models';
import {
  type JobPreflight,
  jobPreflightSchema,
  jobSubmissionSchema,
  maskingHindrance,
  operationOf,
  type PermitView,
  whyOpen,
} from '#wire';
import { visitorOf } from './caller-visitor.ts';
import type { HubHouse } from './house.ts';
import { readinessOf } from './members.ts';
import { networkView } from './network-view.ts';

/** What stands in the way of a job, told before anybody is asked to approve it. */
export function preflightRoutes(hub: HubHouse) {
  return [
    route({
      method: 'POST',
      path: '/api/jobs/preflight',
      access: ['researcher'],
      summary:
        'What stands in the way of a job at each site: dataset, permit, presence, hardware, code; nothing is submitted',
      body: jobSubmissionSchema,
      reply: jobPreflightSchema,
      async handle({ body: { spec, requestId }, caller }): Promise<JobPreflight> {
        const [network, members, datasets, permits, codeSha256] = await Promise.all([
          networkView(hub),
          hub.membership.sites(),
          hub.datasets.current(),
          // A request of that number may not be there, or not be the caller's: then there is no permit, and that is told.
          hub.access.currentPermits(requestId, operationOf(spec), visitorOf(caller)).catch(nothingFound),
          codeDigest(),
        ]);
        const leaving = whatLeaves(spec);
        return {
          refused: refusalOf(() => checkJob(spec)),
          // A job that does not say is masked wherever it can be.
          whyOpen: (spec.aggregation === undefined ? maskingHindrance(spec) : whyOpen(spec)) ?? null,
          bytesPerRound: leaving.sentBytesPerRound,
          bytesInAll: leaving.bytesInAll,
          parameters: leaving.parameters,
          sites: spec.sites.map((siteId) => {
            const site = network.sites.find((one) => one.siteId === siteId);
            const record = datasets.find((one) => one.siteId === siteId && one.name === spec.dataset);
            const permit = permits.find((one) => one.siteId === siteId && one.dataset === spec.dataset);
            const readiness = readinessOf(members.find((one) => one.siteId === siteId)?.readiness ?? null);
            return {
              siteId,
              online: site?.online ?? false,
              lastSeenAtMs: site?.lastSeenAtMs ?? null,
              software: site?.software ?? null,
              readiness,
              dataset:
                record === undefined
                  ? null
                  : {
                      version: record.version,
                      persons: record.persons,
                      images: record.images,
                      findings: record.findings,
                      qualityScore: record.quality.score,
                    },
              permit: permit === undefined ? null : { permitId: permit.permitId, expiresAtMs: permit.expiresAtMs },
              hindrances: [
                ...(site?.state === 'active' ? [] : (['unknown-site'] as const)),
                ...(site?.state === 'active' && !site.online ? (['offline'] as const) : []),
                ...(record === undefined ? (['no-dataset'] as const) : []),
                ...(permit === undefined ? (['no-permit'] as const) : []),
                ...(readiness !== null && readiness.codeSha256 !== codeSha256 ? (['other-code'] as const) : []),
              ],
            };
          }),
        };
      },
    }),
  ];
}

function nothingFound(error: unknown): readonly PermitView[] {
  if (asUnicaError(error).code === 'http.not-found') return [];
  throw error;
}

function refusalOf(check: () => void): JobPreflight['refused'] {
  try {
    check();
    return null;
  } catch (error) {
    return asUnicaError(error).message;
  }
}
