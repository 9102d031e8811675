#!/usr/bin/env node
// `npm start`, `npm run berth`, and `berth` where the package is installed: the command line on the pinned Node.
import { spawn } from 'node:child_process'
import { requireProgram } from './setup.mjs'

const { node, main } = requireProgram()
// nothing is said over the channel: it closes when this process is killed, and so tells the child
const stdio = ['inherit', 'inherit', 'inherit', 'ipc']
const child = spawn(node, [main, ...process.argv.slice(2)], { stdio })
// the terminal sends Ctrl-C to both; the child decides when it is done
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1)
})
