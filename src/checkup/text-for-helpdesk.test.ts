import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Checkup } from '#wire';
import { textForHelpdesk } from './text-for-helpdesk.ts';

const HOME = '/home/maria.papadopoulou/unica node';

const checkup: Checkup = {
  house: 'node',
  name: 'lisbon',
  software: 'unica 1.2.3',
  atMs: Date.UTC(2026, 10, 30, 8),
  state: 'bad',
  forIt: null,
  findings: [
    {
      check: 'folder',
      state: 'bad',
      says: `${HOME}/keys cannot be written, nor can C:\\Users\\Maria Papadopoulou\\spool.`,
      code: 'store.disk-full',
      mend: null,
      mender: null,
      more: null,
    },
    { check: 'memory', state: 'good', says: '3,000 MiB.', code: null, mend: null, mender: null, more: null },
  ],
};

const textOf = (log?: string) =>
  textForHelpdesk({
    checkup,
    machine: { system: 'Linux 6.1 x64', runtime: 'Node 20.19.0', cores: 2, memoryMib: 4096 },
    given: ['UNICA_VAULT_PASSPHRASE', 'UNICA_DATABASE_URL'],
    home: HOME,
    log,
  });

test('the machine, the findings and the names of settings are told; whose folders they are is not', () => {
  const text = textOf();
  assert.match(text, /^machine {3}Linux 6\.1 x64, Node 20\.19\.0, 2 cores, 4096 MiB$/m);
  assert.match(text, /^settings {2}UNICA_DATABASE_URL UNICA_VAULT_PASSPHRASE$/m);
  assert.match(
    text,
    /^bad {5}folder {13}\[store\.disk-full\] <home>\/keys cannot be written, nor can C:\\Users\\<somebody>\\spool\.$/m,
  );
  assert.match(text, /^good {4}memory/m);
  assert.doesNotMatch(text, /papadopoulou/i);
  assert.doesNotMatch(text, /## Log/);
});

test('of the log only lines in the form of the houses are told, faults among them for longer', () => {
  const line = (level: number, minute: number, msg: string, facts = {}) =>
    JSON.stringify({ level, time: Date.UTC(2026, 10, 30, 7, minute), house: 'node', ...facts, msg });
  const facts = {
    code: 'hub.unreachable',
    path: `${HOME}/x`,
    url: 'http://maria:p@secret@proxy:3128',
    from: 'file:///home/maria/x',
    nested: { a: 1 },
    'a name': 'Maria',
  };
  const log = [
    line(40, 0, 'hub.lost', facts),
    'Error: Maria Papadopoulou, born 1970',
    '    at something (/home/maria.papadopoulou/x.js:1:1)',
    '{"level":30,"time":1,"msg":"Maria Papadopoulou was here"}',
    '{"level":30,"time":1e300,"msg":"node.started"}',
    'Nov 30 08:00:00 machine node[7]: ',
    `Nov 30 08:00:00 machine node[7]: ${line(30, 1, 'node.started', { port: 7401 })}`,
    ...Array.from({ length: 70 }, () => line(30, 2, 'import.done', { taken: 3 })),
  ].join('\n');
  const told = textOf(log).split('## Log\n\n')[1] ?? '';
  const lines = told.trimEnd().split('\n');
  assert.equal(
    lines[0],
    '2026-11-30T07:00:00.000Z warn hub.lost code=hub.unreachable path=<home>/x url=http://<somebody>@proxy:3128 from=file:///home/<somebody>/x',
  );
  assert.equal(
    lines.filter((one) => one.includes('import.done taken=3')).length,
    60,
    'of what went well only the last',
  );
  assert.equal(lines.at(-1), '(lines of another form, left out: 5)');
  assert.doesNotMatch(told, /maria|papadopoulou|secret|nested/i);
});
