import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Attributes, buildDicom, type DataSet } from '#dicom';
import { confidentialityRow, tagOf } from '#vocab';
import { deidentify } from './deidentify.ts';
import type { DeidOption } from './options.ts';

/** A row of conformance/deid-rules.json. */
interface Rule {
  readonly tag: string;
  readonly attribute: string;
  readonly vr: string;
  readonly option: string;
  readonly input: string;
  /** Dates and patient characteristics unless told. */
  readonly options?: readonly DeidOption[];
  /** What stays of a cleaned text. */
  readonly text?: string;
  readonly expected:
    | 'cleaned'
    | 'removed'
    | 'emptied'
    | 'replaced'
    | 'mapped'
    | 'shifted'
    | 'kept'
    | 'capped'
    | 'walked';
  readonly because?: string;
}

const { rows } = JSON.parse(readFileSync(new URL('../../conformance/deid-rules.json', import.meta.url), 'utf8')) as {
  readonly rows: readonly Rule[];
};

const SITE = { siteId: 'lisbon', secret: new Uint8Array(32).fill(7) };
const BULK = new Set(['OB', 'OW', 'OF', 'OD', 'OL', 'OV', 'UN']);

const BASE: Attributes = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
  SOPInstanceUID: '1.3.6.1.4.1.99999.1',
  StudyInstanceUID: '1.3.6.1.4.1.99999.2',
  SeriesInstanceUID: '1.3.6.1.4.1.99999.3',
  Modality: 'DX',
  PatientID: 'PID-00000000',
};

/** Attributes whose value decides whether a file is taken at all; they are tested nested only. */
const DECISIVE = new Set(['00100020', '00080016', '00080060']);
/** At the top of a file the pseudonym stands here. */
const MARKED = new Set(['00100010', '00100020']);

function attributeValue({ vr, input }: Rule): Attributes[string] {
  if (vr === 'SQ') return [{ CodeMeaning: input, ReferencedSOPInstanceUID: '1.3.6.1.4.1.99999.20190314.7' }];
  if (vr === 'US') return Number(input);
  return BULK.has(vr) ? new TextEncoder().encode(input) : input;
}

function cleaned(
  attributes: Attributes,
  { options = ['dates', 'patient'] }: Rule,
): { readonly bytes: Uint8Array; readonly dataset: DataSet } {
  const outcome = deidentify(buildDicom(attributes), SITE, new Set(options));
  assert.equal(outcome.kind, 'clean', JSON.stringify(outcome));
  if (outcome.kind !== 'clean') throw new Error('unreachable');
  return outcome.image;
}

function check(rule: Rule, { bytes, level }: { readonly bytes: Uint8Array; readonly level: DataSet }): void {
  const tag = Number.parseInt(rule.tag, 16);
  const element = level.element(tag);
  const text = level.strings(tag).join('\\');
  const holds = (part: string) => Buffer.from(bytes).includes(part);
  switch (rule.expected) {
    case 'cleaned':
      assert.equal(text, rule.text);
      break;
    case 'removed':
      assert.equal(element, undefined);
      break;
    case 'emptied':
      assert.equal(element?.value.length ?? 0, 0);
      assert.equal(element?.items?.length ?? 0, 0);
      break;
    case 'replaced':
      assert.ok(element !== undefined && element.value.length > 0, 'it has a value');
      assert.notEqual(text, rule.input);
      break;
    case 'mapped':
      assert.match(text, /^2\.25\.\d{1,39}$/);
      break;
    case 'shifted':
      assert.match(text, /^\d{8}(\d{6})?([+-]\d{4})?$/);
      assert.ok(text < rule.input && text > '2016', text);
      assert.equal(text.slice(8), rule.input.slice(8).replace(/\.\d+/, ''));
      break;
    case 'kept':
      assert.equal(rule.vr === 'US' ? String(level.number(tag)) : text, rule.input);
      break;
    case 'capped':
      assert.equal(text, '090Y');
      break;
    case 'walked':
      assert.match(level.items(tag)[0]?.text(tagOf('ReferencedSOPInstanceUID')) ?? '', /^2\.25\./);
      break;
  }
  if (rule.expected !== 'kept' && rule.expected !== 'walked' && rule.input.length > 6) {
    assert.ok(!holds(rule.input), 'the value is nowhere in the file');
  }
}

test('the rules cover Table E.1-1 but for command, meta and repeating groups', () => {
  const named = new Set(rows.filter((row) => row.because === undefined).map((row) => row.tag));
  assert.equal(named.size, 613);
  for (const tag of named) assert.ok(confidentialityRow(Number.parseInt(tag, 16)), tag);
});

for (const rule of rows) {
  const chosen = rule.options === undefined ? '' : ` with ${rule.options.length} options`;
  const name = `${rule.tag} ${rule.attribute} ${rule.because ?? ''}`.trim() + chosen;
  const key = `${rule.tag.slice(0, 4)},${rule.tag.slice(4)} ${rule.vr}`;
  if (!DECISIVE.has(rule.tag)) {
    test(`${name}: ${rule.expected}`, () => {
      const keyword = Object.keys(BASE).find((one) => tagOf(one) === Number.parseInt(rule.tag, 16));
      const { bytes, dataset } = cleaned({ ...BASE, [keyword ?? key]: attributeValue(rule) }, rule);
      check(MARKED.has(rule.tag) ? { ...rule, expected: 'replaced' } : rule, { bytes, level: dataset });
    });
  }
  test(`${name}: ${rule.expected}, two sequences deep`, () => {
    const { bytes, dataset } = cleaned(
      { ...BASE, AnatomicRegionSequence: [{ PrimaryAnatomicStructureSequence: [{ [key]: attributeValue(rule) }] }] },
      rule,
    );
    const level = dataset
      .items(tagOf('AnatomicRegionSequence'))[0]
      ?.items(tagOf('PrimaryAnatomicStructureSequence'))[0];
    assert.ok(level);
    check(rule, { bytes, level });
  });
}
