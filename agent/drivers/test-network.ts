import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type Exec, exec } from './exec.ts'

/** For tests only: a session host and a licence server behind its gateway, each a network namespace. */
export const NETWORK = { cidr: '10.231.0.0/16', host: '10.231.0.10', gateway: '10.231.0.1', port: 7000, echoPort: 7001 }

/** Why real network tests cannot run here, false when they can: fits `skip` of node:test. */
export async function reasonToSkip(): Promise<string | false> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux'
  try {
    await exec('ip', ['-V'])
    await exec('nft', ['-v'])
    await exec('ss', ['-V'])
    return false
  } catch {
    return 'needs ip and ss (package iproute2) and nft (package nftables)'
  }
}

export type TestProcess = {
  /** The next line of its output, `undefined` after the last. */
  nextLine(): Promise<string | undefined>
  stop(): Promise<void>
}

export type TestNetwork = AsyncDisposable & {
  readonly hostNamespace: string
  /** Run a program on the session host, or where the licence server is. */
  readonly hostExec: Exec
  readonly farExec: Exec
  /** Runs JavaScript on the session host as this user, returns what it printed. */
  runAs(uid: number, code: string): Promise<string>
  startAs(uid: number, code: string): TestProcess
}

const LICENCE_SERVER = `
const net = require('node:net'), dgram = require('node:dgram')
net.createServer((s) => { s.on('error', () => {}); s.end(s.remoteAddress + '\\n') }).listen(${NETWORK.port}, '${NETWORK.gateway}')
net.createServer((s) => { s.on('error', () => {}); s.pipe(s) }).listen(${NETWORK.echoPort}, '${NETWORK.gateway}')
const u = dgram.createSocket('udp4')
u.on('message', (m, peer) => u.send(peer.address, peer.port, peer.address))
u.bind(${NETWORK.port}, '${NETWORK.gateway}', () => console.log('ready'))
`

/** Asks the licence server over TCP and UDP which address it sees; prints one JSON object. */
export const ASK = `
const net = require('node:net'), dgram = require('node:dgram')
const tcp = new Promise((resolve) => {
  const s = net.connect({ host: '${NETWORK.gateway}', port: ${NETWORK.port}, localAddress: globalThis.from })
  let text = ''
  s.on('data', (d) => { text += d }).on('end', () => resolve(text.trim())).on('error', (e) => resolve(e.code))
})
const udp = new Promise((resolve) => {
  const s = dgram.createSocket('udp4')
  const done = (v) => { clearTimeout(t); s.close(); resolve(v) }
  const t = setTimeout(() => done('timeout'), 2000)
  s.on('message', (m) => done(String(m))).on('error', (e) => done(e.code))
  s.bind({ address: globalThis.from ?? '0.0.0.0' }, () =>
    s.send('?', ${NETWORK.port}, '${NETWORK.gateway}', (e) => { if (e) done(e.code) }))
})
Promise.all([tcp, udp]).then(([tcp, udp]) => console.log(JSON.stringify({ tcp, udp })))
`

/** Keeps one TCP connection open and tells when it ends. */
export const HOLD = `
const s = require('node:net').connect({ host: '${NETWORK.gateway}', port: ${NETWORK.echoPort} })
s.on('connect', () => s.write('x')).on('data', () => console.log('open'))
s.on('error', (e) => console.log('cut ' + e.code)).on('close', () => process.exit())
`

export async function testNetwork(): Promise<TestNetwork> {
  const tag = `berth-t${process.pid.toString(36)}${Date.now().toString(36).slice(-4)}`
  const [host, far] = [`${tag}-h`, `${tag}-l`]
  const processes: TestProcess[] = []
  const start = (namespace: string, uid: number, code: string) => {
    const started = startProcess(namespace, uid, code)
    processes.push(started)
    return started
  }
  await exec('ip', ['-batch', '-'], `netns add ${host}\nnetns add ${far}\n`)
  await exec('ip', ['-n', host, '-batch', '-'], linkScript(far))
  await exec(
    'ip',
    ['-n', far, '-batch', '-'],
    `link set lo up\naddr add ${NETWORK.gateway}/16 dev eth0\nlink set eth0 up\n`,
  )
  await exec('ip', ['-n', host, 'route', 'add', 'default', 'via', NETWORK.gateway])
  await start(far, 0, LICENCE_SERVER).nextLine()
  return {
    hostNamespace: host,
    hostExec: (file, args, input) => exec('ip', ['netns', 'exec', host, file, ...args], input),
    farExec: (file, args, input) => exec('ip', ['netns', 'exec', far, file, ...args], input),
    runAs: (uid, code) => exec('ip', ['netns', 'exec', host, process.execPath, '-e', asUser(uid, code)]),
    startAs: (uid, code) => start(host, uid, code),
    async [Symbol.asyncDispose]() {
      await Promise.all(processes.map((each) => each.stop()))
      await exec('ip', ['-batch', '-'], `netns del ${host}\nnetns del ${far}\n`)
    },
  }
}

function linkScript(far: string): string {
  return `link set lo up
link add eth0 type veth peer name eth0 netns ${far}
addr add ${NETWORK.host}/16 dev eth0
link set eth0 up
`
}

/** The process becomes the user by itself: another user might not even be allowed to read this checkout. */
function asUser(uid: number, code: string): string {
  if (uid === 0) return code
  return `process.setgroups([]); process.setgid(${uid}); process.setuid(${uid});\n${code}`
}

function startProcess(namespace: string, uid: number, code: string): TestProcess {
  const args = ['netns', 'exec', namespace, process.execPath, '-e', asUser(uid, code)]
  const child = spawn('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    nextLine: async () => (await lines.next()).value,
    async stop() {
      child.kill('SIGKILL')
      await closed
    },
  }
}
