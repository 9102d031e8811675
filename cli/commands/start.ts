import { mkdirSync } from 'node:fs'
import * as compute from '../../contract/compute/client.ts'
import type { ComputeStatus } from '../../contract/compute/machine.ts'
import { type Child, startChild } from '../demo/child.ts'
import { demoWorld, devFileOf, earlierCidr, licenceAddress, REGION } from '../demo/demo-world.ts'
import { type DevFile, demoSecrets, writePrivate } from '../demo/dev-file.ts'
import { awaitServers, requestUpdates, watchJobs } from '../demo/job.ts'
import { type DemoOptions, demoPaths, parseDemoOptions, START_HELP } from '../demo/options.ts'
import { type FarEnd, isProven, openSessions } from '../demo/proof.ts'
import { renderEndpoint, renderProof, renderWelcome } from '../demo/text.ts'
import { progressDisplay } from '../output/progress.ts'

interface World {
  readonly children: readonly Child[]
  readonly status: ComputeStatus
  readonly socketPath: string
  readonly farEnd: FarEnd
  readonly dev: DevFile
}

/** `berth start`: the whole of Berth on one machine, proven before your eyes. Returns the exit code. */
export async function start(args: readonly string[]): Promise<number> {
  const options = readOptions(args)
  if (typeof options === 'number') return options
  const children: Child[] = []
  const interrupted = new Promise<'interrupted'>((done) => {
    // a second signal must not end the clean-up that the first began
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => done('interrupted'))
  })
  try {
    const outcome = await Promise.race([run(options, children), interrupted])
    if (outcome === 'interrupted') return 130
    if (options.once) return outcome ? 0 : 1
    await Promise.race([interrupted, ...children.map((child) => child.ended)])
    return outcome ? 0 : 1
  } finally {
    for (const child of children.reverse()) await child.stop()
  }
}

/** The options, or the exit code when there is nothing to start. */
function readOptions(args: readonly string[]): DemoOptions | number {
  try {
    const options = parseDemoOptions(args)
    if (options) return options
    process.stdout.write(START_HELP)
    return 0
  } catch (error) {
    process.stderr.write(`berth start: ${error instanceof Error ? error.message : String(error)}\n`)
    return 2
  }
}

/** True when everything that was asked for has been proven. */
async function run(options: DemoOptions, children: Child[]): Promise<boolean> {
  const world = await startWorld(options, children)
  process.stdout.write(renderWelcome(world.status, world.dev, process.env.DATABASE_URL === undefined))
  if (options.serveOnly) {
    process.stdout.write(renderEndpoint(world.dev))
    return true
  }
  const proven = await proveMainJob(world)
  process.stdout.write(renderEndpoint(world.dev))
  return proven
}

async function startWorld(options: DemoOptions, children: Child[]): Promise<World> {
  const paths = demoPaths(options.data)
  mkdirSync(options.data, { recursive: true, mode: 0o700 })
  const socketPath = compute.socketPathOf(options.data)
  const cidr = earlierCidr(paths.world)
  const computeArgs = ['--socket', socketPath, '--state', paths.computeState, '--hosts', options.hosts]
  if (cidr !== undefined) computeArgs.push('--cidr', cidr)
  children.push(await startChild('compute/main', computeArgs, paths.computeLog))
  const status = await compute.status(socketPath)
  const licence = await compute.putLicenceServer(socketPath, { address: licenceAddress(status) })

  const world = demoWorld(status, options.servers, demoSecrets(paths.dev))
  writePrivate(paths.world, world)
  const control = await startChild('control/main', controlArgs(options, status, socketPath, licence), paths.controlLog)
  children.push(control)
  const dev = devFileOf(String(control.ready.endpoint), world)
  writePrivate(paths.dev, dev)
  return { children, status, socketPath, farEnd: licence, dev }
}

function controlArgs(options: DemoOptions, status: ComputeStatus, socketPath: string, probe: FarEnd): string[] {
  const paths = demoPaths(options.data)
  return [
    ...['--port', String(options.port), '--region', REGION, '--data', options.data, '--world', paths.world],
    ...['--agent-host', status.agent_listen_host, '--agent-port', '0', '--compute-socket', socketPath],
    ...(status.kind === 'netns' ? ['--probe', `${probe.host}:${probe.port}`] : []),
  ]
}

async function proveMainJob({ dev, socketPath, farEnd }: World): Promise<boolean> {
  const credentials = { endpoint: dev.endpoint, accessKey: dev.access_key, secretKey: dev.secret_key }
  const names = await awaitServers(credentials, dev.project_id, dev.server_ids)
  const path = `/v1/${dev.project_id}/app-servers/actions/batch-update-tsvi`
  process.stdout.write(`\nPATCH ${path}  (${dev.server_ids.length} servers, signed with the access key)\n`)
  const jobIds = await requestUpdates(credentials, dev.project_id, dev.server_ids)
  process.stdout.write(`  job ${jobIds.join(', ')}\n\n`)
  const succeeded = await watchJobs(credentials, dev.project_id, jobIds, progressDisplay(process.stdout))
  if (!succeeded) {
    process.stdout.write('\nThe job failed: nothing to prove. The log of the control plane says more.\n')
    return false
  }
  const seen = await openSessions(socketPath, dev.server_ids, farEnd)
  process.stdout.write(renderProof(seen, names, farEnd))
  return isProven(seen)
}
