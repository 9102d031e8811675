import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { addition } from '../operations/field.ts'
import { exampleFor } from './example.ts'
import { textForPattern } from './pattern-text.ts'

const Everything = Type.Object({
  server_id: Type.String({ minLength: 1, maxLength: 128 }),
  create_time: Type.String({ format: 'date-time' }),
  status: Type.Enum(['ACTIVE', 'SHUTOFF']),
  size: Type.Integer({ minimum: 10, maximum: 40 }),
  tags: Type.Array(Type.Object({ key: Type.String({ pattern: '^k-[0-9]{3}$' }) }), { minItems: 2 }),
  note: Type.Union([Type.Null(), Type.String({ maxLength: 3 })]),
  metadata: Type.Record(Type.String(), Type.String()),
  description: Type.Optional(Type.String()),
  ours: Type.Optional(addition(Type.Boolean())),
})

describe('an example made from a schema', () => {
  const example = exampleFor(Everything, 'Everything') as Record<string, unknown>

  it('fits it, and is always the same', () => {
    assert.ok(Compile(Everything).Check(example), JSON.stringify(example))
    assert.deepEqual(exampleFor(Everything, 'Everything'), example)
  })

  it('has what is optional, but nothing that is ours', () => {
    assert.deepEqual([Object.hasOwn(example, 'description'), Object.hasOwn(example, 'ours')], [true, false])
  })

  it('may be only what is required', () => {
    const small = exampleFor(Everything, 'Everything', 'what is required') as object
    assert.ok(Compile(Everything).Check(small))
    assert.equal(Object.hasOwn(small, 'description'), false)
  })

  it('is the one that the schema brings', () => {
    assert.equal(exampleFor({ ...Type.String(), examples: ['x'] } as object, 'any'), 'x')
  })

  it('is refused by name where no value is known', () => {
    assert.throws(() => exampleFor(Type.String({ pattern: '^(?!a)(?=a)$' }), 'odd'), /^TypeError: odd: no known value/)
  })
})

describe('a text for a pattern', () => {
  const PATTERNS = [
    ...['^v[1-9][0-9]{0,8}$', '^[\\w\\u4e00-\\u9fa5-]{1,64}$', '^(a|b)?$', '^\\S{1,128}$', '^[^@#%&<>\\\\$^*]*$'],
    ...['^(?!_sys_)(?! )[\\p{L}\\p{Z}\\p{N}_.:=+\\-@]{1,128}(?<! )$', '^([A-Za-z0-9.,+@=_-]+/)*$', '^\\d{3}-[a-f]+$'],
    ...['^([^@\\s]+@[^@\\s]+)?$', '^(lte?|gte?|eq|neq):', '^(?:x|y)z$'],
  ]
  for (const pattern of PATTERNS) {
    it(`fits ${pattern}`, () => {
      assert.match(textForPattern(pattern), new RegExp(pattern, pattern.includes('\\p{') ? 'u' : ''))
    })
  }
})

describe('the mark of an addition', () => {
  it('leaves a schema what it is, an optional one too', () => {
    const schema = Type.Object({ a: addition(Type.Optional(Type.String())), b: Type.Optional(addition(Type.String())) })
    assert.ok(Compile(schema).Check({}))
    assert.ok(!Compile(schema).Check({ a: 1 }))
    const text = { type: 'string', 'x-berth': true }
    assert.deepEqual(JSON.parse(JSON.stringify(schema)), { type: 'object', properties: { a: text, b: text } })
  })
})
