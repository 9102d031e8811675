import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parseCase } from './case.ts'
import { compileGrants } from './compile.ts'
import { decide } from './decide.ts'
import type { PolicyKind } from './document.ts'
import { parseDocument } from './read-document.ts'

interface Line {
  readonly id: string
  readonly title: string
  readonly grants: readonly { readonly kind: PolicyKind; readonly document: unknown }[]
  readonly expect: string
  readonly reason: string
}

const LINES: readonly Line[] = readFileSync(join(import.meta.dirname, 'cases.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))

describe('the cases of the reference', () => {
  it('are all there, each once', () => {
    const ids = Array.from({ length: 62 }, (_, at) => `P${String(at + 1).padStart(2, '0')}`)
    assert.deepEqual(
      LINES.map(({ id }) => id),
      ids,
    )
  })

  for (const line of LINES) {
    it(`${line.id}: ${line.title}: ${line.reason}`, () => {
      const { grants, request } = parseCase(line)
      const { decision, reason } = decide(compileGrants(grants), request)
      assert.deepEqual({ decision, reason }, { decision: line.expect, reason: line.reason })
    })
  }

  for (const { id, grants } of LINES) {
    for (const { kind, document } of grants) {
      it(`${id}: its ${kind} document may be written as it is`, () => {
        assert.ok(parseDocument(kind, document).statements.every(({ understood }) => understood))
      })
    }
  }
})
