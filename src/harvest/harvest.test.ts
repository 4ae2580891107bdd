import assert from 'node:assert/strict';
import type { lookup } from 'node:dns';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { asUnicaError, sha256Hex, silentLog, UnicaError, utf8 } from '#base';
import { forEachEngine, type Migration, migrate, type OpenFresh, openDatabase } from '#store';
import { type Answer, fillAsReference, openStandIn, type StandIn, turtle } from './data-point-fixture.ts';
import { guardedLookup, harvestAddress, isPublicIp, listedHosts, privateHostsFor } from './harvest-address.ts';
import { HarvestRegister } from './harvest-register.ts';
import { type HarvestTables, harvestMigrations } from './harvest-tables.ts';
import { HARVEST_LIMITS, Harvester } from './harvester.ts';
import type { VisitReport } from './visit-source.ts';

const POSTGRES = process.env['UNICA_TEST_POSTGRES_URL'];
const HERE = new Set(['127.0.0.1']);
const START_MS = Date.UTC(2026, 10, 30, 8);
const HOUR_MS = 3_600_000;

test('only public addresses by https are read, and none with a password', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['https://fdp.example.eu', 'https://fdp.example.eu/'],
    ['https://fdp.example.eu:8443/fdp?x=1#part', 'https://fdp.example.eu:8443/fdp?x=1'],
    ['https://[2a00:1450::1]/fdp', 'https://[2a00:1450::1]/fdp'],
    ['http://fdp.example.eu', 'harvest.address'],
    ['http://127.0.0.1/fdp', 'harvest.address'],
    ['ftp://fdp.example.eu/', 'harvest.address'],
    ['file:///etc/passwd', 'harvest.address'],
    ['javascript:alert(1)', 'harvest.address'],
    ['https://me:secret@fdp.example.eu/', 'harvest.address'],
    ['no address', 'harvest.address'],
    [`https://fdp.example.eu/${'x'.repeat(2000)}`, 'harvest.address'],
    ['https://127.0.0.1/', 'harvest.private-address'],
    ['https://127.1/', 'harvest.private-address'],
    ['https://0x7f.0.0.1/', 'harvest.private-address'],
    ['https://2130706433/', 'harvest.private-address'],
    ['https://10.1.2.3/', 'harvest.private-address'],
    ['https://169.254.169.254/latest/meta-data', 'harvest.private-address'],
    ['https://[::1]/', 'harvest.private-address'],
    ['https://[::ffff:10.0.0.1]/', 'harvest.private-address'],
    ['https://[fd00::1]/', 'harvest.private-address'],
    ['https://[64:ff9b::a00:1]/', 'harvest.private-address'],
    ['https://[2002:a00:1::]/', 'harvest.private-address'],
  ];
  for (const [address, expected] of rows) {
    const said = attempt(() => harvestAddress(address, new Set()).href);
    assert.equal(said, expected, address);
  }
  assert.equal(harvestAddress('http://127.0.0.1:7400/fdp', HERE).href, 'http://127.0.0.1:7400/fdp');
  assert.equal(
    attempt(() => harvestAddress('http://fdp.intern/', new Set(['fdp.intern'])).href),
    'harvest.address',
  );
  assert.equal(harvestAddress('https://10.1.2.3/', new Set(['10.1.2.3'])).href, 'https://10.1.2.3/');
  assert.equal(isPublicIp('not an address'), false);
  assert.equal(
    attempt(() => harvestAddress(`https://fdp.example.eu/${'ä'.repeat(1000)}`, new Set()).href),
    'harvest.address',
    'it is longer than what is kept once it is written out',
  );
});

test('a listed host is for catalogues at listed hosts: one that is elsewhere leads into none of them', () => {
  const listed = new Set(['fdp.intern', '10.1.2.3']);
  assert.equal(privateHostsFor('https://FDP.intern:8443/fdp', listed), listed);
  const none = privateHostsFor('https://fdp.example.eu/', listed);
  assert.equal(none.size, 0);
  assert.equal(
    attempt(() => harvestAddress('https://10.1.2.3/', none).href),
    'harvest.private-address',
  );
  assert.equal(privateHostsFor('no address', listed).size, 0);
});

