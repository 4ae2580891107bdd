import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { nodeConfig } from './config.ts';

test('settings: no port, no receiver', () => {
  assert.equal(nodeConfig({}).dicomReceiver, undefined);
  assert.equal(nodeConfig({ dicomPeers: 'CT1' }).dicomReceiver, undefined);
  assert.equal(nodeConfig({}).dicomAeTitle, 'UNICA');
});

test('settings: who may send is read from a list, or is anyone when that is said', () => {
  const rows: readonly (readonly [string, unknown])[] = [
    ['any', { kind: 'anyone' }],
    ['CT1', { kind: 'listed', peers: [{ aeTitle: 'CT1' }] }],
    [
      ' ORTHANC@127.0.0.1 , CT 1,PACS@::1',
      {
        kind: 'listed',
        peers: [
          { aeTitle: 'ORTHANC', addresses: ['127.0.0.1'] },
          { aeTitle: 'CT 1' },
          { aeTitle: 'PACS', addresses: ['::1'] },
        ],
      },
    ],
  ];
  for (const [dicomPeers, senders] of rows) {
    const receiver = nodeConfig({ dicomPort: '11112', dicomPeers, host: '192.0.2.1' }).dicomReceiver;
    assert.deepEqual(receiver, { host: '192.0.2.1', port: 11_112, senders, readers: [], destinations: [] });
  }
});

test('settings: what could open the receiver by accident is refused', () => {
  const rows: readonly (readonly [Record<string, string>, string])[] = [
    [{ dicomPort: '11112' }, 'dicomPeers'],
    [{ dicomPort: '11112', dicomPeers: ' , ' }, 'dicomPeers'],
    [{ dicomPort: '11112', dicomPeers: 'CT1@pacs.example' }, 'dicomPeers'],
    [{ dicomPort: '11112', dicomPeers: '@127.0.0.1' }, 'dicomPeers'],
    [{ dicomPort: '11112', dicomPeers: 'A TITLE TOO LONG.' }, 'dicomPeers'],
    [{ dicomPort: '11112', dicomPeers: 'CT1@127.0.0.1@x' }, 'dicomPeers'],
    [{ dicomPort: '70000', dicomPeers: 'any' }, 'dicomPort'],
    [{ dicomAeTitle: 'UNICA\\1' }, 'dicomAeTitle'],
    [{ dicomSpoolMib: '0' }, 'dicomSpoolMib'],
    [{ dicomObjectMib: '4353' }, 'dicomObjectMib'],
  ];
  for (const [flat, key] of rows) {
    assert.throws(
      () => nodeConfig(flat),
      (error) => error instanceof UnicaError && error.code === 'config.invalid' && error.message.includes(key),
      JSON.stringify(flat),
    );
  }
});
