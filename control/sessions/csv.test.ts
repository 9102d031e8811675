import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderCell, renderHead, renderLines } from './csv.ts'

describe('a cell of an export', () => {
  it('is shown and never evaluated, whatever a user calls itself', () => {
    const formulas = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1', '＋1', '－1', '＠a', '\n=1']
    for (const text of formulas) assert.match(renderCell(text), /^"'/, JSON.stringify(text))
    assert.equal(renderCell('=HYPERLINK("http://x","y")'), `"'=HYPERLINK(""http://x"",""y"")"`)
  })

  it('starts no formula either where a spreadsheet splits at semicolons, tabs or lines', () => {
    for (const text of ['a;=1', 'a\t+1', 'a; -1', 'a;"@x', 'a\n=1', 'a;＝1', ';=1;=2']) {
      const starts = renderCell(text).split(/[;\t\n]/)
      for (const start of starts) assert.doesNotMatch(start, /^[\s"]*[=+\-@＝]/, JSON.stringify(text))
    }
    assert.equal(renderCell('a;b=c'), '"a;b=c"')
  })

  it('is as it is otherwise, in quotes, whatever separates cells', () => {
    for (const text of ['anna', '2026-03-02T08:15:30Z', '10.1.0.20', 'fd00::1', '', 'a=b', 'a-b', 'Jürgen']) {
      assert.equal(renderCell(text), `"${text}"`)
    }
    assert.equal(renderCell(undefined), '')
    assert.equal(renderCell('a,b'), '"a,b"')
    assert.equal(renderCell('say "hi"\r\nthere'), '"say ""hi""\r\nthere"')
  })
})

describe('a file', () => {
  it('has a mark, a line of names, and a line for each record', () => {
    assert.equal(renderHead(['a', 'b']), '\uFEFF"a","b"\r\n')
    assert.equal(renderLines(['a', 'b'], [{ b: '2', a: '1' }, { a: '3' }]), '"1","2"\r\n"3",\r\n')
    assert.equal(renderLines(['a'], []), '')
  })
})