test('listed hosts are kept as addresses spell them, and what could never match is refused', () => {
  const rows: readonly (readonly [string, readonly string[] | RegExp])[] = [
    ['', []],
    [' fdp.intern , 127.0.0.1,', ['fdp.intern', '127.0.0.1']],
    ['FDP.Intern,krankenhäuser.intern', ['fdp.intern', 'xn--krankenhuser-ncb.intern']],
    ['[fd00::1],fd00:0::2', ['[fd00::1]', '[fd00::2]']],
    ['fdp.intern:8443', /names a port; write fdp\.intern,/],
    ['fdp.intern, [fd00::1]:8443', /names a port; write \[fd00::1\],/],
    ['127.0.0.1:', /names a port/],
    ['https://fdp.intern', /is an address/],
    ['fdp.intern/fdp', /is an address/],
    ['fdp intern', /is no name of a host/],
    ['me@fdp.intern', /is no name of a host/],
    ['*.intern', /is no name of a host/],
    ['fdp.intern?', /is no name of a host/],
  ];
  for (const [text, expected] of rows) {
    const listed = listedHosts(text);
    if (expected instanceof RegExp) assert.match(listed.kind === 'refused' ? listed.problem : 'taken', expected, text);
    else assert.deepEqual(listed.kind === 'hosts' ? [...listed.hosts] : listed.problem, expected, text);
  }
});

test('what a name points to is looked at when the connection is made, every address of it', async () => {
  const points: Readonly<Record<string, readonly string[]>> = {
    'fdp.example.eu': ['93.184.215.14'],
    'inside.example.eu': ['10.0.0.8'],
    'both.example.eu': ['93.184.215.14', '127.0.0.1'],
  };
  const find = ((name: string, _: unknown, callback: (...said: unknown[]) => void) => {
    callback(
      null,
      (points[name] ?? []).map((address) => ({ address, family: 4 })),
    );
  }) as unknown as typeof lookup;
  const said = async (name: string, allowed: ReadonlySet<string>) =>
    await new Promise((resolve) => {
      guardedLookup(allowed, find)(name, {}, (error, address) => {
        resolve(error === null ? address : asUnicaError(error).code);
      });
    });
  assert.equal(await said('fdp.example.eu', new Set()), '93.184.215.14');
  assert.equal(await said('inside.example.eu', new Set()), 'harvest.private-address');
  assert.equal(await said('both.example.eu', new Set()), 'harvest.private-address');
  assert.equal(await said('inside.example.eu', new Set(['inside.example.eu'])), '10.0.0.8');
});

