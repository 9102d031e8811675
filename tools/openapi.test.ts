import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Compile } from 'typebox/compile'
import { exampleOfOperation } from '../contract/openapi.ts'
import { OPERATIONS } from '../contract/operations/index.ts'

interface Link {
  readonly operationId: string
  readonly parameters: Readonly<Record<string, string>>
}

interface Json {
  readonly schema: object
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly $ref: string }>>
}

interface Answer {
  readonly content?: Readonly<Record<string, Json>>
  readonly links?: Readonly<Record<string, Link>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly description?: string
  readonly schema: object
  readonly example?: unknown
}

interface Rendered {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly content: { readonly 'application/json': Json } }
  readonly responses: Readonly<Record<string, Answer>>
  readonly 'x-permissions'?: readonly object[]
}

interface Document {
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Rendered>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>
    readonly examples: Readonly<Record<string, { readonly value: unknown }>>
  }
}

const text = readFileSync(new URL('../contract/openapi.json', import.meta.url), 'utf8')
const document: Document = JSON.parse(text)
const rendered = new Map(
  Object.values(document.paths).flatMap((methods) => Object.values(methods).map((one) => [one.operationId, one])),
)

function misfits(schema: object, value: unknown, where: string): readonly string[] {
  const validator = Compile(schema)
  return validator.Check(value) ? [] : [`${where}: ${JSON.stringify(validator.Errors(value)[0])}`]
}

/** Schemas of errors are referred to, one or several. */
function resolved(schema: object): object {
  return JSON.parse(
    JSON.stringify(schema, (_key, part) => {
      return typeof part?.$ref === 'string' ? document.components.schemas[part.$ref.split('/').at(-1)] : part
    }),
  )
}

describe('the OpenAPI document', () => {
  it('is one, by the schema of OpenAPI 3.1', async () => {
    const validator = new Validator()
    const { valid, errors } = await validator.validate(JSON.parse(text))
    assert.equal(validator.version, '3.1')
    assert.ok(valid, JSON.stringify(errors))
  })

  it('has every operation once, with a module, a sentence and its permission', () => {
    assert.equal(rendered.size, OPERATIONS.length)
    const modules = new Set(document.tags.map(({ name }) => name))
    for (const { id, permission } of OPERATIONS) {
      const one = rendered.get(id)
      assert.ok(one, id)
      assert.ok(one.tags.every((tag) => modules.has(tag)) && one.summary.endsWith('.'), id)
      assert.deepEqual(one['x-permissions'] ?? [], permission === null ? [] : [permission])
    }
  })

  it('describes every parameter, and shows what the required ones look like', () => {
    for (const { operationId, parameters } of rendered.values()) {
      for (const { name, required, description = '', example, schema } of parameters) {
        assert.match(description, /\.$/, `${operationId} ${name}`)
        if (required) assert.deepEqual(misfits(schema, example, `${operationId} ${name}`), [])
      }
    }
  })

  it('marks our additions', () => {
    const body = JSON.stringify(rendered.get('CreateServerGroup')?.requestBody)
    assert.match(body, /"reboot_policy":\{[^}]*"x-berth":true/)
  })
})

describe('every operation', () => {
  it('has an example of its request and of its answer, which fit', () => {
    const bad = OPERATIONS.flatMap((operation) => {
      const { id, body, response } = operation
      const example = exampleOfOperation(operation)
      return [
        ...(body === null ? [] : misfits(body, example.body, `${id} body`)),
        ...(response === null ? [] : misfits(response, example.response, `${id} response`)),
      ]
    })
    assert.deepEqual(bad, [])
  })

  it('shows them in the document', () => {
    for (const operation of OPERATIONS) {
      const { body, response } = JSON.parse(JSON.stringify(exampleOfOperation(operation)))
      const one = rendered.get(operation.id)
      assert.deepEqual(one?.requestBody?.content['application/json'].example, body)
      assert.deepEqual(
        one?.responses[operation.status]?.content?.[operation.responseType ?? 'application/json']?.example,
        response,
      )
    }
  })

  it('shows each of its errors with a body of the declared shape', () => {
    for (const { operationId, responses } of rendered.values()) {
      for (const [status, { content }] of Object.entries(responses)) {
        const json = content?.['application/json']
        for (const [word, { $ref }] of Object.entries(json?.examples ?? {})) {
          const example = document.components.examples[$ref.split('/').at(-1) ?? '']
          const where = `${operationId} ${status} ${word}`
          assert.ok(example && json, where)
          assert.deepEqual(misfits(resolved(json.schema), example.value, where), [])
        }
      }
    }
  })
})

describe('the links of the document', () => {
  const links = [...rendered.values()].flatMap((from) =>
    Object.values(from.responses).flatMap((answer) =>
      Object.values(answer.links ?? {}).map((link) => ({ from, answer, link })),
    ),
  )

  it('lead to operations, with every part of their path', () => {
    for (const { from, link } of links) {
      const target = rendered.get(link.operationId)
      const names = target?.parameters.filter((one) => one.in === 'path').map(({ name }) => name)
      assert.deepEqual(
        Object.keys(link.parameters).toSorted(),
        names?.toSorted(),
        `${from.operationId} ${link.operationId}`,
      )
    }
  })

  it('take what the answer has, which its example shows', () => {
    for (const { from, answer, link } of links) {
      const example = answer.content?.['application/json']?.example
      for (const expression of Object.values(link.parameters)) {
        const [, pointer] = expression.split('$response.body#')
        if (pointer === undefined) continue
        const value = pointer.split('/').slice(1).reduce(memberOf, example)
        assert.equal(typeof value, 'string', `${from.operationId} ${expression}`)
      }
    }
  })

  it('go from a server to its job, and from a group to itself', () => {
    const has = (from: string, to: string) =>
      links.some((one) => one.from.operationId === from && one.link.operationId === to)
    assert.ok(has('BatchUpdateTsvi', 'ShowJobDetail') && has('CreateServerGroup', 'ShowServerGroup'))
    assert.ok(has('ListServers', 'ShowServer') && has('KeystoneCreateUser', 'KeystoneDeleteUser'))
    assert.ok(has('ListServers', 'BatchUpdateTsvi'))
  })
})

function memberOf(value: unknown, name: string): unknown {
  return (value as Readonly<Record<string, unknown>> | undefined)?.[name]
}
