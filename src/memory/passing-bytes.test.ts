import assert from 'node:assert/strict';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { test } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { bytesPassed } from './passing-bytes.ts';

const READ_BYTES = 65_536;
const MIB = 1_048_576;

test('memory: what the network brought is looked for quickly, before a whole node is looked through for it', async () => {
  let quick = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if ('detail' in entry && isQuick(entry.detail)) quick += 1;
  });
  observer.observe({ entryTypes: ['gc'] });
  for (let passed = 0; passed < 256 * MIB; passed += READ_BYTES) bytesPassed(Buffer.allocUnsafeSlow(READ_BYTES).length);
  await after(50);
  observer.disconnect();
  // Eight when the engine is left to it.
  assert.ok(quick >= 16, `${quick} quick collections`);
  assert.equal('gc' in globalThis, false);
});

function isQuick(detail: unknown): boolean {
  const isOne = typeof detail === 'object' && detail !== null && 'kind' in detail;
  return isOne && detail.kind === constants.NODE_PERFORMANCE_GC_MINOR;
}
