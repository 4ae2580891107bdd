import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { fromHex, SeededRandom, UnicaError } from '#base';
import { buildDicom } from './build-dicom.ts';
import { decodeFrame } from './decode-frame.ts';
import { toDicomJson } from './dicom-json.ts';
import { TRANSFER_SYNTAX } from './file-head.ts';
import { parseDicom } from './parse-dicom.ts';

/** Bytes written out by hand from PS3.5 chapter 7; white space is for the eye. */
const hex = (text: string) => fromHex(text.replaceAll(/\s/g, ''));

/** A preamble and a meta header that names the transfer syntax only. */
function withMeta(transferSyntax: string, body: Uint8Array): Uint8Array {
  const uid = transferSyntax.length % 2 === 0 ? transferSyntax : `${transferSyntax}\0`;
  return Buffer.concat([
    new Uint8Array(128),
    Buffer.from('DICM'),
    hex('0200 1000'),
    Buffer.from('UI'),
    Uint8Array.of(uid.length, 0),
    Buffer.from(uid),
    body,
  ]);
}

// Modality (0008,0060) CS "CR", then ViewCodeSequence (0054,0220) with one item holding CodeValue (0008,0100) SH "R1".
const MODALITY = {
  explicit: '0800 6000 4353 0200 4352',
  implicit: '0800 6000 02000000 4352',
  big: '0008 0060 4353 0002 4352',
};
const CODE = {
  explicit: '0800 0001 5348 0200 5231',
  implicit: '0800 0001 02000000 5231',
  big: '0008 0100 5348 0002 5231',
};

/** [encoding, transfer syntax, body]. */
const ENCODINGS: readonly (readonly [string, string, string])[] = [
  [
    'explicit little endian, lengths told',
    TRANSFER_SYNTAX.explicitLittle,
    `${MODALITY.explicit} 5400 2002 5351 0000 12000000 feff 00e0 0a000000 ${CODE.explicit}`,
  ],
  [
    'explicit little endian, lengths undefined',
    TRANSFER_SYNTAX.explicitLittle,
    `${MODALITY.explicit} 5400 2002 5351 0000 ffffffff feff 00e0 ffffffff ${CODE.explicit} feff 0de0 00000000 feff dde0 00000000`,
  ],
  [
    'implicit little endian, lengths told',
    TRANSFER_SYNTAX.implicitLittle,
    `${MODALITY.implicit} 5400 2002 12000000 feff 00e0 0a000000 ${CODE.implicit}`,
  ],
  [
    'implicit little endian, lengths undefined',
    TRANSFER_SYNTAX.implicitLittle,
    `${MODALITY.implicit} 5400 2002 ffffffff feff 00e0 ffffffff ${CODE.implicit} feff 0de0 00000000 feff dde0 00000000`,
  ],
  [
    'explicit big endian',
    TRANSFER_SYNTAX.explicitBig,
    `${MODALITY.big} 0054 0220 5351 0000 00000012 fffe e000 0000000a ${CODE.big}`,
  ],
  [
    'a sequence as UN of undefined length, implicit inside (CP-246)',
    TRANSFER_SYNTAX.explicitLittle,
    `${MODALITY.explicit} 5400 2002 554e 0000 ffffffff feff 00e0 0a000000 ${CODE.implicit} feff dde0 00000000`,
  ],
  [
    'a sequence as UN with its length told',
    TRANSFER_SYNTAX.explicitLittle,
    `${MODALITY.explicit} 5400 2002 554e 0000 12000000 feff 00e0 0a000000 ${CODE.implicit}`,
  ],
  [
    'explicit bytes declared implicit',
    TRANSFER_SYNTAX.implicitLittle,
    `${MODALITY.explicit} 5400 2002 5351 0000 12000000 feff 00e0 0a000000 ${CODE.explicit}`,
  ],
  [
    'implicit bytes declared explicit',
    TRANSFER_SYNTAX.explicitLittle,
    `${MODALITY.implicit} 5400 2002 12000000 feff 00e0 0a000000 ${CODE.implicit}`,
  ],
  [
    'big endian bytes declared little endian',
    TRANSFER_SYNTAX.explicitLittle,
    `${MODALITY.big} 0054 0220 5351 0000 00000012 fffe e000 0000000a ${CODE.big}`,
  ],
  [
    'zeros after the end',
    TRANSFER_SYNTAX.explicitLittle,
    `${MODALITY.explicit} 5400 2002 5351 0000 12000000 feff 00e0 0a000000 ${CODE.explicit} ${'00'.repeat(300)}`,
  ],
];

