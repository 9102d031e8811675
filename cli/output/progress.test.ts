import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { progressDisplay, renderProgress, type ServerProgress } from './progress.ts'

const AT_START: ServerProgress = {
  name: 'APS-01',
  status: 'RUNNING',
  step: 'configuring',
  attempt: 1,
  seconds: 0.14,
  error: '',
}

/** What is written, one text a call. */
function outputTo(terminal: { readonly isTTY: boolean; readonly columns?: number }) {
  const written: string[] = []
  return { written, output: { ...terminal, write: (text: string) => written.push(text) } }
}

describe('a line of progress', () => {
  for (const [status, mark] of [
    ['SUCCESS', '✓'],
    ['FAILED', '✗'],
    ['ROLLBACK', '↩'],
    ['RUNNING', '·'],
    ['WAITING', '·'],
  ] as const) {
    it(`of ${status} begins with ${mark}`, () => {
      assert.ok(renderProgress({ ...AT_START, status }).startsWith(`${mark} APS-01`))
    })
  }

  it('tells server, step and seconds to a tenth', () => {
    assert.match(renderProgress({ ...AT_START, seconds: 12.34 }), /^· APS-01 +configuring +12\.3 s$/)
  })

  it('tells the attempt from the second on', () => {
    assert.doesNotMatch(renderProgress(AT_START), /attempt/)
    assert.match(renderProgress({ ...AT_START, attempt: 2 }), /0\.1 s {2}attempt 2$/)
  })

  it('ends with the error of a server that failed', () => {
    const failed = { ...AT_START, status: 'FAILED', error: 'WKS.00121205 it did not come back' }
    assert.match(renderProgress(failed), /^✗ .* s {2}WKS\.00121205 it did not come back$/)
  })
})

describe('progress in a file or a pipe', () => {
  it('is a line at each change of step, attempt or status, and none when only time passes', () => {
    const { written, output } = outputTo({ isTTY: false })
    const display = progressDisplay(output)
    const shown = [
      AT_START,
      { ...AT_START, seconds: 1 },
      { ...AT_START, step: 'rebooting', seconds: 2 },
      { ...AT_START, step: 'rebooting', attempt: 2, seconds: 3 },
      { ...AT_START, step: 'rebooting', attempt: 2, seconds: 4 },
      { ...AT_START, step: 'done', attempt: 2, status: 'SUCCESS', seconds: 5 },
    ]
    for (const server of shown) display.show([server])
    const expected = [0, 2, 3, 5].map((index) => `  ${renderProgress(shown[index] ?? AT_START)}\n`)
    assert.deepEqual(written, expected)
  })

  it('follows each server by itself', () => {
    const { written, output } = outputTo({ isTTY: false })
    const display = progressDisplay(output)
    const other = { ...AT_START, name: 'APS-02' }
    display.show([AT_START, other])
    display.show([AT_START, { ...other, step: 'rebooting' }])
    assert.deepEqual(
      written.map((line) => /(APS-\d+) +(\w+)/.exec(line)?.slice(1)),
      [
        ['APS-01', 'configuring'],
        ['APS-02', 'configuring'],
        ['APS-02', 'rebooting'],
      ],
    )
  })

  it('has no control characters', () => {
    const { written, output } = outputTo({ isTTY: false })
    progressDisplay(output).show([AT_START])
    assert.ok(!written.join('').includes('\x1b'))
  })
})

describe('progress on a terminal', () => {
  const two = [AT_START, { ...AT_START, name: 'APS-02' }]

  it('is drawn over itself: it goes up as many lines as it drew before', () => {
    const { written, output } = outputTo({ isTTY: true, columns: 80 })
    const display = progressDisplay(output)
    display.show(two)
    display.show(two)
    const lines = two.map((server) => `\x1b[2K${renderProgress(server)}\n`).join('')
    assert.deepEqual(written, [lines, `\x1b[2A${lines}`])
  })

  it('never wraps, because a line that wraps is two lines up', () => {
    const { written, output } = outputTo({ isTTY: true, columns: 20 })
    progressDisplay(output).show([{ ...AT_START, error: 'a long story of what went wrong' }])
    assert.equal(written.join(''), `\x1b[2K${renderProgress(AT_START).slice(0, 20)}\n`)
  })

  it('takes a terminal that does not tell its width for one of 80 columns', () => {
    const { written, output } = outputTo({ isTTY: true })
    progressDisplay(output).show([{ ...AT_START, error: 'x'.repeat(200) }])
    assert.equal(written.join('').length, '\x1b[2K'.length + 80 + '\n'.length)
  })
})