forEachEngine(
  test,
  POSTGRES,
  'a data point as the reference serves it is read, and read again politely',
  async (open, context) => {
    const there = await openStandIn(context);
    fillAsReference(there);
    const here = await openHarvest(open, context);
    const { sourceId } = await here.register.add({ address: there.url, everyHours: 24 });
    assert.deepEqual(pick(await here.visit()), {
      outcome: 'complete',
      added: 2,
      changed: 0,
      removed: 0,
      documents: 6,
      unchanged: 0,
    });
    assert.ok(there.asked.every(({ accept }) => accept.startsWith('text/turtle, application/ld+json')));

    const { records, found } = await here.register.records({ words: '', offset: 0 });
    assert.equal(found, 2);
    const [genes, variants] = records;
    assert.ok(genes && variants);
    assert.deepEqual(
      [genes.title, genes.publisher, genes.page, genes.accessRights, genes.distributions, genes.keywords],
      [
        'Genes and diseases',
        'A university hospital',
        'https://associations.example/',
        'public',
        2,
        ['genes', 'text mining'],
      ],
    );
    assert.equal(genes.sourceTitle, 'An example data point', 'the English title is shown before another');
    assert.equal(variants.title, 'Variants', 'JSON-LD is read as well');
    assert.equal(variants.page, variants.iri, 'without a page of its own a record is linked to itself');
    assert.equal(variants.sha256, sha256Hex(utf8(textOf(there, '/dataset/variants'))), 'one document: its own digest');
    const listed = ['/dataset/associations', '/distribution/file', '/distribution/sparql']
      .map((path) => `${sha256Hex(utf8(textOf(there, path)))}  ${there.url}${path}\n`)
      .join('');
    assert.equal(genes.sha256, sha256Hex(utf8(listed)), 'several documents: the digest of their list');
    assert.equal(genes.state, 'draft', 'what is only incomplete is taken in');
    assert.ok(genes.lacks.eucaim > 0 && genes.lacks.r8 > 0);
    const { missing } = await here.register.record(genes.recordId);
    assert.ok(
      missing.some(
        ({ profile, findings }) =>
          profile === 'healthdcat-r8' && findings.some(({ path }) => /healthCategory/.test(path)),
      ),
      'what Release 8 asks for and the record lacks is named',
    );
    assert.deepEqual(
      (await here.register.records({ words: 'Disease GENE', offset: 0 })).records.map(({ title }) => title),
      ['Genes and diseases'],
    );
    assert.equal(
      (await here.register.records({ words: '100%', offset: 0 })).found,
      0,
      'signs of LIKE are no wildcards',
    );

    // Not due before its time.
    assert.equal((await here.harvester.visitDue()).length, 0);
    here.pass(24 * HOUR_MS);
    there.asked.length = 0;
    assert.deepEqual(pick(await here.visit()), {
      outcome: 'complete',
      added: 0,
      changed: 0,
      removed: 0,
      documents: 6,
      unchanged: 6,
    });
    assert.deepEqual([...new Set(there.asked.map(({ status }) => status))], [304], 'nothing is sent twice');

    there.answers.set('/dataset/variants', turtle(`<> a dcat:Dataset ; dct:title "Variants, anew"@en .`));
    here.pass(24 * HOUR_MS);
    assert.deepEqual(pick(await here.visit()), {
      outcome: 'complete',
      added: 0,
      changed: 1,
      removed: 0,
      documents: 6,
      unchanged: 5,
    });
    const anew = (await here.register.records({ words: 'anew', offset: 0 })).records[0];
    assert.deepEqual([anew?.firstSeenAtMs, anew?.changedAtMs], [START_MS, START_MS + 48 * HOUR_MS]);

    // The source fails for a while: what is known stays.
    there.answers.set('/dataset/variants', (_, response) => response.writeHead(500).end());
    there.answers.set('/distribution/file', (_, response) => response.writeHead(500).end());
    here.pass(24 * HOUR_MS);
    const troubled = await here.visit();
    assert.deepEqual(
      [troubled.outcome, troubled.removed, troubled.changed, troubled.problems.length],
      ['partial', 0, 0, 2],
    );
    assert.equal(
      (await here.register.record(genes.recordId)).record.sha256,
      genes.sha256,
      'half a record takes no place',
    );

    // The source removes a record: so do we. It names one that is gone: gone it is.
    there.answers.delete('/dataset/variants');
    here.pass(24 * HOUR_MS);
    assert.equal((await here.visit()).removed, 1);
    there.answers.set('/catalog/textmining', turtle(`<> a dcat:Catalog ; dct:title "Empty now"@en .`));
    here.pass(24 * HOUR_MS);
    assert.deepEqual([(await here.visit()).removed, (await here.register.source(sourceId)).records], [1, 0]);
    const held = await here.database.kysely.selectFrom('harvest_documents').select('address').execute();
    assert.deepEqual(
      held.map(({ address }) => address),
      [`${there.url}/`],
      'documents that belong to nothing are let go of',
    );

    // A root that cannot be had: nothing is known, and it is asked again after an hour, two, four.
    there.answers.delete('/');
    for (const hours of [1, 2, 4]) {
      here.pass(24 * HOUR_MS);
      assert.equal((await here.visit()).outcome, 'failed');
      const { nextAtMs, visitedAtMs } = await here.register.source(sourceId);
      assert.equal(nextAtMs - (visitedAtMs ?? 0), hours * HOUR_MS);
    }
    await here.register.remove(sourceId);
    for (const table of ['harvest_sources', 'harvest_documents', 'foreign_records'] as const) {
      assert.deepEqual(await here.database.kysely.selectFrom(table).selectAll().execute(), [], table);
    }
  },
);