for (const [name, transferSyntax, body] of ENCODINGS) {
  for (const [form, bytes] of [
    ['with a header', withMeta(transferSyntax, hex(body))],
    ['without a header', hex(body)],
  ] as const) {
    test(`${name}, ${form}`, () => {
      const { dataset, transferSyntaxUid } = parseDicom(bytes);
      assert.equal(dataset.text(0x00080060), 'CR');
      assert.equal(dataset.items(0x00540220)[0]?.text(0x00080100), 'R1');
      const { explicit, littleEndian } = dataset.encoding;
      const plain = explicit ? TRANSFER_SYNTAX.explicitLittle : TRANSFER_SYNTAX.implicitLittle;
      assert.equal(transferSyntaxUid, littleEndian ? plain : TRANSFER_SYNTAX.explicitBig);
    });
  }
}

test('a deflated body', () => {
  const body = deflateRawSync(hex(MODALITY.explicit));
  const file = parseDicom(withMeta(TRANSFER_SYNTAX.deflatedLittle, body));
  assert.equal(file.dataset.text(0x00080060), 'CR');
});

const TS = TRANSFER_SYNTAX.explicitLittle;
const nest = (depth: number) => '0800 1511 5351 0000 ffffffff feff 00e0 ffffffff'.repeat(depth);
/** [what is wrong, bytes, code]. */
const REFUSED: readonly (readonly [string, Uint8Array, string])[] = [
  ['nothing', new Uint8Array(0), 'dicom.not-dicom'],
  ['a text', Buffer.from('Dear colleague, please find'), 'dicom.not-dicom'],
  ['a header and no data', withMeta(TS, new Uint8Array(0)), 'dicom.not-dicom'],
  ['a value longer than the file', withMeta(TS, hex('0800 6000 4353 ff00 4352')), 'dicom.truncated'],
  ['a header cut off', withMeta(TS, hex('0800 6000 4353')), 'dicom.truncated'],
  ['a long header cut off', withMeta(TS, hex('0800 6000 5554 0000')), 'dicom.truncated'],
  [
    'a representation of no sense',
    withMeta(TS, hex(`${MODALITY.explicit} 0800 7000 5a5a 0200 4352`)),
    'dicom.malformed',
  ],
  ['an item outside a sequence', withMeta(TS, hex(`${MODALITY.explicit} feff 00e0 00000000`)), 'dicom.malformed'],
  [
    'an element where an item belongs',
    withMeta(TS, hex(`5400 2002 5351 0000 0a000000 ${CODE.explicit}`)),
    'dicom.malformed',
  ],
  ['a sequence without its end', withMeta(TS, hex(`5400 2002 5351 0000 ffffffff`)), 'dicom.truncated'],
  [
    'an item longer than its sequence',
    withMeta(TS, hex(`5400 2002 5351 0000 08000000 feff 00e0 ff000000`)),
    'dicom.truncated',
  ],
  [
    'bytes hidden behind the end of a sequence',
    withMeta(TS, hex(`${MODALITY.explicit} 5400 2002 5351 0000 0c000000 feff dde0 00000000 41424344`)),
    'dicom.malformed',
  ],
  [
    'fragments without their end',
    withMeta(TS, hex('e07f 1000 4f42 0000 ffffffff feff 00e0 00000000')),
    'dicom.truncated',
  ],
  [
    'a fragment of undefined length',
    withMeta(TS, hex('e07f 1000 4f42 0000 ffffffff feff 00e0 ffffffff')),
    'dicom.malformed',
  ],
  ['sequences within sequences without end', withMeta(TS, hex(nest(5000))), 'dicom.too-complex'],
  [
    'a million elements',
    withMeta(TRANSFER_SYNTAX.implicitLittle, Buffer.alloc(8 * 1_000_100, hex('0800 6000 00000000'))),
    'dicom.too-complex',
  ],
  [
    'a million empty items',
    withMeta(
      TS,
      Buffer.concat([hex('5400 2002 5351 0000 ffffffff'), Buffer.alloc(8 * 1_000_100, hex('feff 00e0 00000000'))]),
    ),
    'dicom.too-complex',
  ],
  [
    'a million empty fragments',
    withMeta(
      TS,
      Buffer.concat([hex('e07f 1000 4f42 0000 ffffffff'), Buffer.alloc(8 * 1_000_100, hex('feff 00e0 00000000'))]),
    ),
    'dicom.too-complex',
  ],
  [
    'zeros with something behind them',
    withMeta(TS, hex(`${MODALITY.explicit} ${'00'.repeat(64)} 41`)),
    'dicom.malformed',
  ],
  ['a deflated body that is none', withMeta(TRANSFER_SYNTAX.deflatedLittle, hex('ffffffffffff')), 'dicom.malformed'],
  [
    'a deflated body that grows without measure',
    withMeta(TRANSFER_SYNTAX.deflatedLittle, deflateRawSync(Buffer.alloc(120_000_000))),
    'dicom.too-complex',
  ],
];

