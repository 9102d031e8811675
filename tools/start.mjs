#!/usr/bin/env node
// `npm start`, `npm run berth`: sets up and runs the command line on the pinned Node.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensureInstalled, NODE, ROOT } from './setup.mjs'

ensureInstalled()
// nothing is said over the channel: it closes when this process is killed, and so tells the child
const stdio = ['inherit', 'inherit', 'inherit', 'ipc']
const child = spawn(NODE, [join(ROOT, 'cli', 'main.ts'), ...process.argv.slice(2)], { stdio })
// the terminal sends Ctrl-C to both; the child decides when it is done
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1)
})
