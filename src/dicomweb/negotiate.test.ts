import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAccept } from './media-type.ts';
import { chooseFrameForm, chooseInstanceForm, type StoredForm } from './negotiate.ts';

const NATIVE: StoredForm = { transferSyntaxUid: '1.2.840.10008.1.2.1', encapsulated: false, convertible: true };
const IMPLICIT: StoredForm = { transferSyntaxUid: '1.2.840.10008.1.2', encapsulated: false, convertible: true };
const JLS: StoredForm = { transferSyntaxUid: '1.2.840.10008.1.2.4.80', encapsulated: true, convertible: true };
const J2K: StoredForm = { transferSyntaxUid: '1.2.840.10008.1.2.4.90', encapsulated: true, convertible: false };

const EXPLICIT_OCTETS = 'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1';

test('frames: what is asked for, what is given', () => {
  const rows: readonly (readonly [accept: string | undefined, stored: StoredForm, contentType: string | undefined])[] =
    [
      [undefined, NATIVE, EXPLICIT_OCTETS],
      [undefined, JLS, 'image/jls; transfer-syntax=1.2.840.10008.1.2.4.80'],
      ['*/*', J2K, 'image/jp2; transfer-syntax=1.2.840.10008.1.2.4.90'],
      ['multipart/related; type=application/octet-stream; transfer-syntax=*', IMPLICIT, EXPLICIT_OCTETS],
      [
        'multipart/related; type=application/octet-stream; transfer-syntax=*',
        J2K,
        'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.90',
      ],
      ['multipart/related; type="application/octet-stream"', JLS, EXPLICIT_OCTETS],
      ['multipart/related; type="application/octet-stream"', J2K, undefined],
      ['multipart/related; type="image/jls"', JLS, 'image/jls; transfer-syntax=1.2.840.10008.1.2.4.80'],
      ['multipart/related; type="image/jls"; transfer-syntax=1.2.840.10008.1.2.4.81', JLS, undefined],
      ['multipart/related; type="image/jpeg"', JLS, undefined],
      [
        'multipart/related; type="image/jpeg", multipart/related; type="application/octet-stream"',
        JLS,
        EXPLICIT_OCTETS,
      ],
      [
        'multipart/related; type="application/octet-stream"; q=0.5, multipart/related; type="image/jls"',
        JLS,
        'image/jls; transfer-syntax=1.2.840.10008.1.2.4.80',
      ],
      ['multipart/related; type="image/jls"; q=0', JLS, undefined],
      ['text/html', NATIVE, undefined],
      ['nonsense', NATIVE, undefined],
    ];
  for (const [accept, stored, contentType] of rows) {
    assert.equal(
      chooseFrameForm(parseAccept(accept), stored)?.contentType,
      contentType,
      `${accept} of ${stored.transferSyntaxUid}`,
    );
  }
});

test('images: what is asked for, what is given', () => {
  const rows: readonly (readonly [accept: string | undefined, stored: StoredForm, form: string | undefined])[] = [
    [undefined, JLS, 'multipart stored'],
    ['multipart/related; type="application/dicom"; transfer-syntax=*', J2K, 'multipart stored'],
    ['multipart/related; type="application/dicom"', JLS, 'multipart explicit-little'],
    ['multipart/related; type="application/dicom"', J2K, undefined],
    ['multipart/related; type="application/dicom"', NATIVE, 'multipart stored'],
    ['application/dicom', IMPLICIT, 'single explicit-little'],
    ['application/dicom; transfer-syntax=1.2.840.10008.1.2', IMPLICIT, 'single stored'],
    ['application/dicom; transfer-syntax=1.2.840.10008.1.2.4.90', JLS, undefined],
    ['application/dicom+json', NATIVE, undefined],
  ];
  for (const [accept, stored, form] of rows) {
    const given = chooseInstanceForm(parseAccept(accept), stored);
    assert.equal(
      given === undefined ? undefined : `${given.packing} ${given.form}`,
      form,
      `${accept} of ${stored.transferSyntaxUid}`,
    );
  }
});

test('the parameter comes before the header', () => {
  assert.equal(parseAccept('text/html', 'image/png')[0]?.type, 'image/png');
});
