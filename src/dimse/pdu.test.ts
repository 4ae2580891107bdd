import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concatBytes, fromHex, toHex, utf8 } from '#base';
import { PduViolation } from './decode-pdu.ts';
import { dataHead, encodePdu } from './encode-pdu.ts';
import type { Pdu } from './pdu.ts';
import { PduStream } from './pdu-stream.ts';

const MAX_DATA_BYTES = 4096;

function text(value: string): string {
  return toHex(utf8(value));
}

/** Written by hand after PS3.8 tables 9-11 to 9-26 and PS3.7 annex D.3.3. */
const WRITTEN: readonly (readonly [name: string, hex: string, pdu: Pdu])[] = [
  [
    'A-ASSOCIATE-RQ, PS3.8 table 9-11',
    // 2 version, 2 reserved, 16 called, 16 calling, 32 reserved
    `01 00 000000e1 0001 0000 ${text('STORE           ')} ${text('CT-ROOM-1       ')} ${'00'.repeat(32)}` +
      // application context, 21 bytes
      `10 00 0015 ${text('1.2.840.10008.3.1.1.1')}` +
      // context 1: abstract syntax of 17 bytes, transfer syntaxes of 17 and 19
      `20 00 0045 01 00 00 00 30 00 0011 ${text('1.2.840.10008.1.1')}` +
      `40 00 0011 ${text('1.2.840.10008.1.2')} 40 00 0013 ${text('1.2.840.10008.1.2.1')}` +
      // user information: maximum length 16384, implementation class, window, role, version
      `50 00 0037 51 00 0004 00004000 52 00 0003 ${text('1.2')} 53 00 0004 0001 0002` +
      `54 00 0009 0005 ${text('1.2.3')} 00 01 55 00 000f ${text('OFFIS_DCMTK_367')}`,
    {
      kind: 'associate-request',
      protocolVersion: 1,
      calledAeTitle: 'STORE',
      callingAeTitle: 'CT-ROOM-1',
      applicationContext: '1.2.840.10008.3.1.1.1',
      contexts: [
        {
          id: 1,
          abstractSyntax: '1.2.840.10008.1.1',
          transferSyntaxes: ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1'],
        },
      ],
      userInformation: {
        maxPduBytes: 16_384,
        implementationClassUid: '1.2',
        implementationVersion: 'OFFIS_DCMTK_367',
        roles: [{ sopClassUid: '1.2.3', user: false, provider: true }],
        operationsWindow: { invoked: 1, performed: 2 },
      },
    },
  ],
  [
    'A-ASSOCIATE-AC, PS3.8 table 9-17',
    `02 00 00000098 0001 0000 ${text('STORE           ')} ${text('CT-ROOM-1       ')} ${'00'.repeat(32)}` +
      `10 00 0015 ${text('1.2.840.10008.3.1.1.1')}` +
      `21 00 0019 01 00 00 00 40 00 0011 ${text('1.2.840.10008.1.2')}` +
      `50 00 001a 51 00 0004 00000000 52 00 0003 ${text('1.2')} 55 00 0007 ${text('UNICA_1')}`,
    {
      kind: 'associate-accept',
      protocolVersion: 1,
      calledAeTitle: 'STORE',
      callingAeTitle: 'CT-ROOM-1',
      applicationContext: '1.2.840.10008.3.1.1.1',
      contexts: [{ id: 1, result: 0, transferSyntax: '1.2.840.10008.1.2' }],
      userInformation: {
        maxPduBytes: 0,
        implementationClassUid: '1.2',
        implementationVersion: 'UNICA_1',
        roles: [],
      },
    },
  ],
  [
    'A-ASSOCIATE-RJ, PS3.8 table 9-21: for good, by the application, called AE title unknown',
    '03 00 00000004 00 01 01 07',
    { kind: 'associate-reject', result: 1, source: 1, reason: 7 },
  ],
  [
    'P-DATA-TF, PS3.8 table 9-22: the last piece of a command and one of a data set',
    '04 00 00000010 00000004 01 03 abcd 00000004 01 00 0102',
    {
      kind: 'data',
      values: [
        { contextId: 1, isCommand: true, isLast: true, bytes: Uint8Array.of(0xab, 0xcd) },
        { contextId: 1, isCommand: false, isLast: false, bytes: Uint8Array.of(1, 2) },
      ],
    },
  ],
  ['A-RELEASE-RQ, PS3.8 table 9-24', '05 00 00000004 00000000', { kind: 'release-request' }],
  ['A-RELEASE-RP, PS3.8 table 9-25', '06 00 00000004 00000000', { kind: 'release-reply' }],
  [
    'A-ABORT, PS3.8 table 9-26: by the upper layer, unexpected PDU',
    '07 00 00000004 00 00 02 02',
    { kind: 'abort', source: 2, reason: 2 },
  ],
];

