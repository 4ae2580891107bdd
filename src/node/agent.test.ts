import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { silentLog, UnicaError } from '#base';
import { type CarryingReceipt, HUB_PATHS, type TaskBody, type TaskEnvelope } from '#wire';
import { Agent, type Worker } from './agent.ts';
import type { HubClient } from './hub-client.ts';

const PATIENCE = { timeout: 60_000 };

function roundTask(taskId: string): TaskEnvelope {
  return {
    taskId,
    leaseUntilMs: Date.now() + 20_000,
    attempt: 1,
    body: { kind: 'train-round', jobId: 'a' } as TaskBody,
  };
}

/** A node at a hub that gives one task with the first poll and answers receipts as told. */
function agentAt(
  context: TestContext,
  work: Worker,
  answer: (taskId: string, message: CarryingReceipt) => Promise<readonly TaskEnvelope[]>,
  carried: object = { of: () => undefined, taken: async () => {}, drop: () => {} },
): Agent {
  let polls = 0;
  const post = async ({ path, message, signal }: { path: string; message: unknown; signal: AbortSignal }) => {
    if (path !== HUB_PATHS.poll) {
      return { accepted: true, tasks: await answer(path.split('/').at(-2) ?? '', message as CarryingReceipt) };
    }
    polls += 1;
    if (polls === 1) return { serverTimeMs: Date.now(), tasks: [roundTask('first')] };
    return await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new UnicaError('node.stopped')), { once: true });
    });
  };
  const agent = new Agent({
    hub: {
      post,
      carried,
      takesCarried: true,
      speaks: () => true,
      agreeOn: () => {},
      takeContent: () => {},
    } as unknown as HubClient,
    work,
    killSwitch: { stopped: false, signal: new AbortController().signal } as never,
    log: silentLog,
    software: 'test',
    readiness: Promise.resolve({} as never),
    clock: Date.now,
    hubClock: { tell: () => {}, offsetMs: 0 } as never,
    witness: { setBack: false, question: () => undefined, take: async () => {} } as never,
  });
  context.after(async () => await agent.close());
  agent.start();
  return agent;
}

const trained: Worker = async () => ({ kind: 'trained-masked' }) as never;

test('the answer to a round brings the next, which is begun', PATIENCE, async (context) => {
  const answered: string[] = [];
  await new Promise<void>((resolve) => {
    agentAt(context, trained, async (taskId, { next }) => {
      assert.ok(next !== undefined);
      answered.push(taskId);
      if (taskId === 'second') resolve();
      return taskId === 'first' ? [roundTask('second')] : [];
    });
  });
  assert.deepEqual(answered, ['first', 'second']);
});

test('the next round is begun before the update of the last one is thrown away', PATIENCE, async (context) => {
  let thrownAway: () => void = () => {};
  let isThrownAway = false;
  const carried = {
    of: () => ({ sha256: '', bytes: new Uint8Array(0), kind: 'update' }),
    taken: async () => {
      await new Promise<void>((resolve) => {
        thrownAway = resolve;
      });
      isThrownAway = true;
    },
    drop: () => {},
  };
  await new Promise<void>((resolve) => {
    const answer = async (taskId: string) => {
      if (taskId === 'second') resolve();
      return taskId === 'first' ? [roundTask('second')] : [];
    };
    agentAt(context, trained, answer, carried);
  });
  assert.equal(isThrownAway, false);
  thrownAway();
  // What the second leaves is waited for when the node ends.
  setImmediate(() => thrownAway());
});

test(
  'with a round that could not be done now nothing is asked for: it would come back while it is under way',
  PATIENCE,
  async (context) => {
    const failing: Worker = async () => {
      throw new UnicaError('node.hub-unreachable', { hubUrl: 'https://hub.example' });
    };
    const message = await new Promise<CarryingReceipt>((resolve) => {
      agentAt(context, failing, async (_, said) => {
        resolve(said);
        return [];
      });
    });
    assert.equal(message.receipt.kind, 'refused');
    assert.equal(message.next, undefined);
  },
);

test('an answer that comes while the node ends begins nothing', PATIENCE, async (context) => {
  let done = 0;
  const work: Worker = async (body, signal) => {
    done += 1;
    return await trained(body, signal);
  };
  let give: (tasks: readonly TaskEnvelope[]) => void = () => {};
  const given = new Promise<readonly TaskEnvelope[]>((resolve) => {
    give = resolve;
  });
  let agent: Agent | undefined;
  await new Promise<void>((resolve) => {
    agent = agentAt(context, work, async () => {
      resolve();
      return await given;
    });
  });
  const closing = agent?.close();
  give([roundTask('second')]);
  await closing;
  assert.equal(done, 1);
});
