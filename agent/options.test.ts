import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommand, UsageError } from './options.ts'

test('reads a run with nothing said', () => {
  assert.deepEqual(parseCommand(['run', '--state', '/s'], undefined), {
    name: 'run',
    state: '/s',
    join: null,
    bootIdFile: '/proc/sys/kernel/random/boot_id',
    rebootCommand: ['systemctl', 'reboot'],
    nic: null,
    driver: 'linux',
  })
})

test('reads a run with everything said', () => {
  const args = ['run', '--state=/s', '--join', 't', '--interface', 'ens3', '--driver', 'memory']
  args.push('--boot-id-file', '/b', '--reboot-command', '["touch","/r"]')
  assert.deepEqual(parseCommand(args, 'other'), {
    name: 'run',
    state: '/s',
    join: 't',
    bootIdFile: '/b',
    rebootCommand: ['touch', '/r'],
    nic: 'ens3',
    driver: 'memory',
  })
})

test('takes the join token from the environment when the command line has none', () => {
  assert.deepEqual(parseCommand(['enrol', '--state', '/s'], 'token'), { name: 'enrol', state: '/s', join: 'token' })
})

test('refuses what it does not know', () => {
  const wrong: string[][] = [
    [],
    ['fly'],
    ['run'],
    ['run', '--state', ''],
    ['run', 'status', '--state', '/s'],
    ['run', '--state', '/s', '--colour', 'red'],
    ['run', '--state', '/s', '--driver', 'windows'],
    ['run', '--state', '/s', '--reboot-command', 'reboot'],
    ['run', '--state', '/s', '--reboot-command', '[]'],
    ['run', '--state', '/s', '--reboot-command', '["a",1]'],
    ['enrol', '--state', '/s'],
    ['status', '--state', '/s', '--join', 't'],
    ['cleanup', '--state', '/s'],
  ]
  for (const args of wrong) assert.throws(() => parseCommand(args, undefined), UsageError, args.join(' '))
})
