import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { AppError } from '#kernel'
import { checker, parseJson } from './body.ts'

/** The failure a piece of work ends with. */
function failureOf(work: () => unknown): AppError {
  try {
    work()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  assert.fail('nothing was refused')
}

const parsed = (text: string | Buffer, type: string | undefined = 'application/json') =>
  parseJson(type, Buffer.from(text), 'SomeOperation')

describe('a body', () => {
  const TYPES = [
    'application/json',
    'Application/JSON',
    'application/json;charset=utf8',
    'application/json; charset=UTF-8',
    'application/json ; charset = "utf-8" ;',
    'application/json;',
  ]
  for (const type of TYPES) {
    it(`of type '${type}' is read as JSON`, () => assert.deepEqual(parsed('{"a":[1,"é"]}', type), { a: [1, 'é'] }))
  }

  const REFUSED = ['application/json; charset=utf-16', 'application/json5', 'text/json', 'application/json, text/plain']
  for (const type of REFUSED) {
    it(`of type '${type}' is refused by its type`, () => {
      const failure = failureOf(() => parsed('{}', type))
      assert.equal(failure.word, 'http.content_type')
      assert.equal(failure.facts.contentType, type)
    })
  }

  it('without a type is refused by its type', () => {
    const failure = failureOf(() => parseJson(undefined, Buffer.from('{}'), 'SomeOperation'))
    assert.deepEqual([failure.word, failure.facts], ['http.content_type', { contentType: 'none' }])
  })

  it('that is missing is said so, whatever its type, with the operation that wants one', () => {
    for (const type of [undefined, 'text/plain', 'application/json']) {
      const failure = failureOf(() => parseJson(type, Buffer.alloc(0), 'SomeOperation'))
      assert.deepEqual([failure.word, failure.facts], ['http.body_missing', { operation: 'SomeOperation' }])
    }
  })

  it('may begin with a byte order mark', () => assert.deepEqual(parsed('\uFEFF{"a":1}'), { a: 1 }))

  it('may hold a member constructor that is no prototype', () => {
    assert.deepEqual(parsed('{"constructor":"Berth"}'), { constructor: 'Berth' })
  })

  const SECRET = 'Pa55-of-the-owner'
  const BROKEN: readonly (readonly [string, string])[] = [
    ['cut off', `{"password":"${SECRET}"`],
    ['with a comma too many', `{"password":"${SECRET}",}`],
    ['in single quotes', `{'password':'${SECRET}'}`],
    ['that is the bare text', SECRET],
    ['with the text on a line of its own', `{"password":\n${SECRET}\n}`],
    ['with the text in quotes twice', `{"password":""${SECRET}""}`],
    ['with a short rest', `{"a":${SECRET.slice(0, 3)}}`],
  ]
  for (const [name, text] of BROKEN) {
    it(`${name} is refused without a word of what it held`, () => {
      const failure = failureOf(() => parsed(text))
      assert.equal(failure.word, 'http.body_malformed')
      for (let at = 0; at + 3 <= SECRET.length; at++) {
        assert.ok(!failure.message.includes(SECRET.slice(at, at + 3)), failure.message)
      }
    })
  }
})

describe('a checked value', () => {
  const check = checker(
    Type.Object(
      { name: Type.String({ maxLength: 5 }), sizes: Type.Array(Type.Integer()) },
      { additionalProperties: false },
    ),
    'body',
  )

  it('that fits is the value itself', () => {
    const value = { name: 'a', sizes: [1] }
    assert.equal(check(value), value)
  })

  it('that does not fit is refused with the place and the rule', () => {
    const failure = failureOf(() => check({ name: 'a', sizes: [1, 'two'] }))
    assert.equal(failure.word, 'http.invalid')
    assert.deepEqual(failure.facts, { where: 'body sizes[1]', detail: 'must be a whole number' })
  })

  it('is not changed into what would fit', () => {
    assert.equal(failureOf(() => check({ name: 7, sizes: ['1'] })).word, 'http.invalid')
  })

  it('may be as deep as it likes, and a NUL character is found at the bottom', () => {
    const deep = checker(Type.Unknown(), 'body')
    const nest = (bottom: unknown) => Array.from({ length: 100_000 }).reduce((inner) => [inner], bottom)
    assert.ok(deep(nest('text')))
    assert.deepEqual(failureOf(() => deep(nest({ a: 'b\0' }))).facts, {
      where: 'body',
      detail: 'contains a NUL character; remove it',
    })
  })
})
