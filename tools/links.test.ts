import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'

const ROOT = join(import.meta.dirname, '..')
const PAGES = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).sort()

/** Targets of links and images that lead to a file, without the place in it. Text between backticks is no link. */
function relativeLinks(page: string): readonly string[] {
  const prose = page.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)/g)]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
}

describe('the links of the pages', () => {
  it('are found: there are pages and links, and neither code nor the outside counts', () => {
    assert.ok(PAGES.includes('README.md') && PAGES.includes('docs/README.md'))
    const page = '[a](a.md#b) ![c](../c.png) [d](https://d.example) [e](#e) `[f](f.md)`\n```\n[g](g.md)\n```\n'
    assert.deepEqual(relativeLinks(page), ['a.md', '../c.png'])
    assert.ok(relativeLinks(readFileSync(join(ROOT, 'docs/README.md'), 'utf8')).length > 5)
  })

  for (const page of PAGES) {
    it(`of ${page} lead to files`, () => {
      const folder = dirname(join(ROOT, page))
      const targets = relativeLinks(readFileSync(join(ROOT, page), 'utf8'))
      assert.deepEqual(
        targets.filter((target) => !existsSync(join(folder, decodeURI(target)))),
        [],
      )
    })
  }
})
