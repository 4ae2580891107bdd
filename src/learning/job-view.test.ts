import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exampleJob, type JobEvent, type JobSpec } from '#wire';
import { foldJob, nextStep } from './job-view.ts';

const SITES = ['aa', 'bb', 'cc', 'dd', 'ee'];
const DIGEST = 'ab'.repeat(32);
const DEADLINE_MS = 100;

function spec(changed: Partial<JobSpec>): JobSpec {
  return exampleJob({
    sites: SITES,
    rounds: 3,
    learningRate: 0.01,
    optimiser: { kind: 'sgd' },
    quorum: 0.4,
    ...changed,
  });
}

/** A job whose round 1 is open and has the updates of so many sites. */
function openJob(changed: Partial<JobSpec>, received: number, more: readonly JobEvent[] = []) {
  const metrics = { samples: 10, loss: 1, seconds: 1, bytesOut: 1, validation: null };
  const events: readonly JobEvent[] = [
    {
      kind: 'submitted',
      atMs: 0,
      jobId: 'job-00000001',
      spec: spec(changed),
      specSha256: DIGEST,
      permits: {},
      submittedBy: 'r',
    },
    ...SITES.map(
      (siteId): JobEvent => ({ kind: 'site-decided', atMs: 1, siteId, decision: 'approved', by: 'b', because: '' }),
    ),
    { kind: 'round-opened', atMs: 2, round: 1, sites: SITES, weightsSha256: DIGEST, deadlineMs: DEADLINE_MS },
    ...SITES.slice(0, received).map(
      (siteId): JobEvent => ({ kind: 'update-received', atMs: 3, round: 1, siteId, updateSha256: DIGEST, metrics }),
    ),
    ...more,
  ];
  return foldJob(events);
}

describe('when a round closes', () => {
  // [what, the job, updates received, at, the next step]
  const rows: readonly (readonly [string, Partial<JobSpec>, number, number, string])[] = [
    ['a quorum before the deadline waits', {}, 2, 99, 'give-round'],
    ['a quorum at the deadline closes', {}, 2, 100, 'close-round'],
    ['less than a quorum waits on', {}, 1, 100, 'give-round'],
    ['all close at once', {}, 5, 3, 'close-round'],
    ['Krum waits for those it compares', { strategy: { kind: 'krum', badSites: 1, keep: 1 } }, 3, 100, 'give-round'],
    ['and closes with them', { strategy: { kind: 'krum', badSites: 1, keep: 1 } }, 4, 100, 'close-round'],
    [
      'a full buffer closes before any deadline',
      { strategy: { kind: 'fedbuff', bufferSize: 3, serverLearningRate: 1, exponent: 0.5 } },
      3,
      3,
      'close-round',
    ],
    [
      'a buffer that is not full waits, whatever the deadline',
      { strategy: { kind: 'fedbuff', bufferSize: 3, serverLearningRate: 1, exponent: 0.5 } },
      2,
      100,
      'give-round',
    ],
  ];
  for (const [what, changed, received, atMs, kind] of rows)
    it(what, () => assert.equal(nextStep(openJob(changed, received), atMs).kind, kind));
});

it('a site that was drawn for no round is asked nothing; the draw is the same for every hub', () => {
  const closed: JobEvent = {
    kind: 'round-closed',
    atMs: 4,
    round: 1,
    weightsSha256: DIGEST,
    loss: 1,
    auc: null,
    sites: SITES,
  };
  const step = nextStep(openJob({ sitesPerRound: 2 }, 5, [closed]), 5);
  assert.ok(step.kind === 'open-round');
  assert.equal(step.sites.length, 2);
  assert.deepEqual(nextStep(openJob({ sitesPerRound: 2 }, 5, [closed]), 9), step);
});

it('under FedBuff a slow site keeps what it began, in rounds it begins anew', () => {
  const closed: JobEvent = {
    kind: 'round-closed',
    atMs: 4,
    round: 1,
    weightsSha256: DIGEST,
    loss: 1,
    auc: null,
    sites: ['aa', 'bb'],
  };
  const again: JobEvent = {
    kind: 'round-opened',
    atMs: 5,
    round: 2,
    sites: SITES,
    weightsSha256: DIGEST,
    deadlineMs: 200,
  };
  const begun = (changed: Partial<JobSpec>) =>
    SITES.map((siteId) => openJob(changed, 2, [closed, again]).working.get(siteId)?.round);
  assert.deepEqual(begun({}), [2, 2, 2, 2, 2]);
  const strategy = { kind: 'fedbuff', bufferSize: 2, serverLearningRate: 1, exponent: 0.5 } as const;
  assert.deepEqual(begun({ strategy }), [2, 2, 1, 1, 1]);
});

it('the round that counted a site last is remembered', () => {
  const closed: JobEvent = {
    kind: 'round-closed',
    atMs: 4,
    round: 1,
    weightsSha256: DIGEST,
    stateSha256: DIGEST,
    loss: 1,
    auc: null,
    sites: ['aa', 'bb'],
  };
  const { counted, stateSha256 } = openJob({}, 2, [closed]);
  assert.deepEqual(
    [...counted],
    [
      ['aa', 1],
      ['bb', 1],
    ],
  );
  assert.equal(stateSha256, DIGEST);
});
