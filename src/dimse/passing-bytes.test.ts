import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesPassed } from './passing-bytes.ts';

const READ_BYTES = 65_536;
const MIB = 1_048_576;

test('reading: what the network brought does not pile up until a thorough collection looks through a whole node for it', () => {
  const began = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let passed = 0; passed < 256 * MIB; passed += READ_BYTES) {
    bytesPassed(Buffer.allocUnsafeSlow(READ_BYTES).length);
    most = Math.max(most, process.memoryUsage().arrayBuffers - began);
  }
  // 32 MiB when the engine is left to it, beside which a node's heap is marked again and again.
  assert.ok(most < 20 * MIB, `${Math.round(most / MIB)} MiB at most`);
  assert.equal('gc' in globalThis, false);
});
