import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { HouseClient } from './house-client.ts';

/** A house whose first answers have these statuses; every later one is fine. */
async function house(context: TestContext, statuses: readonly number[]) {
  const asked: string[] = [];
  const server = createServer((request, answer) => {
    answer.statusCode = statuses[asked.length] ?? 200;
    asked.push(request.method ?? '');
    answer.end(answer.statusCode === 200 ? '"fine"' : JSON.stringify({ detail: 'the database is away' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, client: (patienceMs: number) => new HouseClient({ house: 'hub', url, token: 't', patienceMs }) };
}

test('a page whose house falters is asked for again', async (context) => {
  const { asked, client } = await house(context, [500, 503]);
  assert.equal(await client(20_000).get('/', z.string()), 'fine');
  assert.deepEqual(asked, ['GET', 'GET', 'GET']);
});

test('a house that goes on faltering is reported in its own words', async (context) => {
  const { client } = await house(context, [500, 500, 500, 500]);
  await assert.rejects(client(0).get('/', z.string()), /the database is away/);
});

const REFUSED = [
  ['a page that is refused', 403, 'GET'],
  ['a message on which the house falters: it may have been heard', 500, 'POST'],
] as const;
for (const [what, status, method] of REFUSED) {
  test(`asked once: ${what}`, async (context) => {
    const { asked, client } = await house(context, [status, status]);
    const one = client(20_000);
    const answer = method === 'GET' ? one.get('/', z.string()) : one.post('/', {}, z.string());
    await assert.rejects(answer, /the database is away/);
    assert.deepEqual(asked, [method]);
  });
}
