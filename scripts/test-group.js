// Loads test files into one process, and fails each test that leaves the process other than it found it.
import { writeSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';

/** What tests of one process share and may change for a while only. */
const SHARED = {
  'the environment': () => JSON.stringify(process.env),
  'the working folder': () => process.cwd(),
  'the clock': () => [Date, Date.now, performance.now, setTimeout, setInterval, setImmediate],
  chance: () => [Math.random, crypto.getRandomValues, crypto.randomUUID],
  'the network': () => [fetch],
  'what is written': () => [process.stdout.write, process.stderr.write, console.log, console.error],
  'who hears signals': () => ['SIGTERM', 'SIGINT', 'SIGHUP'].map((name) => process.listenerCount(name)),
};

/** @param {readonly string[]} files URLs of compiled test files; tests of the first run first */
export async function loadTogether(files) {
  let at = 'the loading of its files';
  let haveEnded = false;
  // Only a process that has nothing left to do comes here; node:test then says what has not ended.
  process.once('beforeExit', () => {
    haveEnded = true;
  });
  // To node:test a process that leaves with status 0 in the middle of its tests has passed.
  process.on('exit', () => {
    if (haveEnded) return;
    process.exitCode = process.exitCode || 1;
    writeSync(process.stderr.fd, `A process ended before its tests did, during: ${at}\n`);
  });
  beforeEach(({ name }) => {
    at = name;
  });
  let before = stateNow();
  afterEach(({ name }) => {
    const after = stateNow();
    const changed = Object.keys(SHARED).filter((what) => !isEqual(before[what], after[what]));
    // Each is told once, of the test that did it.
    before = after;
    if (changed.length > 0)
      throw new Error(`“${name}” left ${changed.join(', ')} changed for the tests that share its process`);
  });
  for (const file of files) {
    try {
      await import(file);
    } catch (error) {
      // The others still run, and this one is named.
      test(`${file} is loaded`, () => {
        throw error;
      });
    }
  }
}

function stateNow() {
  return Object.fromEntries(Object.entries(SHARED).map(([what, read]) => [what, read()]));
}

function isEqual(one, other) {
  return Array.isArray(one) ? one.every((part, index) => part === other[index]) : one === other;
}
