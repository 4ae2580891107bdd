import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '#base';
import { parseDicom } from '#dicom';
import { bundleFromKos, REPORT_PROFILE, validateFhir } from '#fhir';
import { tagOf } from '#vocab';
import { nodeConfig } from './config.ts';
import { exportDataset } from './export-dataset.ts';
import { exportWarehouse } from './export-warehouse.ts';
import { importIntoNode } from './node-commands.ts';
import { openNode } from './open-node.ts';
import { enrolledHome, fictitiousObject, PLANTED } from './receiver-rig.ts';

const MADO_PROFILE = 'https://profiles.ihe.net/RAD/MADO/StructureDefinition/MadoFhirBundle';

async function filledHome(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'unica-export-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  for (const name of ['home', 'films']) await mkdir(join(folder, name));
  await enrolledHome(join(folder, 'home'));
  for (const number of [0, 1, 4, 5]) {
    await writeFile(join(folder, 'films', `${number}.dcm`), fictitiousObject(number));
  }
  const table = `PatientID,findings\n${PLANTED.patientId}-0,Mass|BI-RADS 4A\n`;
  await writeFile(join(folder, 'clinical.csv'), table);
  const config = nodeConfig({ home: join(folder, 'home'), port: '0' });
  const clinical = join(folder, 'clinical.csv');
  const view = await importIntoNode(config, { paths: [join(folder, 'films')], clinical });
  assert.deepEqual([view.state, view.accepted], ['done', 4]);
  return { folder, config };
}

async function documentsIn(out: string): Promise<readonly { readonly name: string; readonly text: string }[]> {
  const names = (await readdir(out)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(out, name), 'utf8') })));
}

test('a dataset is written as reports that are valid, hold every image and nobody', async (context) => {
  const { folder, config } = await filledHome(context);
  const out = join(folder, 'fhir');
  const report = await exportDataset(config, { name: 'chest-films', format: 'fhir', out });
  assert.deepEqual([report.studies, report.persons, report.files, report.invalid], [2, 2, 2, []]);
  const documents = await documentsIn(out);
  assert.equal(documents.length, 2);
  let images = 0;
  for (const { name, text } of documents) {
    assert.deepEqual(validateFhir(JSON.parse(text), { profile: REPORT_PROFILE }).errors, [], name);
    for (const secret of Object.values(PLANTED)) assert.equal(text.includes(secret), false, secret);
    images += text.match(/"sopClass"/g)?.length ?? 0;
  }
  assert.equal(images, 4);
  const all = documents.map(({ text }) => text).join('');
  assert.match(all, /"text": "BI-RADS 4A"/);
  assert.match(all, /"IMG1005460"/);
  assert.match(all, /The clinical table has no row for this examination/);

  const node = await openNode(config, silentLog);
  const { entries } = await node.journal.view(50);
  await node.close();
  assert.equal(entries.filter(({ action }) => action === 'dataset.exported').length, 1);
});

test('a dataset is written as manifests in both forms, which agree', async (context) => {
  const { folder, config } = await filledHome(context);
  const out = join(folder, 'mado');
  const wish = { name: 'chest-films', format: 'mado', out, retrieveUrl: 'https://node.example/dicom-web' } as const;
  const report = await exportDataset(config, wish);
  assert.deepEqual([report.studies, report.files, report.invalid], [2, 4, []]);
  for (const { name, text } of await documentsIn(out)) {
    assert.deepEqual(validateFhir(JSON.parse(text), { profile: MADO_PROFILE }).errors, [], name);
    const file = await readFile(join(out, name.replace('.json', '.dcm')));
    assert.deepEqual(JSON.parse(JSON.stringify(bundleFromKos(file))), JSON.parse(text));
    const [evidence] = parseDicom(file).dataset.items(tagOf('CurrentRequestedProcedureEvidenceSequence'));
    const [series] = evidence?.items(tagOf('ReferencedSeriesSequence')) ?? [];
    assert.equal(series?.text(tagOf('RetrieveURL')), 'https://node.example/dicom-web');
    assert.equal(series?.items(tagOf('ReferencedSOPSequence')).length, 2);
  }
});

test('images that the index lacks are told, not left out in silence', async (context) => {
  const { folder, config } = await filledHome(context);
  const node = await openNode(config, silentLog);
  await node.database.kysely.deleteFrom('dicom_instances').where('instance_number', '=', 0).execute();
  await node.close();
  await assert.rejects(exportDataset(config, { name: 'chest-films', format: 'fhir', out: join(folder, 'out') }), {
    code: 'fhir.export-incomplete',
  });
});

test('people who opted out are not in what is written; a dataset that is not there is told', async (context) => {
  const { folder, config } = await filledHome(context);
  const node = await openNode(config, silentLog);
  const [row] = await node.database.kysely.selectFrom('instances').select('person').execute();
  await node.optOuts.record(row?.person ?? '', 'opt-out', 'test');
  await node.close();
  const report = await exportDataset(config, { name: 'chest-films', format: 'fhir', out: join(folder, 'out') });
  assert.equal(report.persons, 1);
  await assert.rejects(exportDataset(config, { name: 'nothing', format: 'fhir', out: folder }), {
    code: 'http.not-found',
  });
});

test('the journal tells of how many people tables of a version were written, not how many it had', async (context) => {
  const { folder, config } = await filledHome(context);
  const node = await openNode(config, silentLog);
  const { persons } = await node.warehouse.freeze('chest-films', 1);
  assert.equal(persons, 2);
  const [row] = await node.database.kysely.selectFrom('instances').select('person').execute();
  await node.optOuts.record(row?.person ?? '', 'opt-out', 'test');
  await node.close();
  for (const [format, table] of [
    ['cdm-csv', 'patient'],
    ['omop', 'person'],
  ] as const) {
    const wish = { name: 'chest-films', version: 1, format, out: join(folder, format) };
    assert.equal((await exportWarehouse(config, wish)).tables[table], 1);
  }
  const again = await openNode(config, silentLog);
  const entries = await again.database.kysely
    .selectFrom('audit_entries')
    .select('facts')
    .where('action', '=', 'dataset.exported')
    .execute();
  await again.close();
  assert.deepEqual(
    entries.map(({ facts }) => JSON.parse(facts).persons),
    [1, 1],
  );
});
