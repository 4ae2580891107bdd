import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { ELEMENTS } from './elements.ts';
import { readTemplate, templateOf } from './eucaim-template.ts';
import type { MappingDocument } from './mapping-document.ts';

const DOCUMENT: MappingDocument = {
  mapping: 1,
  columns: [
    { column: 'Fallnr.', element: 'patient-id' },
    { column: 'Geschl.', element: 'sex', values: { w: 'COM1001370', m: 'COM1001366' } },
    { column: 'Größe', element: 'tumour-size', unit: 'cm' },
    { column: 'ER, IHC', element: 'er-status', values: { 'pos, stark': 'COM1001310' } },
  ],
};

test('template: five rows, then source,code; and back', () => {
  const rows = templateOf(DOCUMENT);
  assert.deepEqual(rows, [
    ['Fallnr.', 'Geschl.', 'Größe', 'ER, IHC'],
    ['patient', 'patient', 'tumor', 'tumor_marker_test'],
    [
      'patient_id',
      'patient_birth_sex',
      'tumor_size_maximum_dimension',
      'tumor_marker_test_as_concept [tumor_marker_test_code=CLIN1045815]',
    ],
    ['custom', 'EUCAIM hyper-ontology', 'cm', 'EUCAIM hyper-ontology'],
    ['', 'w', '', 'pos, stark'],
    ['', 'w,COM1001370', '', 'pos, stark,COM1001310'],
    ['', 'm,COM1001366', '', ''],
  ]);
  assert.deepEqual(readTemplate(rows), DOCUMENT);
});

test('template: every element comes back as itself', () => {
  const columns = ELEMENTS.map(({ id }) => ({ column: `column ${id}`, element: id }));
  assert.deepEqual(readTemplate(templateOf({ mapping: 1, columns })).columns, columns);
});

test('template: without brackets the heading decides; what cannot be understood is told with its column', () => {
  const of = (heading: string, table: string, column: string, value = '') =>
    readTemplate([[heading], [table], [column], ['custom'], [''], [value]]).columns[0];
  assert.equal(of('Progesteronrezeptor', 'tumor_marker_test', 'tumor_marker_test_as_concept')?.element, 'pr-status');
  assert.deepEqual(of('x', '', ''), { column: 'x', leave_out: 'undecided' });
  for (const [heading, table, column, value] of [
    ['x', 'patient', 'shoe_size', ''],
    ['zzz', 'tumor_marker_test', 'tumor_marker_test_as_concept', ''],
    ['sex', 'patient', 'patient_birth_sex', 'w'],
    ['sex', 'patient', 'patient_birth_sex', 'w,NONE1'],
  ] as const) {
    assert.throws(
      () => of(heading, table, column, value),
      (error) => error instanceof UnicaError && error.code === 'mapping.unreadable' && error.message.includes(heading),
    );
  }
});