forEachEngine(
  test,
  POSTGRES,
  'a catalogue is read by one hub at a time, and not again within a minute',
  async (open, context) => {
    const there = await openStandIn(context);
    fillAsReference(there);
    const here = await openHarvest(open, context);
    const { sourceId } = await here.register.add({ address: `${there.url}/`, everyHours: 1 });
    await assert.rejects(here.register.add({ address: there.url, everyHours: 1 }), { code: 'harvest.already-there' });
    const both = await Promise.all([here.harvester.visitDue(), here.another().visitDue()]);
    assert.equal(both.flat().length, 1);
    await assert.rejects(here.register.makeDue(sourceId), { code: 'harvest.too-soon' });
    here.pass(61_000);
    await here.register.makeDue(sourceId);
    assert.equal((await here.visit()).unchanged, 6);
    await assert.rejects(here.register.makeDue('source-00000000'), { code: 'http.not-found' });
  },
);

test('the forms of earlier versions, a catalogue by itself and records inside of one are read', async (context) => {
  const there = await openStandIn(context);
  const here = await openHarvest(freshHere, context);
  const dataset = (name: string) => `<${there.url}/${name}> a dcat:Dataset ; dct:title "${name}"@en .`;
  there.answers.set(
    '/old',
    turtle(
      `<> a <http://www.re3data.org/schema/3-0#Repository> ; <http://www.re3data.org/schema/3-0#dataCatalog> <old-catalogue> .`,
    ),
  );
  there.answers.set('/old-catalogue', turtle(`<> a dcat:Catalog ; dcat:dataset <one> .`));
  there.answers.set('/one', turtle(dataset('one')));
  there.answers.set('/purl', turtle(`<> <http://purl.org/fdp/fdp-o#metadataCatalog> <within> .`));
  there.answers.set(
    '/within',
    turtle(`<> a dcat:Catalog ; dcat:dataset <#a>, <#b>, <https://elsewhere.example/c>, <https://elsewhere.example/d> .
    <#a> a dcat:Dataset ; dct:title "a"@en . <#b> a dcat:Dataset ; dct:title "b"@en .
    <https://elsewhere.example/c> a dcat:Dataset ; dct:title "c"@en ; dct:isPartOf <#a> .`),
  );
  for (const path of ['/old', '/old-catalogue', '/purl', '/within']) {
    await here.register.add({ address: `${there.url}${path}`, everyHours: 24 });
    here.pass(1);
  }
  const reports = await here.harvester.visitDue();
  assert.deepEqual(
    reports.map(({ added }) => added),
    [1, 1, 3, 3],
  );
  assert.deepEqual(
    reports.map(({ problems }) => problems.map(({ code }) => code)),
    [[], [], ['harvest.elsewhere'], ['harvest.elsewhere']],
    'what is named and lies elsewhere is told; no other host is asked',
  );
  assert.deepEqual(
    reports.map(({ documents }) => documents),
    [3, 2, 2, 1],
    'each document is asked for once',
  );
});