for (const [name, bytes, code] of REFUSED) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => parseDicom(bytes),
      (error) => {
        assert.ok(error instanceof UnicaError, String(error));
        assert.equal(error.code, code);
        if (code !== 'dicom.not-dicom') assert.ok(Number(error.facts['offset']) >= 0);
        return true;
      },
    );
  });
}

test('the offset of a failure is the place in the file', () => {
  const bytes = withMeta(TS, hex(`${MODALITY.explicit} 0800 6000 4353 ff00 4352`));
  assert.throws(() => parseDicom(bytes), { facts: { offset: bytes.length - 10 } });
});

test('values are views of the file, not copies', () => {
  const bytes = withMeta(TS, hex(MODALITY.explicit));
  const { dataset } = parseDicom(bytes);
  assert.equal(dataset.element(0x00080060)?.value.buffer, bytes.buffer);
});

/** [character set, bytes of PatientName, what a person reads]. */
const NAMES: readonly (readonly [string, string, string])[] = [
  ['', '41 64 61', 'Ada'],
  ['ISO_IR 100', '4a e9 72 f4 6d 65', 'Jérôme'],
  ['ISO_IR 101', 'a3 f3 64 bc', 'Łódź'],
  ['ISO_IR 126', 'c4 e9 ef ed f5 f3 e9 ef f2', 'Διονυσιος'],
  ['ISO_IR 144', 'bb ee da 63 65 e0', 'Люкceр'],
  ['ISO_IR 192', 'c5 81 c3 b3 64 c5 ba', 'Łódź'],
  ['ISO 2022 IR 100', '4a e9 72', 'Jér'],
];

for (const [characterSet, bytes, name] of NAMES) {
  test(`a name in ${characterSet || 'the default character set'}`, () => {
    const charset = Buffer.from(characterSet.length % 2 === 0 ? characterSet : `${characterSet} `);
    const value = Buffer.concat([hex(bytes), hex(bytes.split(' ').length % 2 === 0 ? '' : '20')]);
    const body = Buffer.concat([
      hex('0800 0500 4353'),
      Uint8Array.of(charset.length, 0),
      charset,
      hex('1000 1000 504e'),
      Uint8Array.of(value.length, 0),
      value,
    ]);
    assert.equal(parseDicom(withMeta(TS, body)).dataset.text(0x00100010), name);
  });
}

test('thousands of damaged files never throw anything but a UnicaError', () => {
  const random = new SeededRandom('mutations');
  const seeds = ENCODINGS.map(([, transferSyntax, body]) => withMeta(transferSyntax, hex(body))).concat(
    buildDicom(
      {
        SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
        SOPInstanceUID: '1.2.3',
        ViewCodeSequence: [{ CodeValue: 'R-1', ViewCodeSequence: [{ CodeMeaning: 'lateral' }] }],
        WindowCenter: 12.5,
      },
      { rows: 3, columns: 2, values: new Uint8Array(6), bitsStored: 8, photometricInterpretation: 'MONOCHROME1' },
    ),
  );
  let read = 0;
  for (let run = 0; run < 6000; run += 1) {
    const whole = Uint8Array.from(seeds[run % seeds.length] ?? []);
    for (let hit = 0; hit <= run % 4; hit += 1) whole[132 + random.below(whole.length - 132)] = random.below(256);
    const bytes = run % 7 === 0 ? whole.subarray(0, random.below(whole.length)) : whole;
    try {
      const file = parseDicom(bytes);
      read += 1;
      toDicomJson(file.dataset);
      decodeFrame(file);
    } catch (error) {
      assert.ok(error instanceof UnicaError, String((error as Error).stack));
    }
  }
  assert.ok(read > 1000, `${read} were read all the same`);
});