function bytesOf(hex: string): Uint8Array {
  return fromHex(hex.replaceAll(' ', ''));
}

function decoded(chunks: readonly Uint8Array[]): readonly Pdu[] {
  const stream = new PduStream(MAX_DATA_BYTES);
  const pdus: Pdu[] = [];
  for (const chunk of chunks) {
    stream.push(chunk);
    for (let pdu = stream.next(); pdu !== undefined; pdu = stream.next()) pdus.push(pdu);
  }
  return pdus;
}

/** Data transfers are handed out in parts as they come: what belongs together is joined, on both sides. */
function plain(pdus: readonly Pdu[]): unknown {
  const joined: unknown[] = [];
  let open: { contextId: number; isCommand: boolean; isLast: boolean; hex: string } | undefined;
  for (const pdu of pdus) {
    if (pdu.kind !== 'data') {
      open = undefined;
      joined.push(pdu);
      continue;
    }
    for (const { bytes, ...value } of pdu.values) {
      const fits = open?.contextId === value.contextId && open.isCommand === value.isCommand && !open.isLast;
      if (open !== undefined && fits) {
        open.hex += toHex(bytes);
        open.isLast = value.isLast;
      } else {
        open = { ...value, hex: toHex(bytes) };
        joined.push(open);
      }
    }
  }
  // Arbitraries make records without a prototype.
  return JSON.parse(JSON.stringify(joined));
}

for (const [name, hex, pdu] of WRITTEN) {
  test(`decodes and encodes ${name}`, () => {
    assert.deepEqual(plain(decoded([bytesOf(hex)])), plain([pdu]));
    assert.equal(toHex(encodePdu(pdu)), hex.replaceAll(' ', ''));
  });
}

test('the head of a single piece and its bytes are the P-DATA-TF of that piece', () => {
  const value = { contextId: 5, isCommand: false, isLast: true, bytes: Uint8Array.of(1, 2, 3, 4) };
  assert.equal(toHex(concatBytes([dataHead(value), value.bytes])), toHex(encodePdu({ kind: 'data', values: [value] })));
});

test('zero bytes around titles and UIDs, items of later editions and user identity are read over', () => {
  const [, hex] = WRITTEN[0] ?? assert.fail();
  const longer = hex.replace('000000e1', '000000eb').replace('50 00 0037', '50 00 0041');
  const padded = longer.replace(text('STORE           '), `${text('STORE')}${'00'.repeat(11)}`);
  const changed = bytesOf(`${padded} 58 00 0006 01 01 0002 6162`);
  const [pdu] = decoded([changed]);
  assert.ok(pdu?.kind === 'associate-request');
  assert.equal(pdu.calledAeTitle, 'STORE');
  assert.equal(pdu.userInformation.implementationVersion, 'OFFIS_DCMTK_367');
});

