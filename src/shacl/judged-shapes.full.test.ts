import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import dataFactory from '@rdfjs/data-model';
import type { Quad } from '@rdfjs/types';
import { Parser } from 'n3';
import { backgroundOf } from './background.ts';
import { JudgedShapes } from './judged-shapes.ts';
import { foundByEngine, layersOf, type ProfileName, profileOf, RecordKind } from './profile.ts';
import { readRdf } from './read-rdf.ts';
import { keyOf, RecordGraph } from './record-graph.ts';

const standards = join(process.env['UNICA_DATA'] ?? '../shared/data', '..', 'standards');
const skip = !existsSync(standards) && `no ${standards}`;
/** Every which statement is damaged: a whole catalogue takes the engine half a second each time. */
const FILES: readonly (readonly [file: string, profile: ProfileName, step: number])[] = [
  ['healthdcat-ap/unica-mammography-r8.example.ttl', 'healthdcat-r8', 2],
  ['healthdcat-ap/unica-mammography-r8.example.ttl', 'eucaim-v2', 2],
  ['healthdcat-ap/unica-mammography-r8.example.ttl', 'healthdcat-r5', 2],
  ['healthdcat-ap/unica-mammography-r8.example.ttl', 'dcat-ap-3', 2],
  ['healthdcat-ap/mvd-health-catalog.ttl', 'dcat-ap-3', 997],
];
/** Statements of every file are damaged in one of these ways, the next one in the next. */
const DAMAGES: readonly ((quad: Quad) => readonly Quad[])[] = [
  () => [],
  (quad) => [quad, withObject(quad, dataFactory.literal(`${quad.object.value} again`, 'en'))],
  (quad) => [withObject(quad, dataFactory.literal('n/a'))],
  (quad) => [withObject(quad, dataFactory.namedNode('https://elsewhere.example/thing'))],
  (quad) => [withObject(quad, dataFactory.blankNode('nobody'))],
  (quad) => [withObject(quad, dataFactory.literal(quad.object.value, dataFactory.namedNode('urn:other:datatype')))],
];

for (const [file, name, step] of FILES) {
  test(`asking the engine only by doubted shapes loses nothing: ${file} damaged, by ${name}`, { skip }, async () => {
    const record = await readRdf(new Uint8Array(readFileSync(join(standards, file))), 'turtle');
    let objected = 0;
    for (let at = 0; at < record.length; at += step) {
      const damage = DAMAGES[at % DAMAGES.length] ?? (() => []);
      const damaged = record.flatMap((quad, index) => (index === at ? damage(quad) : [quad]));
      const whole = [...damaged, ...backgroundOf(damaged)];
      const kind = new RecordKind(whole);
      const dataset = new RecordGraph(whole);
      for (const layer of layersOf(profileOf(name))) {
        const all = new Set(layer.shapes.map(({ subject }) => keyOf(subject)));
        const expected = keysOf(await foundByEngine(layer, { kind, dataset, doubted: all }));
        const doubted = layer.judged.doubted(dataset);
        const found = keysOf(await foundByEngine(layer, { kind, dataset, doubted }));
        assert.deepEqual(found, expected, `statement ${at}: ${record[at]?.predicate.value}`);
        objected += expected.length;
      }
    }
    assert.ok(objected > 0);
  });
}

function withObject(quad: Quad, object: Quad['object']): Quad {
  return dataFactory.quad(quad.subject, quad.predicate, object);
}

function keysOf(results: Awaited<ReturnType<typeof foundByEngine>>): readonly string[] {
  return results.map(({ focusNode, path, constraintComponent, value, message }) =>
    JSON.stringify([
      focusNode.term?.value,
      (path ?? []).map(({ predicates }) => predicates.map((one) => one.value)),
      constraintComponent.value,
      value?.value,
      message.map((one) => one.value),
    ]),
  );
}

const PREFIXES = `@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix : <urn:x:> .\n`;
const RECORD = ':a a :Thing ; :is "1"^^xsd:decimal ; :says "ja"@de, "yes"@en ; :knows :b . :b a :Person ; :is 2 .';
const ROWS: readonly (readonly [string, string, boolean])[] = [
  ['a count that is kept', '[ sh:path :says ; sh:maxCount 2 ]', false],
  ['a count that is passed', '[ sh:path :says ; sh:maxCount 1 ]', true],
  ['a language each once', '[ sh:path :says ; sh:uniqueLang true ]', false],
  ['a language of a list', '[ sh:path :says ; sh:languageIn ("de" "en") ]', false],
  ['a language that is no part of a list', '[ sh:path :says ; sh:languageIn ("de") ]', true],
  ['a way back', '[ sh:path [ sh:inversePath :knows ] ; sh:maxCount 0 ]', false],
  ['a path of two steps', '[ sh:path ( :knows :is ) ; sh:minCount 1 ]', false],
  ['one of two properties', '[ sh:path [ sh:alternativePath ( :is :was ) ] ; sh:minCount 1 ]', false],
  ['a value that must not be', '[ sh:path :is ; sh:not [ sh:datatype xsd:string ] ]', false],
  ['one of several shapes', '[ sh:path :knows ; sh:or ( [ sh:class :Dog ] [ sh:class :Person ] ) ]', false],
  ['none of several shapes', '[ sh:path :knows ; sh:or ( [ sh:class :Dog ] [ sh:class :Cat ] ) ]', true],
  ['a path without end, which is not judged', '[ sh:path [ sh:zeroOrMorePath :knows ] ; sh:minCount 0 ]', true],
  ['a constraint that is not judged', '[ sh:path :is ; sh:minExclusive 0 ]', true],
  ['a query, which is not judged', '[ sh:path :is ; sh:sparql [ sh:select "" ] ]', true],
  ['a number written unusually', '[ sh:path ( :knows :is ) ; sh:datatype xsd:integer ]', true],
];
for (const [name, property, isDoubted] of ROWS) {
  test(`${name} ${isDoubted ? 'is for the engine' : 'is judged'}`, () => {
    const shapes = parse(`:S a sh:NodeShape ; sh:targetClass :Thing ; sh:property ${property} .`);
    assert.equal(new JudgedShapes(shapes).doubted(new RecordGraph(parse(RECORD))).size, isDoubted ? 1 : 0);
  });
}

test('classes below classes and circles of shapes are for the engine', () => {
  const record = new RecordGraph(parse(RECORD));
  const below = parse(
    ':S sh:targetClass :Living ; sh:property [ sh:path :never ; sh:minCount 1 ] . :Thing rdfs:subClassOf :Living .',
  );
  assert.equal(new JudgedShapes(below).doubted(record).size, 1);
  const circle = parse(':S sh:targetClass :Thing ; sh:node :T . :T sh:node :S .');
  assert.equal(new JudgedShapes(circle).doubted(record).size, 1);
});

function parse(text: string): readonly Quad[] {
  return new Parser({ factory: dataFactory }).parse(PREFIXES + text);
}