test('hostile data points: each is refused for what it is, and costs little', async (context) => {
  const there = await openStandIn(context);
  const here = await openHarvest(freshHere, context, {
    document: { ...HARVEST_LIMITS.document, bytes: 100_000, timeoutMs: 2000 },
    documents: 40,
    records: 20,
    statements: 500,
    things: 100,
  });
  let sentBytes = 0;
  const endless = Buffer.alloc(64 * 1024, 32);
  const rows: Readonly<Record<string, readonly [Answer, string]>> = {
    'redirects without an end': [
      (_, response) => response.writeHead(302, { location: '/again' }).end(),
      'harvest.redirects',
    ],
    'a redirect into the network': [
      (_, response) => response.writeHead(302, { location: 'https://10.0.0.1/' }).end(),
      'harvest.private-address',
    ],
    'a redirect to the metadata of a cloud': [
      (_, response) => response.writeHead(307, { location: 'https://169.254.169.254/latest/' }).end(),
      'harvest.private-address',
    ],
    'a redirect to a program': [
      (_, response) => response.writeHead(301, { location: 'javascript:alert(1)' }).end(),
      'harvest.address',
    ],
    'a redirect to an open line': [
      (_, response) => response.writeHead(301, { location: 'http://example.org/' }).end(),
      'harvest.address',
    ],
    'a redirect to nowhere': [(_, response) => response.writeHead(301).end(), 'harvest.refused'],
    'a body of a gigabyte': [
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/turtle' });
        const more = () => {
          while (sentBytes < 1_000_000_000 && !response.destroyed) {
            sentBytes += endless.length;
            if (!response.write(endless)) return;
          }
          if (!response.destroyed) response.end();
        };
        response.on('drain', more);
        more();
      },
      'harvest.too-large',
    ],
    'a gigabyte that is announced': [
      (_, response) =>
        response.writeHead(200, { 'content-type': 'text/turtle', 'content-length': '1000000000' }).flushHeaders(),
      'harvest.too-large',
    ],
    'a body that never ends': [
      (_, response) => response.writeHead(200, { 'content-type': 'text/turtle' }).write('# '),
      'harvest.unreachable',
    ],
    'a compressed body': [
      (_, response) => response.writeHead(200, { 'content-type': 'text/turtle', 'content-encoding': 'gzip' }).end('x'),
      'harvest.wrong-type',
    ],
    'a page for people': [{ type: 'text/html', text: '<html></html>' }, 'harvest.wrong-type'],
    'a type of nothing': [(_, response) => response.writeHead(200).end('x'), 'harvest.wrong-type'],
    'no Turtle': [{ type: 'text/turtle', text: 'this is <not' }, 'shacl.unreadable'],
    'no text': [
      (_, response) => response.writeHead(200, { 'content-type': 'text/turtle' }).end(Buffer.from([0xff, 0xfe, 0])),
      'shacl.unreadable',
    ],
    'JSON-LD with a context elsewhere': [
      { type: 'application/ld+json', text: '{"@context":"https://10.0.0.1/context","@type":"Catalog"}' },
      'shacl.remote-context',
    ],
    'JSON-LD nested without an end': [
      { type: 'application/ld+json', text: `${'[{"a":'.repeat(2000)}1${'}]'.repeat(2000)}` },
      'shacl.unreadable',
    ],
    'a question for a password': [(_, response) => response.writeHead(401).end(), 'harvest.refused'],
    'unchanged, without ever having been read': [(_, response) => response.writeHead(304).end(), 'harvest.refused'],
    'too much asked': [(_, response) => response.writeHead(429).end(), 'harvest.busy'],
    'a connection that breaks': [(request) => request.socket.destroy(), 'harvest.unreachable'],
    nothing: [turtle(''), 'harvest.no-catalogue'],
  };
  for (const [name, [answer, code]] of Object.entries(rows)) {
    const path = `/${encodeURIComponent(name)}`;
    there.answers.set(path, answer);
    if (name === 'redirects without an end') there.answers.set('/again', answer);
    const { sourceId } = await here.register.add({ address: `${there.url}${path}`, everyHours: 24 });
    const report = await here.visit();
    assert.deepEqual([report.outcome, report.problems[0]?.code], ['failed', code], name);
    await here.register.remove(sourceId);
  }
  assert.ok(sentBytes < 50_000_000, `of the gigabyte ${sentBytes} bytes were sent`);

  // Cycles, and lists that would never end.
  there.answers.set(
    '/cycle',
    turtle('<> a dcat:Catalog ; dcat:catalog <cycle>, <cycle-2> ; dcat:dataset <cycle>, <own> .'),
  );
  there.answers.set('/cycle-2', turtle('<> a dcat:Catalog ; dcat:catalog <cycle> ; dcat:dataset <own> .'));
  there.answers.set('/own', turtle('<> a dcat:Dataset ; dct:title "own"@en ; dcat:distribution <own>, <cycle> .'));
  await here.register.add({ address: `${there.url}/cycle`, everyHours: 24 });
  const cycle = await here.visit();
  assert.deepEqual([cycle.added, cycle.documents], [1, 3]);
  assert.deepEqual(
    cycle.problems.map(({ code }) => code),
    ['harvest.no-dataset'],
    'a catalogue is no dataset of its own',
  );

  there.answers.set(
    '/many',
    turtle(`<> a dcat:Catalog ; dcat:dataset ${Array.from({ length: 100 }, (_, at) => `<d${at}>`).join(', ')} .
    ${Array.from({ length: 100 }, (_, at) => `<d${at}> a dcat:Dataset ; dct:title "many ${at}"@en .`).join('\n')}`),
  );
  await here.register.add({ address: `${there.url}/many`, everyHours: 24 });
  const many = await here.visit();
  assert.deepEqual([many.outcome, many.added, many.problems.at(-1)?.code], ['partial', 20, 'harvest.limit']);

  there.answers.set('/deep-0', turtle('<> a dcat:Catalog ; dcat:catalog <deep-1> ; dcat:dataset <own> .'));
  for (let depth = 1; depth < 20; depth += 1) {
    there.answers.set(`/deep-${depth}`, turtle(`<> a dcat:Catalog ; dcat:catalog <deep-${depth + 1}> .`));
  }
  await here.register.add({ address: `${there.url}/deep-0`, everyHours: 24 });
  assert.equal(
    (await here.visit()).documents,
    7,
    'five of twenty catalogues, one within another, and what the first names',
  );

  // As many distributions, titles and catalogues as a document holds: each would be held against every other.
  const crowd = (name: string) => Array.from({ length: 8000 }, (_, at) => `<${name}${at}>`).join(', ');
  there.answers.set(
    '/crowd',
    turtle(`<> a dcat:Catalog ; dcat:catalog ${crowd('c')} ; dcat:dataset <crowded>, <heavy>, <own> .`),
  );
  there.answers.set('/crowded', turtle(`<> a dcat:Dataset ; dcat:distribution ${crowd('d')} .`));
  there.answers.set('/heavy', turtle('<> a dcat:Dataset ; dcat:distribution <heavy-file> .'));
  there.answers.set('/heavy-file', turtle(`<> a dcat:Distribution ; dcat:keyword ${crowd('k')} .`));
  await here.register.add({ address: `${there.url}/crowd`, everyHours: 24 });
  const crowded = await here.visit();
  assert.deepEqual([crowded.outcome, crowded.added], ['partial', 1]);
  assert.deepEqual(
    crowded.problems.slice(0, 2).map(({ code }) => code),
    ['harvest.limit', 'harvest.limit'],
  );

  there.answers.set('/wide', turtle(`<> a dcat:Catalog ; dcat:dataset <wide-1>, <own> .`));
  there.answers.set(
    '/wide-1',
    turtle(`<> a dcat:Dataset ; dcat:keyword ${Array.from({ length: 600 }, (_, at) => `"k${at}"`).join(', ')} .`),
  );
  await here.register.add({ address: `${there.url}/wide`, everyHours: 24 });
  const wide = await here.visit();
  assert.deepEqual(
    [wide.added, wide.problems[0]?.code],
    [1, 'harvest.limit'],
    'one record that is too much costs no other',
  );

  // Few statements, but each of something that a shape of every profile is held against.
  const agents = Array.from({ length: 150 }, () => '[ a <http://xmlns.com/foaf/0.1/Agent> ]').join(', ');
  there.answers.set('/peopled', turtle(`<> a dcat:Catalog ; dcat:dataset <peopled-1>, <own> .`));
  there.answers.set('/peopled-1', turtle(`<> a dcat:Dataset ; dct:creator ${agents} .`));
  await here.register.add({ address: `${there.url}/peopled`, everyHours: 24 });
  const peopled = await here.visit();
  assert.deepEqual([peopled.added, peopled.problems[0]?.code], [1, 'harvest.limit']);
  assert.match(peopled.problems[0]?.problem ?? '', /limit of 100 things described/);
});