const uid = fc.stringMatching(/^[1-9][0-9]{0,8}(\.[1-9][0-9]{0,8}){1,5}$/);
const title = fc.stringMatching(/^[A-Z0-9][A-Z0-9 _-]{0,14}[A-Z0-9]$/);
const byte = fc.nat(255);
const odd = fc.nat(127).map((half) => half * 2 + 1);
const userInformation = fc.record(
  {
    maxPduBytes: fc.nat(0xffffffff),
    implementationClassUid: uid,
    implementationVersion: fc.stringMatching(/^[A-Z0-9_]{1,16}$/),
    roles: fc.array(fc.record({ sopClassUid: uid, user: fc.boolean(), provider: fc.boolean() }), { maxLength: 4 }),
    operationsWindow: fc.record({ invoked: fc.nat(65_535), performed: fc.nat(65_535) }),
  },
  { requiredKeys: ['maxPduBytes', 'implementationClassUid', 'implementationVersion', 'roles'] },
);
const associate = {
  protocolVersion: fc.nat(65_535),
  calledAeTitle: title,
  callingAeTitle: title,
  applicationContext: uid,
  userInformation,
};
const distinct = { maxLength: 8, selector: (context: { readonly id: number }) => context.id } as const;
const anyPdu: fc.Arbitrary<Pdu> = fc.oneof(
  fc.record({
    kind: fc.constant('associate-request' as const),
    ...associate,
    contexts: fc.uniqueArray(
      fc.record({ id: odd, abstractSyntax: uid, transferSyntaxes: fc.array(uid, { minLength: 1, maxLength: 5 }) }),
      distinct,
    ),
  }),
  fc.record({
    kind: fc.constant('associate-accept' as const),
    ...associate,
    contexts: fc.uniqueArray(fc.record({ id: odd, result: fc.nat(4), transferSyntax: uid }), distinct),
  }),
  fc.record({ kind: fc.constant('associate-reject' as const), result: byte, source: byte, reason: byte }),
  fc.record({
    kind: fc.constant('data' as const),
    values: fc.array(
      fc.record({
        contextId: odd,
        isCommand: fc.boolean(),
        isLast: fc.boolean(),
        bytes: fc.uint8Array({ maxLength: 500 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  }),
  fc.constant<Pdu>({ kind: 'release-request' }),
  fc.constant<Pdu>({ kind: 'release-reply' }),
  fc.record({ kind: fc.constant('abort' as const), source: byte, reason: byte }),
);

/** The bytes cut at places that are fractions of their length. */
function cutAt(bytes: Uint8Array, fractions: readonly number[]): readonly Uint8Array[] {
  const places = fractions.map((fraction) => Math.floor(fraction * bytes.length)).sort((a, b) => a - b);
  return [0, ...places].map((start, index) => bytes.subarray(start, places[index]));
}

test('any cutting of the bytes gives the PDUs that were encoded', () => {
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });
  fc.assert(
    fc.property(fc.array(anyPdu, { minLength: 1, maxLength: 6 }), cuts, (pdus, fractions) => {
      const bytes = concatBytes(pdus.map(encodePdu));
      assert.deepEqual(plain(decoded(cutAt(bytes, fractions))), plain(pdus));
    }),
    { numRuns: 300 },
  );
});

test('byte by byte it is the same', () => {
  const bytes = concatBytes(WRITTEN.map(([, hex]) => bytesOf(hex)));
  const single = Array.from(bytes, (each) => Uint8Array.of(each));
  assert.deepEqual(plain(decoded(single)), plain(WRITTEN.map(([, , pdu]) => pdu)));
});

test('whatever bytes come, only a violation is thrown', () => {
  const mutated = fc
    .tuple(fc.constantFrom(...WRITTEN), fc.array(fc.tuple(fc.nat(400), byte), { maxLength: 6 }))
    .map(([[, hex], changes]) => {
      const bytes = bytesOf(hex);
      for (const [place, value] of changes) bytes[place % bytes.length] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      try {
        decoded([bytes]);
      } catch (error) {
        assert.ok(error instanceof PduViolation, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

const HOSTILE: readonly (readonly [name: string, hex: string, abortReason: number])[] = [
  ['an unknown type', '08 00 00000004 00000000', 1],
  ['bytes of another protocol (GET / H)', '474554202f20', 1],
  ['a data transfer of 4 GB', '04 00 ffffffff', 6],
  ['a data transfer one byte beyond what was agreed', '04 00 00001001', 6],
  ['an association request of 4 GB', '01 00 ffffffff', 6],
  ['a release of 4 GB', '05 00 ffffffff', 6],
  ['an abort without its reason', '07 00 00000001 00', 6],
  ['an empty data transfer', '04 00 00000000', 6],
  ['a piece longer than its PDU', '04 00 00000008 00000010 01 03 abcd', 6],
  ['a piece of 4 GB', '04 00 00000008 ffffffff 01 03 abcd', 6],
  ['a piece without context and control', '04 00 00000004 00000000', 6],
  ['a piece that ends in its head', '04 00 00000003 000000', 6],
  ['a context of an even number', '04 00 00000008 00000004 02 03 abcd', 6],
  ['an association request of nothing', '01 00 00000000', 6],
  ['an association request without items', `01 00 00000044 0001 0000 ${'41'.repeat(32)} ${'00'.repeat(32)}`, 6],
  ['an item longer than its PDU', `01 00 0000004a 0001 0000 ${'41'.repeat(32)} ${'00'.repeat(32)} 10 00 ffff 3132`, 6],
  [
    'a title with a control character',
    `01 00 0000004a 0001 0000 0a${'41'.repeat(31)} ${'00'.repeat(32)} 10 00 0002 3132`,
    6,
  ],
  [
    'an application context that is no UID',
    `01 00 0000004a 0001 0000 ${'41'.repeat(32)} ${'00'.repeat(32)} 10 00 0002 3c3e`,
    6,
  ],
  [
    'two contexts of one number',
    `01 00 00000076 0001 0000 ${'41'.repeat(32)} ${'00'.repeat(32)} 10 00 0002 3132` +
      `${'20 00 0012 01 00 00 00 30 00 0003 312e32 40 00 0003 312e33'.repeat(2)}`,
    6,
  ],
];

for (const [name, hex, abortReason] of HOSTILE) {
  test(`refuses ${name}`, () => {
    assert.throws(() => decoded([bytesOf(hex)]), { name: 'PduViolation', abortReason });
  });
}
