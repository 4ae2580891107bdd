import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyQuerySchema, lensAstSchema } from '#wire';
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
];
for (const [name, tree, keys] of UNHONOURED) {
  test(`a tree of the explorer with ${name} asks for nobody, and says why`, () => {
    const { query, unsupported } = readLensAst(lensAstSchema.parse(tree));
    assert.deepEqual(unsupported, keys);
    assert.deepEqual(query, { any: [] });
  });
}

test('a tree of the explorer that is understood asks for what it says', () => {
  assert.deepEqual(readLensAst(lensAstSchema.parse(MALE)), {
    query: { is: 'sex', in: ['COM1001366'] },
    unsupported: [],
  });
});
