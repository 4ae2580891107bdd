import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Quad } from '@rdfjs/types';
import { Store } from 'n3';
import SecondEngine from 'rdf-validate-shacl';
import { backgroundOf } from './background.ts';
import { type Profile, type ProfileName, profileOf, shapesOf } from './profile.ts';
import { readRdf } from './read-rdf.ts';
import { validateRecord } from './validate-record.ts';

const standards = join(process.env['UNICA_DATA'] ?? '../shared/data', '..', 'standards');
const skip = !existsSync(standards) && `no ${standards}`;

const FILES: readonly string[] = [
  'healthdcat-ap/unica-mammography-r8.example.ttl',
  'healthdcat-ap/mvd-health-catalog.ttl',
  'dcat-ap-3/releases_3.0.1_html_examples_example-bee-population-dataset-series-ordered.ttl',
];
const PROFILES: readonly ProfileName[] = ['healthdcat-r8', 'healthdcat-r5', 'eucaim-v2', 'dcat-ap-3'];

for (const file of FILES) {
  for (const name of PROFILES) {
    test(`shacl-engine and rdf-validate-shacl find the same in ${file} by ${name}`, { skip }, async () => {
      const record = await readRdf(new Uint8Array(readFileSync(join(standards, file))), 'turtle');
      const ours = await validateRecord(record, name);
      const theirs = await findingsElsewhere(record, profileOf(name));
      // The comparison of identifier and address is no SHACL.
      const shacl = ours.violations.filter(({ message }) => !message.includes('must be the address of the dataset'));
      assert.deepEqual(keysOf(shacl), theirs);
    });
  }
}

/** Focus and path of everything, paths of several properties left out: the engines write these each in their way. */
function keysOf(findings: readonly { readonly focus: string; readonly path: string }[]): readonly string[] {
  return [...new Set(findings.map(({ focus, path }) => `${focus} ${path.includes(' ') ? '' : path}`))].sort();
}

async function findingsElsewhere(record: readonly Quad[], profile: Profile): Promise<readonly string[]> {
  const data = new Store([...record, ...backgroundOf(record)]);
  const keys = new Set<string>();
  for (const { file, counts } of profile.layers) {
    if (counts !== 'violation') continue;
    const { results } = await new SecondEngine(new Store([...shapesOf(profile.name, file)]), {
      importGraph: () => new Store(),
    }).validate(data);
    for (const { focusNode, path, severity } of results) {
      if (severity?.value.endsWith('#Violation') !== true) continue;
      const focus = focusNode?.termType === 'BlankNode' ? `_:${focusNode.value}` : (focusNode?.value ?? '');
      keys.add(`${focus} ${path?.termType === 'NamedNode' ? path.value : ''}`);
    }
  }
  return [...keys].sort();
}
