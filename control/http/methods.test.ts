import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MethodTable } from './methods.ts'

function table(): MethodTable {
  const methods = new MethodTable()
  methods.add('/v1/:project_id/app-servers', 'GET')
  methods.add('/v1/:project_id/app-servers', ['POST', 'GET'])
  methods.add('/v1/:project_id/app-servers/:server_id', 'GET')
  methods.add('/v1/:project_id/app-servers/:server_id', 'DELETE')
  methods.add('/openapi.json', 'GET')
  methods.add('/:anything', 'PUT')
  return methods
}

const PATHS: readonly (readonly [name: string, path: string, methods: readonly string[]])[] = [
  ['a path with several methods gives each once, sorted', '/v1/p/app-servers', ['GET', 'POST']],
  ['a longer path has methods of its own', '/v1/p/app-servers/s', ['DELETE', 'GET']],
  ['a literal path wins over one with a parameter', '/openapi.json', ['GET']],
  ['a dot of a path is a dot', '/openapiXjson', ['PUT']],
  ['a parameter is never empty', '/v1//app-servers', []],
  ['a parameter holds no slash', '/v1/p/q/app-servers', []],
  ['a slash at the end is another path', '/v1/p/app-servers/', []],
  ['a path that only begins like a known one is unknown', '/v1/p/app-servers/s/t', []],
  ['a path that only ends like a known one is unknown', '/x/v1/p/app-servers', []],
  ['capitals are another path', '/V1/p/app-servers', []],
]

describe('of the methods a path knows', () => {
  for (const [name, path, methods] of PATHS) {
    it(name, () => assert.deepEqual(table().allowed(path), methods))
  }
})
