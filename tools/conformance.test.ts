import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ERRORS } from '../contract/errors.ts'
import { batchUpdateTsvi } from '../contract/operations/tsvi/update.ts'
import { listRegisteredTests } from './registered-tests.ts'

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

  const named = rows.map(({ cells }) => HELD_BY.exec(cells.at(-1) ?? '')?.slice(1) ?? [])
  const files = new Set(named.map(([file = '']) => file).filter((file) => existsSync(join(ROOT, file))))
  const registered = listRegisteredTests([...files])
  for (const [file = '', name = ''] of named) {
    it(`names a test that is there: ${file}: ${name}`, () => {
      assert.ok(files.has(file), `${file} is missing`)
      const fits = (full: string) => full === name || full.endsWith(` > ${name}`)
      assert.equal(registered.get(file)?.filter(fits).length, 1, `${file} registers one test "${name}"`)
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
