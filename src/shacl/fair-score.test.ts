import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FAIR_METRICS } from './fair-metrics.ts';
import { fairScore } from './fair-score.ts';
import { readRdf } from './read-rdf.ts';

const yaml = join(process.env['UNICA_DATA'] ?? '../shared/data', '..', 'standards', 'fuji', 'metrics_v0.8.yaml');

test('metrics, tests and points are those of F-UJI v0.8', { skip: !existsSync(yaml) && `no ${yaml}` }, () => {
  const text = readFileSync(yaml, 'utf8');
  const found = (key: string) =>
    [...text.matchAll(new RegExp(`^[ -]*${key}: *['"]?([^'"\\n]+?)['"]? *$`, 'gm'))].map(([, value]) => value);
  assert.deepEqual(
    FAIR_METRICS.map(({ metric }) => metric),
    found('metric_identifier'),
  );
  const tests = FAIR_METRICS.flatMap((one) => Object.entries(one.tests));
  assert.deepEqual(
    tests.map(([name]) => name),
    found('metric_test_identifier'),
  );
  assert.deepEqual(
    tests.map(([, points]) => points),
    found('metric_test_score').map(Number),
  );
  assert.deepEqual(
    FAIR_METRICS.map(({ outOf }) => outOf),
    found('total_score').map(Number),
  );
});

const BARE = '<https://x.example/d> a <http://www.w3.org/ns/dcat#Dataset> .';
const DCT = 'http://purl.org/dc/terms/';

/** A statement or surroundings, the test it makes pass, and whether it passes without. */
const STEPS: readonly (readonly [string, string, Parameters<typeof fairScore>[1]?])[] = [
  [
    'FsF-F1-02MD-1',
    `<https://x.example/d> <http://www.w3.org/ns/adms#identifier> <https://doi.org/10.5281/zenodo.1> .`,
  ],
  ['FsF-F3-01M-2', '_:d <http://www.w3.org/ns/dcat#accessURL> <https://x.example/ask> .'],
  ['FsF-A1-01M-1', `<https://x.example/d> <${DCT}accessRights> <urn:closed> .`],
  ['FsF-I3-01M-2', `<https://x.example/d> <${DCT}relation> <urn:other> .`],
  ['FsF-R1.1-01M-1', `_:d <${DCT}license> <urn:licence> .`],
  ['FsF-R1.2-01M-2', '<https://x.example/d> <http://www.w3.org/ns/prov#wasGeneratedBy> _:a .'],
  [
    'FsF-R1.3-02D-1',
    '_:d <http://www.w3.org/ns/dcat#mediaType> <https://www.iana.org/assignments/media-types/text/csv> .',
  ],
  ['FsF-A1-02MD-1', '', { isServed: true }],
  ['FsF-I1-01M-2', '', { isServed: true, link: '<https://x.example/d>; rel="describedby"' }],
  [
    'FsF-F4-01M-1',
    '',
    {
      isServed: false,
      page: '<script type="application/ld+json">{"@context":"https://schema.org/","@type":"Dataset"}</script>',
    },
  ],
];
for (const [name, statement, surroundings = { isServed: false }] of STEPS) {
  test(`${name} is passed by what it asks for, and says so before`, async () => {
    const without = fairScore(await parsed(BARE), { isServed: false });
    const withIt = fairScore(await parsed(`${BARE} ${statement}`), surroundings);
    assert.equal(passed(without, name), false);
    assert.equal(passed(withIt, name), true);
    assert.ok(withIt.percent > without.percent);
    const metric = without.metrics.find(({ tests }) => tests.some((one) => one.test === name));
    assert.notEqual(metric?.improve, '');
  });
}

test('no metric earns more than it may, and a whole score needs no improvement', async () => {
  const { metrics } = fairScore(await parsed(BARE), { isServed: true });
  for (const { earned, outOf, improve, metric } of metrics) {
    assert.ok(earned >= 0 && earned <= outOf, metric);
    assert.equal(improve === '', earned === outOf, metric);
  }
});

function passed({ metrics }: ReturnType<typeof fairScore>, name: string): boolean | undefined {
  return metrics.flatMap(({ tests }) => tests).find((one) => one.test === name)?.passed;
}

async function parsed(turtle: string) {
  return await readRdf(new TextEncoder().encode(turtle), 'turtle');
}
