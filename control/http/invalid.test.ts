import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { describeInvalid } from './invalid.ts'

function described(schema: TSchema, value: unknown) {
  return describeInvalid(Compile(schema).Errors(value), 'body')
}

const closed = { additionalProperties: false }
const Small = Type.Object({ name: Type.String(), size: Type.Integer() }, closed)

const RULES: readonly (readonly [name: string, schema: TSchema, value: unknown, detail: string])[] = [
  ['a boolean in quotes', Type.Boolean(), 'true', 'must be a boolean, true or false without quotes'],
  ['a number for a text', Type.String(), 7, 'must be a string'],
  ['half a number', Type.Integer(), 10.5, 'must be a whole number'],
  ['a text for a number', Type.Number(), '7', 'must be a number'],
  ['an object for a list', Type.Array(Type.String()), {}, 'must be an array'],
  ['a list for an object', Small, [], 'must be an object'],
  ['missing fields', Small, {}, 'lacks name, size'],
  ['a field too many', Small, { name: '', size: 1, sise: 1 }, 'has the unknown field sise; remove it'],
  ['too few entries', Type.Array(Type.Any(), { minItems: 2 }), [1], 'needs at least 2 entries'],
  ['too many entries', Type.Array(Type.Any(), { maxItems: 1 }), [1, 2], 'takes at most 1 entries; split the request'],
  ['a repeated entry', Type.Array(Type.Any(), { uniqueItems: true }), ['a', 'a'], 'repeats an entry'],
  ['a short text', Type.String({ minLength: 2 }), 'a', 'must not be shorter than 2 characters'],
  ['a long text', Type.String({ maxLength: 2 }), 'abc', 'must not be longer than 2 characters'],
  ['a small number', Type.Integer({ minimum: 1 }), 0, 'must be at least 1'],
  ['a great number', Type.Integer({ maximum: 100 }), 101, 'must be at most 100'],
  ['an unknown word', Type.Enum(['SOFT', 'HARD']), 'soft', 'must be one of SOFT, HARD'],
  ['a forbidden character', Type.String({ pattern: '^\\w+$' }), 'a b', 'contains characters that are not allowed'],
]

describe('the sentence about', () => {
  for (const [name, schema, value, detail] of RULES) {
    it(`${name} says what to do`, () => assert.deepEqual(described(schema, value), { where: 'body', detail }))
  }
})

describe('the place of what is wrong', () => {
  const At = Type.Object({ items: Type.Array(Type.Object({ 'a/b~c': Type.String() })) })

  it('is a path as one writes it in code', () => {
    const { where } = described(At, { items: [{ 'a/b~c': '' }, { 'a/b~c': 1 }] })
    assert.equal(where, 'body items[1].a/b~c')
  })

  it('is cut to 80 characters', () => {
    const long = 'n'.repeat(500)
    const { where } = described(Type.Record(Type.String(), Type.Integer()), { [long]: 'x' })
    assert.equal(where, `body ${long}`.slice(0, 80))
  })
})

describe('of several findings', () => {
  it('an unknown field is said before the missing one it leaves behind', () => {
    assert.equal(described(Small, { nane: 'a', size: 1 }).detail, 'has the unknown field nane; remove it')
  })

  const crowd = (count: number, letters: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${index}`.padEnd(letters, 'x'), 1]))

  it('unknown fields are listed in at most 120 characters', () => {
    const detail = String(described(Small, crowd(5, 64)).detail)
    assert.match(detail, /^has the unknown field 0x+, 1x+; remove it$/)
    assert.equal(detail.length, 'has the unknown field '.length + 120 + '; remove it'.length)
  })

  it('the first of a crowd of unknown fields is said, whatever is missing beside it', () => {
    const said = { where: 'body 0xxx', detail: 'is unknown; remove it' }
    assert.deepEqual(described(Small, crowd(200, 4)), said)
    assert.deepEqual(described(Small, { ...crowd(200, 4), name: 'a', size: 1 }), said)
  })

  it('none leaves a sentence all the same', () => {
    assert.deepEqual(describeInvalid([], 'query'), { where: 'query', detail: 'does not fit its schema' })
  })
})

it('the value of the caller is never repeated', () => {
  for (const [name, schema, value] of RULES) {
    if (typeof value !== 'string') continue
    const { detail } = described(schema, `${value}-Pa55word`)
    assert.doesNotMatch(String(detail), /Pa55word/, name)
  }
})
