import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ERRORS } from '../contract/errors.ts'
import { batchUpdateTsvi } from '../contract/operations/tsvi/update.ts'

const ROOT = join(import.meta.dirname, '..')
const PAGE = readFileSync(join(ROOT, 'docs/conformance/batch-update-tsvi.md'), 'utf8')

interface Row {
  readonly section: string
  readonly cells: readonly string[]
}

/** Every row of every table but its two heading lines, with the heading that it stands under. */
function rowsOf(page: string): readonly Row[] {
  let section = ''
  const rows: Row[] = []
  for (const line of page.split('\n')) {
    if (line.startsWith('#')) section = line.replace(/^#+ /, '')
    if (!line.startsWith('| ') || / held by \|$/.test(line)) continue
    const cells = line.slice(1, -1).split('|')
    rows.push({ section, cells: cells.map((cell) => cell.trim()) })
  }
  return rows
}

const HELD_BY = /^`([^`]+\.test\.ts)`: (.+)$/

/** A name may be written as any kind of string. */
function names(source: string, name: string): boolean {
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${name}${quote}`))
}

describe('the conformance page', () => {
  const rows = rowsOf(PAGE)

  it('has a statement in every section, and a test for every statement', () => {
    for (const section of ['Authorization', 'URI', 'Request', 'Response', 'Status codes', 'Notes']) {
      assert.ok(
        rows.some((row) => row.section === section),
        `${section} says nothing`,
      )
    }
    for (const { cells } of rows) assert.match(cells.at(-1) ?? '', HELD_BY, cells[0])
  })

  for (const { cells } of rows) {
    const [, file = '', name = ''] = HELD_BY.exec(cells.at(-1) ?? '') ?? []
    it(`names a test that is there: ${file}: ${name}`, () => {
      assert.ok(existsSync(join(ROOT, file)), `${file} is missing`)
      assert.ok(names(readFileSync(join(ROOT, file), 'utf8'), name), `${file} has no test "${name}"`)
    })
  }

  it('lists the failures of the contract, no more and no less', () => {
    const listed = rows
      .filter((row) => row.section === 'Status codes')
      .map(({ cells: [status, code = ''] }) => `${status} ${code.replaceAll('`', '')}`.trim())
    const declared = batchUpdateTsvi.errors.map((word) => `${ERRORS[word].status} ${ERRORS[word].code}`)
    assert.deepEqual(listed, [`${batchUpdateTsvi.status}`, ...new Set(declared)].sort())
  })
})
