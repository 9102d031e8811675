import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderTable } from './table.ts'

describe('a table', () => {
  it('is ruled under its header and has columns as wide as their widest cell', () => {
    const table = renderTable(
      ['server', 'ip'],
      [
        ['APS-01', '198.18.0.6'],
        ['a', '198.18.0.10'],
      ],
    )
    assert.deepEqual(table.split('\n'), ['server  ip', '------  --', 'APS-01  198.18.0.6', 'a       198.18.0.10', ''])
  })

  it('ends no line with a blank, not even where the last cell is empty', () => {
    const lines = renderTable(['name', 'note'], [['long name', '']]).split('\n')
    assert.deepEqual(lines, ['name       note', '----       ----', 'long name', ''])
  })

  it('without rows is its header', () => {
    assert.equal(renderTable(['server', ''], []), 'server\n------\n')
  })
})
