import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyQuerySchema, explorerQuerySchema, lensAstSchema } from '#wire';
import { readLensAst } from './read-lens-ast.ts';

const MALE = { key: 'SNOMEDCT263495000', type: 'EQUALS', system: '', value: 'SNOMEDCT248153007' } as const;
const deep = (levels: number): unknown => {
  let tree: unknown = MALE;
  for (let level = 0; level < levels; level += 1) tree = { operand: 'AND', children: [tree] };
  return tree;
};

const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
  ['ten thousand conditions', { operand: 'OR', children: Array(10_000).fill(MALE) }, /conditions/],
  ['ten thousand conditions below one another', deep(10_000), /deep/],
  ['an operand that is none', { operand: 'XOR', children: [MALE] }, /./],
  ['a comparison that is none', { ...MALE, type: 'LIKE' }, /./],
  ['a key without end', { ...MALE, key: 'x'.repeat(201) }, /./],
  ['a property of a criterion that is not known', { ...MALE, negated: true }, /./],
  ['a property of a group that is not known', { operand: 'OR', children: [MALE], minimum: 2 }, /./],
  ['a bound that is none', { key: 'SNOMEDCT423493009', type: 'BETWEEN', value: { min: 1, max: 2, step: 5 } }, /./],
  ['a criterion that says it is a group', { ...MALE, nodeType: 'branch' }, /./],
  ['neither a criterion nor several', {}, /./],
];
for (const [name, tree, expected] of REFUSED) {
  test(`a tree of the explorer with ${name} is refused before it is read`, () => {
    const parsed = lensAstSchema.safeParse(tree);
    assert.equal(parsed.success, false);
    assert.match(parsed.error?.issues.map(({ message }) => message).join(' ') ?? '', expected);
    assert.equal(anyQuerySchema.safeParse({ ast: tree }).success, false, 'and as the backend of the explorer wraps it');
  });
}

const UNHONOURED: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['a key that nobody knows', { ...MALE, key: 'shoe-size' }, ['shoe-size']],
  ['a value that nobody knows', { ...MALE, value: 'SNOMEDCT1' }, [MALE.key]],
  ['an unknown key within an OR', { operand: 'OR', children: [MALE, { ...MALE, key: 'shoe-size' }] }, ['shoe-size']],
  [
    'unknown keys within a NOT',
    {
      operand: 'NOT',
      children: [
        { ...MALE, key: 'a' },
        { ...MALE, key: 'b' },
        { ...MALE, key: 'a' },
      ],
    },
    ['a', 'b'],
  ],
  ['a key of an object', { ...MALE, key: '__proto__' }, ['__proto__']],
  ['a property of a criterion that is not known', { ...MALE, negated: true }, [MALE.key]],
  [
    'properties of groups that are not known',
    { operand: 'OR', minimum: 2, children: [{ operand: 'AND', children: [MALE], window: 'P1Y' }] },
    ['minimum', 'window'],
  ],
  ['one of two alone', { operand: 'XOR', children: [MALE, { ...MALE, value: 'SNOMEDCT248152002' }] }, ['XOR']],
  ['a group of one key with another in it', { operand: 'OR', key: 'RID10311', children: [MALE] }, ['RID10311']],
  ['a property beside no criterion', { operand: 'OR', children: [], site: 'lisbon' }, ['site']],
  ['a criterion that says it is a group', { ...MALE, nodeType: 'branch' }, [MALE.key]],
  ['a comparison that is none', { ...MALE, type: 'LIKE' }, [MALE.key]],
  ['a value of a kind that is none', { ...MALE, value: { sex: 'male' } }, [MALE.key]],
  ['no value', { key: MALE.key, type: 'EQUALS' }, [MALE.key]],
  [
    'a bound that is none',
    { key: 'SNOMEDCT423493009', type: 'BETWEEN', value: { min: 1, max: 2, step: 5 } },
    ['SNOMEDCT423493009'],
  ],
  ['values without end', { ...MALE, type: 'IN', value: Array(10_000).fill(MALE.value) }, [MALE.key]],
];
for (const [name, tree, keys] of UNHONOURED) {
  test(`a tree of the explorer with ${name} asks for nobody, and says why`, () => {
    const { query, unsupported } = readLensAst(explorerQuerySchema.parse({ ast: tree }).ast);
    assert.deepEqual(unsupported, keys);
    assert.deepEqual(query, { any: [] });
  });
}

test('a tree of the explorer that is understood asks for what it says', () => {
  const said = {
    query: { is: 'sex', in: ['COM1001366'] },
    unsupported: [],
    keysOf: new Map([['sex', ['SNOMEDCT263495000']]]),
  };
  assert.deepEqual(readLensAst(lensAstSchema.parse(MALE)), said);
  assert.deepEqual(readLensAst(lensAstSchema.parse({ ...MALE, nodeType: 'leaf' })), said);
  const group = { nodeType: 'branch', operand: 'OR', key: MALE.key, children: [{ ...MALE, nodeType: 'leaf' }] };
  assert.deepEqual(readLensAst(lensAstSchema.parse(group)), { ...said, query: { any: [said.query] } });
  assert.deepEqual(
    readLensAst(lensAstSchema.parse({ ...group, children: [] })).query,
    { any: [] },
    'no value is nobody',
  );
});
