import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '#base';
import { announcesDataSet, type Command, decodeCommand, encodeCommand } from './dimse-message.ts';

/** Written by hand after PS3.7 tables 9.3-12, 9.3-13 and 9.3-2. */
const WRITTEN: readonly (readonly [name: string, hex: string, command: Command, hasDataSet: boolean])[] = [
  [
    'C-ECHO-RQ',
    // group length 56; 1.2.840.10008.1.1 padded to 18
    '00000000 04000000 38000000 00000200 12000000 312e322e3834302e31303030382e312e3100' +
      '00000001 02000000 3000 00001001 02000000 0700 00000008 02000000 0101',
    { affectedSopClassUid: '1.2.840.10008.1.1', commandField: 0x30, messageId: 7, dataSetType: 0x0101 },
    false,
  ],
  [
    'C-STORE-RSP with a comment',
    '00000000 04000000 40000000 00000001 02000000 0180 00002001 02000000 0300 00000008 02000000 0101' +
      '00000009 02000000 00a7 00000209 04000000 66756c6c 00000010 04000000 312e3200',
    {
      commandField: 0x8001,
      messageIdRespondedTo: 3,
      dataSetType: 0x0101,
      status: 0xa700,
      errorComment: 'full',
      affectedSopInstanceUid: '1.2',
    },
    false,
  ],
];

for (const [name, hex, command, hasDataSet] of WRITTEN) {
  test(`decodes and encodes ${name}`, () => {
    const bytes = fromHex(hex.replaceAll(' ', ''));
    assert.deepEqual(decodeCommand(bytes), command);
    assert.equal(announcesDataSet(command), hasDataSet);
    assert.equal(toHex(encodeCommand(command, hasDataSet)), toHex(bytes));
  });
}

const HOSTILE: readonly (readonly [name: string, hex: string])[] = [
  ['nothing', ''],
  ['half an element', '00000001'],
  ['a value of 4 GB', '00000001 ffffffff 3000'],
  ['an element of another group', '08000001 02000000 3000'],
  ['no command field', '00001001 02000000 0700'],
  ['a command field of no length', '00000001 00000000'],
  ['a command field of four bytes', '00000001 04000000 30000000'],
];

for (const [name, hex] of HOSTILE) {
  test(`refuses a command of ${name}`, () => {
    assert.throws(() => decodeCommand(fromHex(hex.replaceAll(' ', ''))), { name: 'PduViolation' });
  });
}
