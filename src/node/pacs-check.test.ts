import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openStorageScp } from '#dimse';
import { nodeConfig } from './config.ts';
import { freePort } from './free-port.ts';
import { checkPacs, type PacsQuestion } from './pacs-check.ts';

const config = nodeConfig({ home: '/nowhere', dicomAeTitle: 'PORTO' });
const question = (port: number, aeTitle = 'PACS'): PacsQuestion => ({
  host: '127.0.0.1',
  port,
  aeTitle,
  isEncrypted: false,
  studyDate: '20260101-20260131',
});

/** A system that answers C-ECHO and knows no C-FIND, as a modality does. */
async function modality(context: TestContext): Promise<number> {
  const scp = await openStorageScp({
    host: '127.0.0.1',
    port: 0,
    aeTitle: 'PACS',
    peers: [{ aeTitle: 'PORTO' }],
    receive: async () => assert.fail('nothing is sent'),
  });
  context.after(() => scp.close());
  return scp.port;
}

test('pacs check: a closed port, another title, a system that answers and one that cannot be searched', async (context) => {
  const closed = await checkPacs(config, question(await freePort()));
  assert.ok(closed.echo.kind === 'failed' && closed.echo.code === 'dimse.unreachable', JSON.stringify(closed));
  assert.match(closed.echo.mend, /address and port/);
  assert.deepEqual([closed.find, closed.calledAs], [null, 'PORTO']);
  const port = await modality(context);
  const stranger = await checkPacs(config, question(port, 'OTHER'));
  assert.ok(stranger.echo.kind === 'failed' && stranger.echo.code === 'dimse.rejected', JSON.stringify(stranger));
  const answered = await checkPacs(config, question(port));
  assert.equal(answered.echo.kind, 'answered');
  assert.ok(answered.find?.kind === 'failed' && answered.find.code === 'dimse.not-offered', JSON.stringify(answered));
});
