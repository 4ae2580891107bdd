import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { canonicalJson, type Json, sha256Hex, utf8 } from '#base';
import { parseDicom } from '#dicom';
import { bundleFromKos, kosFromBundle } from './convert-manifest.ts';
import { rowsOf } from './data-set-rows.ts';
import type { FhirResource } from './fhir-json.ts';
import type { Manifest } from './manifest.ts';
import { manifestOfBundle } from './manifest-of-bundle.ts';
import { manifestOfKos } from './manifest-of-kos.ts';
import { bundleOfManifest } from './manifest-to-bundle.ts';
import { kosOfManifest } from './manifest-to-kos.ts';
import { validateFhir } from './validate-document.ts';

const STANDARDS = join(
  process.env['UNICA_SHARED'] ?? fileURLToPath(new URL('../../../shared', import.meta.url)),
  'standards',
);
const PROFILE = 'https://profiles.ihe.net/RAD/MADO/StructureDefinition/MadoFhirBundle';
const skip = existsSync(join(STANDARDS, 'ihe-mado')) ? false : 'the published manifests are not beside this checkout';
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;
const read = (name: string) => new Uint8Array(readFileSync(join(STANDARDS, name)));

const BUNDLES = [
  'ihe-mado/examples/mado-1.2.250.1.59.40211.22756022.2.1.101-bundle.json',
  'ihe-mado/compiled/Bundle-mado-bundle-589331894518000.json',
];
const SELECTIONS = [
  'ihe-mado/examples/MADO_KOS_A.dcm',
  'hl7-eu/kos/GK17285-KOS.dcm',
  'hl7-eu/kos/1.3.12.2.1107.5.8.2.100041.2024082003211020554540005234.1.dcm',
  'hl7-eu/kos/1.2.826.0.1.3680043.2.1043.693076.0.66982.83.3.1.dcm',
];

const MANIFEST: Manifest = {
  document: { value: 'urn:oid:2.25.77' },
  written: { date: '20260102', time: '030405.678' },
  timezone: '+0200',
  title: 'Manifest <of> a "study"',
  studyInstanceUid: '2.25.1',
  studyDescription: 'Μαστογραφία',
  studyStarted: { date: '20251231', time: '235959' },
  accession: { value: 'A1', issuer: 'urn:oid:1.2.3' },
  procedure: 'Mammography',
  regions: [
    { system: 'http://snomed.info/sct', code: '63337009', display: 'Lower trunk' },
    { system: 'http://snomed.info/sct', code: '774007', display: 'Head and neck' },
  ],
  patient: { id: { value: 'P1', issuer: 'CLINIC' }, name: 'Öz^Ana^Maria', birthDate: '19700101', sex: 'F' },
  manufacturer: 'UNICA',
  institution: 'Clinic',
  series: [
    {
      seriesInstanceUid: '2.25.2',
      number: 1,
      modality: 'MG',
      description: 'CC',
      region: undefined,
      started: { date: '20251231', time: '235959' },
      retrieveUrl: 'https://node.example/dicom-web',
      retrieveLocationUid: '1.2.3.4',
      instances: [
        { sopInstanceUid: '2.25.3', sopClassUid: '1.2.840.10008.5.1.4.1.1.1.2', number: 1, frames: undefined },
        { sopInstanceUid: '2.25.4', sopClassUid: '1.2.840.10008.5.1.4.1.1.1.2', number: 2, frames: 60 },
      ],
    },
  ],
};

test('what a manifest says survives either form', () => {
  assert.deepEqual(plain(manifestOfBundle(bundleOfManifest(MANIFEST))), plain(MANIFEST));
  assert.deepEqual(plain(manifestOfKos(kosOfManifest(MANIFEST))), plain(MANIFEST));
  const { errors } = validateFhir(plain(bundleOfManifest(MANIFEST)), { profile: PROFILE });
  assert.deepEqual(errors, []);
});

test('published bundles come back from a key object selection as they were', { skip }, () => {
  for (const name of BUNDLES) {
    const bundle = JSON.parse(readFileSync(join(STANDARDS, name), 'utf8')) as FhirResource;
    const file = kosFromBundle(bundle);
    assert.deepEqual(plain(bundleFromKos(file)), plain(bundle), name);
    // The selection says it in DICOM's own elements too, not only beside them.
    const said = manifestOfKos(parseDicom(file).dataset);
    const { series, studyInstanceUid } = manifestOfBundle(bundle);
    assert.equal(said.studyInstanceUid, studyInstanceUid);
    // But for locations, which the examples name by texts that are no UIDs.
    const located = (list: Manifest['series']) => list.map((one) => ({ ...one, retrieveLocationUid: null }));
    assert.deepEqual(plain(located(said.series)), plain(located(series)));
  }
});

test('published key object selections come back from a valid bundle as they were', { skip }, () => {
  for (const name of SELECTIONS) {
    const file = read(name);
    const bundle = bundleFromKos(file);
    assert.deepEqual(validateFhir(plain(bundle), { profile: PROFILE }).errors, [], name);
    const again = kosFromBundle(plain(bundle) as FhirResource);
    assert.deepEqual(rowsOf(parseDicom(again).dataset), rowsOf(parseDicom(file).dataset), name);
    assert.deepEqual(plain(bundleFromKos(again)), plain(bundle), name);
  }
});

test('a bundle that was changed after its conversion is converted as it stands', { skip }, () => {
  const bundle = plain(bundleFromKos(read('ihe-mado/examples/MADO_KOS_A.dcm'))) as FhirResource;
  const edited = JSON.parse(JSON.stringify(bundle).replaceAll('Study A', 'Study B')) as FhirResource;
  const manifest = manifestOfKos(parseDicom(kosFromBundle(edited)).dataset);
  assert.equal(manifest.studyDescription, 'Study B');
  assert.equal(manifest.series.length, 2);
});

test('a difference that was made up does no harm', () => {
  const bundle = plain(bundleOfManifest(MANIFEST)) as FhirResource;
  const from = sha256Hex(utf8(canonicalJson(rowsOf(kosOfManifest(manifestOfBundle(bundle))))));
  for (const path of [['0040a375', 1, 5_000_000], ['__proto__', 'x'], ['00100010', 'a', 'b'], []]) {
    const residue = { from, changes: [[path, 'x']] };
    const extension = [{ url: 'urn:unica:fhir:dicom-manifest-residue:1', valueString: JSON.stringify(residue) }];
    const file = kosFromBundle({ ...bundle, meta: { extension } });
    assert.equal(manifestOfKos(parseDicom(file).dataset).studyInstanceUid, MANIFEST.studyInstanceUid);
  }
});

test('what is no manifest is refused', () => {
  assert.throws(() => kosFromBundle({ resourceType: 'Bundle', type: 'document' }), { code: 'fhir.no-manifest' });
  let deep: Json = 'x';
  for (let level = 0; level < 20_000; level += 1) deep = [deep];
  assert.throws(() => kosFromBundle({ resourceType: 'Bundle', entry: deep }), { code: 'fhir.no-manifest' });
});
