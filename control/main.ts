import { parseArgs } from 'node:util'
import { startControl } from './compose.ts'
import { parseConfig, SERVE_OPTIONS } from './config.ts'
import { createLog } from './log.ts'

const { values } = parseArgs({ options: SERVE_OPTIONS })
const log = createLog(process.env.BERTH_LOG_LEVEL ?? 'info')
const ended = Promise.withResolvers<void>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.resolve())
if (values['until-stdin-closes']) process.stdin.on('close', () => ended.resolve()).resume()

try {
  const control = await startControl(parseConfig(values, process.env), log)
  log.info({ endpoint: control.endpoint }, 'the control plane serves')
  process.stdout.write(`${JSON.stringify({ ready: true, endpoint: control.endpoint })}\n`)
  await ended.promise
  await control.close()
  process.exit(0)
} catch (error) {
  log.error({ error: error instanceof Error ? error.stack : String(error) }, 'the control plane cannot start')
  process.stderr.write(`berth serve: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