test('what a stranger writes is text: no program, no markup, no trick of writing', async (context) => {
  const there = await openStandIn(context);
  const here = await openHarvest(freshHere, context);
  there.answers.set(
    '/',
    turtle(`<> a dcat:Catalog ; dct:title "C\\u0000\\u202E<script>"@en ; dcat:dataset <bad>, <javascript:alert(2)> .
    <javascript:alert(2)> a dcat:Dataset ; dct:title "program"@en .`),
  );
  there.answers.set(
    '/bad',
    turtle(`<> a dcat:Dataset ; dct:title "<img src=x onerror=alert(1)>\\u202Egpj\\u0007"@en ;
    dct:description "${'long '.repeat(2000)}"@en ; dcat:landingPage <javascript:alert(1)>, <data:text/html,x> ;
    dct:publisher "'; drop table foreign_records; --" .`),
  );
  await here.register.add({ address: `${there.url}/`, everyHours: 24 });
  assert.equal((await here.visit()).added, 2);
  const { records } = await here.register.records({ words: '', offset: 0 });
  for (const { page, title, description, sourceTitle } of records) {
    assert.match(page, /^http:\/\/127\.0\.0\.1:\d+\//, 'a link leads to the web or nowhere');
    assert.doesNotMatch(title + sourceTitle, /[\p{Cc}\p{Bidi_Control}]/u);
    assert.ok(description.length <= 2000);
  }
  assert.deepEqual((await here.register.records({ words: 'drop table', offset: 0 })).found, 1);
});

test('a hub that stops in the middle gives the catalogue back, and one that is removed meanwhile comes to nothing', async (context) => {
  const there = await openStandIn(context);
  fillAsReference(there);
  const here = await openHarvest(freshHere, context);
  const { sourceId } = await here.register.add({ address: there.url, everyHours: 24 });
  const stopping = here.another();
  const stopped = new Promise<boolean>((resolve, reject) => {
    there.answers.set('/dataset/variants', (_, response) => {
      response.writeHead(200, { 'content-type': 'text/turtle' }).flushHeaders();
      const wasBeingRead = here.register.source(sourceId).then(({ isBeingRead }) => isBeingRead);
      wasBeingRead.then(async (isBeingRead) => {
        await stopping.close();
        resolve(isBeingRead);
      }, reject);
    });
  });
  stopping.begin();
  assert.equal(await stopped, true);
  assert.equal((await here.register.source(sourceId)).isBeingRead, false);
  there.answers.set('/dataset/variants', (_, response) => {
    void here.register.remove(sourceId).then(() => response.writeHead(500).end());
  });
  assert.deepEqual(await here.harvester.visitDue(), []);
  assert.equal((await here.register.records({ words: '', offset: 0 })).found, 0);
  assert.deepEqual(await here.database.kysely.selectFrom('foreign_records').selectAll().execute(), []);
});

function attempt(work: () => string): string {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof UnicaError) return thrown.code;
    throw thrown;
  }
}

