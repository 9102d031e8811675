import assert from 'node:assert/strict'
import { join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { type DemoOptions, demoPaths, parseDemoOptions, START_HELP } from './options.ts'

const DEFAULTS: DemoOptions = {
  once: false,
  port: 8600,
  servers: 3,
  hosts: 'auto',
  data: resolve('.berth'),
  serveOnly: false,
}

describe('options of start', () => {
  it('need not be given', () => assert.deepEqual(parseDemoOptions([]), DEFAULTS))

  const good: readonly (readonly [string, Partial<DemoOptions>])[] = [
    ['--once', { once: true }],
    ['--port 0', { port: 0 }],
    ['--port 65535', { port: 65_535 }],
    ['--servers 2', { servers: 2 }],
    ['--servers=50', { servers: 50 }],
    ['--hosts netns', { hosts: 'netns' }],
    ['--hosts memory', { hosts: 'memory' }],
    ['--hosts auto', { hosts: 'auto' }],
    ['--data a/b', { data: resolve('a/b') }],
    ['--data /a', { data: resolve('/a') }],
    ['--serve-only', { serveOnly: true }],
    ['--once --hosts memory --port 1', { once: true, hosts: 'memory', port: 1 }],
  ]
  for (const [line, expected] of good) {
    it(`takes ${line}`, () => assert.deepEqual(parseDemoOptions(line.split(' ')), { ...DEFAULTS, ...expected }))
  }

  for (const line of ['--help', '-h', '--once --help', '--port many --help']) {
    it(`takes ${line} as a wish for the help`, () => assert.equal(parseDemoOptions(line.split(' ')), undefined))
  }
})

describe('wrong options of start are refused with a sentence that names them', () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    ...['-1', '65536', '1e3', '0x10', ' 80', '', 'http'].map(
      (port) => [[`--port=${port}`], wholeNumber('--port', '0', '65535', port)] as const,
    ),
    ...['0', '1', '51', '2.5', 'three', ''].map(
      (servers) => [[`--servers=${servers}`], wholeNumber('--servers', '2', '50', servers)] as const,
    ),
    ...['NETNS', 'docker', ''].map(
      (hosts) =>
        [[`--hosts=${hosts}`], new RegExp(`^Error: --hosts takes netns, memory or auto, not '${hosts}'$`)] as const,
    ),
    [['--once', '--serve-only'], /--once and --serve-only exclude each other/],
    [['--server', '3'], /Unknown option '--server'/],
    [['--port'], /'--port <value>' argument missing/],
    [['--once=yes'], /'--once' does not take an argument/],
    [['now'], /Unexpected argument 'now'/],
  ]
  for (const [args, complaint] of wrong) {
    it(args.join(' '), () => assert.throws(() => parseDemoOptions(args), complaint))
  }
})

function wholeNumber(option: string, least: string, most: string, text: string): RegExp {
  return new RegExp(`^Error: ${option} takes a whole number from ${least} to ${most}, not '${text}'$`)
}

describe('the help of start', () => {
  it('names every option', () => {
    for (const option of ['--once', '--port', '--servers', '--hosts', '--data', '--serve-only', '--help']) {
      assert.match(START_HELP, new RegExp(`^ {2}${option} `, 'm'))
    }
  })
})

describe('files of a demo', () => {
  it('are all in its data directory and all different', () => {
    const paths = Object.values(demoPaths('/data'))
    assert.ok(
      paths.every((path) => path.startsWith(join('/data', '/'))),
      paths.join(' '),
    )
    assert.equal(new Set(paths).size, paths.length)
  })
})
