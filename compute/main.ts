import { parseArgs } from 'node:util'
import { jsonLog } from '../agent/index.ts'
import { startCompute } from './compute.ts'

const { values } = parseArgs({
  options: {
    socket: { type: 'string', default: '.berth/compute.sock' },
    state: { type: 'string', default: '.berth/compute' },
    hosts: { type: 'string', default: 'auto' },
    cidr: { type: 'string' },
    'boot-ms': { type: 'string', default: '300' },
    'until-stdin-closes': { type: 'boolean', default: false },
  },
})

const log = jsonLog((line) => process.stderr.write(line), Date.now)
const ended = Promise.withResolvers<void>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.resolve())
if (values['until-stdin-closes']) process.stdin.on('close', () => ended.resolve()).resume()

function hostsOf(text: string): 'netns' | 'memory' | 'auto' {
  if (text === 'netns' || text === 'memory' || text === 'auto') return text
  throw new Error(`--hosts takes netns, memory or auto, not '${text}'`)
}

try {
  const compute = await startCompute({
    socketPath: values.socket,
    stateDir: values.state,
    hosts: hostsOf(values.hosts),
    cidr: values.cidr ?? null,
    bootMs: Number(values['boot-ms']),
    log,
  })
  process.stdout.write(`${JSON.stringify({ ready: true, ...compute.provider.status })}\n`)
  await ended.promise
  await compute.close()
  process.exit(0)
} catch (error) {
  process.stderr.write(`berth compute: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
