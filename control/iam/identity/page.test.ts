import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parsePage, renderPage } from './page.ts'

const idOf = (id: string) => id

describe('a page by marker', () => {
  it('names the next one by the last id it holds, when one row more was found', () => {
    const { items, page_info } = renderPage(['aaaa', 'bbbb', 'cccc'], 2, idOf)
    assert.deepEqual([items, page_info.current_count], [['aaaa', 'bbbb'], 2])
    assert.deepEqual(parsePage({ limit: 2, marker: page_info.next_marker ?? '' }), { limit: 2, after: 'bbbb' })
  })

  for (const rows of [[], ['aaaa'], ['aaaa', 'bbbb']]) {
    it(`is the last one with ${rows.length} rows where two fit`, () => {
      assert.deepEqual(renderPage(rows, 2, idOf), { items: rows, page_info: { current_count: rows.length } })
    })
  }

  it('holds a hundred unless told', () => assert.deepEqual(parsePage({}), { limit: 100, after: undefined }))

  for (const marker of ['====', 'AAAA', '____']) {
    it(`does not begin after ${marker}, which is no id`, () => {
      assert.throws(() => parsePage({ marker }), /marker is not the next_marker/)
    })
  }
})
