import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { IMPLEMENTATION } from './implementation.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { queryModel } from './query.ts';
import { STATUS, statusText } from './status.ts';
import { RETRIEVED_SOP_CLASSES } from './storage-sop-classes.ts';
import { STORED_TRANSFER_SYNTAXES } from './transfer-syntaxes.ts';

const page = readFileSync(new URL('../../docs/operators/dicom-conformance.md', import.meta.url), 'utf8');

test('the conformance page lists the transfer syntaxes that are accepted, and no others', () => {
  const listed = [...page.matchAll(/^\| (.+) \| (1\.2\.840\.10008\.1\.2[.\d]*) \|$/gm)].map(([, name, uid]) => [
    uid,
    name,
  ]);
  assert.deepEqual(listed, [...STORED_TRANSFER_SYNTAXES]);
});

test('the conformance page tells the limits, the models, the statuses and who we are as they are', () => {
  const seconds = (ms: number) => `${(ms / 1000).toLocaleString('en')} s`;
  const { associationMs, idleMs, fragmentMs, datasetMs, responseMs, maxDatasetBytes, maxPduBytes } = DEFAULT_LIMITS;
  const told = [
    ...[associationMs, idleMs, fragmentMs, datasetMs, responseMs].map((ms) => `| ${seconds(ms)} |`),
    `| ${maxDatasetBytes / 2 ** 30} GiB |`,
    `${maxPduBytes.toLocaleString('en')} bytes`,
    queryModel('study', 'find'),
    queryModel('study', 'move'),
    queryModel('patient', 'find'),
    queryModel('patient', 'move'),
    IMPLEMENTATION.classUid,
    IMPLEMENTATION.version,
    `${RETRIEVED_SOP_CLASSES.length} classes`,
  ];
  for (const each of told) assert.ok(page.includes(each), each);
  const answered = ['success', 'processingFailure', 'invalidInstance', 'notAuthorised', 'operationUnknown'] as const;
  const refused = ['outOfResources', 'wrongSopClass', 'cannotUnderstand'] as const;
  const listed = [...page.matchAll(/^\| (0x[0-9A-F]{4}) \|/gm)].map(([, status]) => status);
  const toReaders = new Set([...page.matchAll(/^\| (?:all|C-.+) \| (0x[0-9A-F]{4}) \|/gm)].map(([, status]) => status));
  assert.deepEqual(
    listed,
    [...answered, ...refused].map((name) => statusText(STATUS[name])),
  );
  // Of C-STORE alone, of other operations, and of objects that are not sent.
  const notToReaders = new Set<number>([STATUS.invalidInstance, STATUS.operationUnknown, STATUS.sopClassUnknown]);
  assert.deepEqual(
    [...toReaders].sort(),
    Object.values(STATUS)
      .filter((status) => !notToReaders.has(status))
      .map(statusText)
      .sort(),
  );
});