function textOf({ answers }: StandIn, path: string): string {
  const answer = answers.get(path);
  assert.ok(typeof answer === 'object');
  return answer.text;
}

function pick({ outcome, added, changed, removed, documents, unchanged }: VisitReport) {
  return { outcome, added, changed, removed, documents, unchanged };
}

const freshHere: OpenFresh = async <Tables>(context: TestContext, migrations: readonly Migration[]) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-harvest-'));
  const database = await openDatabase<Tables>({ engine: 'sqlite', path: join(folder, 'hub.sqlite') });
  await migrate(database, migrations);
  context.after(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });
  return database;
};

async function openHarvest(open: OpenFresh, context: TestContext, limits: Partial<typeof HARVEST_LIMITS> = {}) {
  const database = await open<HarvestTables>(context, harvestMigrations);
  let nowMs = START_MS;
  let ids = 0;
  const clock = () => nowMs;
  const newId = (prefix: string) => {
    ids += 1;
    return `${prefix}-${String(ids).padStart(8, '0')}`;
  };
  const another = () => {
    const harvester = new Harvester({
      database,
      clock,
      log: silentLog,
      allowedHosts: HERE,
      agentName: 'test',
      onVisited: async () => {},
      limits: { pauseMs: 0, ...limits },
    });
    context.after(() => harvester.close());
    return harvester;
  };
  const harvester = another();
  return {
    database,
    register: new HarvestRegister(database, { clock, newId, allowedHosts: HERE }),
    harvester,
    another,
    pass(milliseconds: number) {
      nowMs += milliseconds;
    },
    async visit(): Promise<VisitReport> {
      const [report, ...more] = await harvester.visitDue();
      assert.ok(report !== undefined && more.length === 0);
      return report;
    },
  };
}
