import { createInterface } from 'node:readline'
import { askFarEnd } from './far-end.ts'

/**
 * A user's session: a process under the user's uid that connects where it is told. It is started as root and becomes
 * the user before it opens any socket, because the user may not be able to read the program.
 */
const uid = Number(process.argv[2])
process.setgroups?.([])
process.setgid?.(uid)
process.setuid?.(uid)

function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

const lines = createInterface({ input: process.stdin })
lines.on('line', async (line) => {
  const { host, port } = JSON.parse(line)
  say(await askFarEnd(host, port))
})
lines.on('close', () => process.exit(0))
say({ ready: true, uid: process.getuid?.() })
