import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { startControl } from '../control/compose.ts'
import { parseConfig, SERVE_OPTIONS } from '../control/config.ts'
import { createLog } from '../control/log.ts'
import { type ControlPlan, dyingDeps } from './support/dying.ts'

/**
 * The control plane as it is, except that it dies as from `kill -9` at the moment a plan names, and loses patience
 * sooner. Arguments: the plan as JSON, then the options of `berth serve`. The plan holds from the line `arm` on stdin.
 */
const [planText = '{}', ...args] = process.argv.slice(2)
const plan: ControlPlan = JSON.parse(planText)
const config = parseConfig(parseArgs({ args, options: SERVE_OPTIONS }).values, process.env)

let isArmed = false
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  isArmed ||= line === 'arm'
  process.stdout.write(`${JSON.stringify({ armed: isArmed })}\n`)
})
const stdinClosed = new Promise<void>((done) => lines.once('close', () => done()))
const asked = new Promise<void>((done) => process.once('SIGTERM', () => done()))

const control = await startControl({ ...config, timing: { ...config.timing, ...plan.timing } }, createLog('info'), {
  tsvi: (deps) => dyingDeps(deps, plan, () => isArmed),
})
process.stdout.write(`${JSON.stringify({ ready: true, endpoint: control.endpoint })}\n`)
await Promise.race([stdinClosed, asked])
await control.close()
process.exit(0)
