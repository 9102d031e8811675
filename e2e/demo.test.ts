import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { promisify } from 'node:util'
import { whyNoNamespaces } from '../compute/index.ts'
import { apiClient } from './support/api.ts'
import {
  type Demo,
  linkIndexes,
  namespacesOf,
  openDemo,
  progressLines,
  proofRows,
  rootLinkOf,
  signalGroup,
} from './support/demo.ts'
import { onPglite } from './support/on-pglite.ts'
import { noProcessTable, processTree } from './support/processes.ts'
import { type Program, startProgram } from './support/program.ts'
import { chapter, story } from './support/stage.ts'
import { until } from './support/wait.ts'

const PUBLISHED_PROJECT = 'a4da8115c9d8464ead3a38309130523f'
const PUBLISHED_SERVERS = ['3f791197-d166-4c8e-81e4-38c40ffc1989', '62f48b59-0ebb-4b1e-ad35-f64948a0591b']

function assertProven(program: Program, servers: number): void {
  const rows = proofRows(program)
  const sessions = servers * 2
  for (const { given, tcp, udp, verdict } of rows) assert.deepEqual([tcp, udp, verdict], [given, given, 'its own'])
  assert.equal(new Set(rows.map((row) => row.given)).size, sessions, 'each session its own address')
  assert.equal(new Set(rows.map((row) => `${row.server} ${row.user}`)).size, sessions, 'two users on each server')
  const verdict = `Proven: ${sessions} sessions, ${sessions} addresses, each its own.`
  assert.ok(program.output.includes(verdict), 'and it says so')
}

/** Servers that were seen to reboot. */
function rebooted(program: Program): readonly string[] {
  return progressLines(program).flatMap((line) => /(\S+) rebooting$/.exec(line)?.[1] ?? [])
}

function assertDevFile(demo: Demo): void {
  assert.equal(statSync(join(demo.data, 'dev.json')).mode & 0o777, 0o600, 'for the owner only')
  const dev = demo.dev()
  assert.deepEqual(Object.keys(dev), [
    ...['endpoint', 'project_id', 'domain_id', 'region', 'access_key', 'secret_key', 'user', 'password', 'domain'],
    ...['server_group_id', 'server_ids', 'subnet_id', 'vpc_id'],
  ])
  assert.equal(dev.project_id, PUBLISHED_PROJECT)
  const serverIds = dev.server_ids as readonly string[]
  assert.deepEqual(serverIds.slice(0, 2), PUBLISHED_SERVERS)
  assert.equal(new Set(serverIds).size, 3)
}

story('npm start proves the main job in memory, again and again over the same data', {}, async (stage, t) => {
  const demo = await openDemo(stage)
  const first = await demo.once('--hosts', 'memory')

  await chapter(t, 'at the first start every session is seen under its own address', async () => {
    assertProven(first, 3)
    assert.match(first.output.join('\n'), /app servers: 3 in memory \(as asked\); no packet leaves this process/)
    assert.ok(rebooted(first).length > 0, 'and the reboots are told')
  })

  await chapter(t, 'dev.json tells its owner, and nobody else, all that a client needs', async () => {
    assertDevFile(demo)
  })

  await chapter(t, 'a second start reboots nothing: its job finds all as it should be', async () => {
    const { endpoint: _, ...account } = demo.dev()
    const second = await demo.once('--hosts', 'memory')
    assert.deepEqual(rebooted(second), [])
    assert.equal(progressLines(second).filter((line) => /^✓ APS-DEMO-0[123] done$/.test(line)).length, 3)
    assert.deepEqual(proofRows(second), proofRows(first), 'everybody has the address of before')
    const { endpoint: __, ...sameAccount } = demo.dev()
    assert.deepEqual(sameAccount, account)
  })

  await chapter(t, 'with two servers more only those two reboot', async () => {
    const third = await demo.once('--hosts', 'memory', '--servers', '5')
    assertProven(third, 5)
    assert.ok(rebooted(third).length > 0, 'the new ones reboot')
    for (const server of rebooted(third)) assert.match(server, /^APS-DEMO-0[45]$/)
    assert.equal((demo.dev().server_ids as readonly string[]).length, 5)
  })
})

/** Starts without a job, and returns when it serves. */
async function serveOnly(demo: Demo, hosts: string): Promise<Program> {
  const program = demo.start('--serve-only', '--hosts', hosts)
  await program.line(/^Berth serves http:\/\/127\.0\.0\.1:\d+$/)
  return program
}

/** Waits for the last line of the command, too: it is printed in one piece with the line before. */
async function printedCommand(program: Program): Promise<string> {
  const last = await program.line(/^ {2}-H "X-Auth-Token: \$TOKEN"/)
  const first = program.output.findIndex((line) => line.startsWith('TOKEN=$(curl'))
  return program.output.slice(first, program.output.indexOf(last) + 1).join('\n')
}

const noCurl = spawnSync('curl', ['--version']).error ? 'the program curl is missing; install curl' : false

/** Runs the command in a shell; each curl in it reports its status on stderr, which the command leaves alone. */
async function runPrinted(
  command: string,
  home: string,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  writeFileSync(join(home, '.curlrc'), 'write-out = "%{stderr}%{http_code}\\n"\n')
  return promisify(execFile)('sh', ['-c', command], { env: { ...process.env, CURL_HOME: home } })
}

story('the printed curl', { skip: noCurl, onPgliteOnly: true }, async (stage, t) => {
  const demo = await openDemo(stage)
  const program = await serveOnly(demo, 'memory')
  const client = apiClient(demo.dev().endpoint, demo.world())
  await client.allRegistered()
  assert.deepEqual((await client.subJobs()).items, [], 'nobody has asked for a job yet')

  await chapter(t, 'runs as printed, is answered 200 and updates the two published servers', async () => {
    const { stdout, stderr } = await runPrinted(await printedCommand(program), stage.folder)
    assert.equal(stderr, '201\n200\n', 'a token, then the job')
    const job = await client.jobEnd(JSON.parse(stdout).job_id)
    assert.equal(job.status, 'SUCCESS')
    const updated = job.sub_jobs.map((subJob) => subJob.job_resource_info.resource_id)
    assert.deepEqual(updated.sort(), PUBLISHED_SERVERS.toSorted())
  })
})

/** Does something to a program, again whenever somebody looks whether it has ended; most do it once. */
type Ender = (program: Program, again: boolean) => void

/** Serves, ends it as told, and expects that nothing of it is left. */
async function leavesNothing(demo: Demo, hosts: string, end: Ender): Promise<Program> {
  const program = await serveOnly(demo, hosts)
  await apiClient(demo.dev().endpoint, demo.world()).allRegistered()
  const tree = processTree(program.pid)
  const link = hosts === 'netns' ? rootLinkOf(demo.data) : undefined
  // launcher, command line, provider, control plane; and an agent for each namespace that is a server
  assert.ok(tree.size >= (hosts === 'netns' ? 7 : 4), `only ${tree.size} processes`)
  end(program, false)
  await until(`no process is left of ${program.pid} and its ${tree.size - 1}`, () => {
    end(program, true)
    return tree.left().length === 0
  })
  assert.deepEqual(namespacesOf(demo.data), [], 'no namespace is left')
  if (link !== undefined) assert.ok(!linkIndexes().includes(link), 'no link is left')
  return program
}

const interrupt: Ender = (program, again) => again || signalGroup(program, 'SIGINT')
/** Somebody who leans on Ctrl-C: signals meet every moment of the clean-up. Where it is done, a process may end by one. */
const interruptImpatiently = (demo: Demo): Ender => {
  return (program, again) => {
    if (!again || namespacesOf(demo.data).length > 0) signalGroup(program, 'SIGINT')
  }
}
/** What a supervisor does, `timeout` or a container's init: everybody is asked, and `start` asks its children again. */
const terminateGroup: Ender = (program, again) => again || signalGroup(program, 'SIGTERM')
const killLauncher: Ender = ({ pid }, again) => again || void process.kill(pid, 'SIGKILL')

story('npm start ends with all that it started', { skip: noProcessTable, onPgliteOnly: true }, async (stage, t) => {
  const demo = await openDemo(stage)
  await chapter(t, 'at Ctrl-C; with --serve-only it has run no job', async () => {
    const program = await leavesNothing(demo, 'memory', interrupt)
    assert.deepEqual(await program.ended, { code: 0, signal: null }, 'it had served until it was told to end')
    assert.deepEqual(progressLines(program), [])
    assert.deepEqual(proofRows(program), [])
  })
  await chapter(t, 'when the launcher is killed', async () => {
    await leavesNothing(demo, 'memory', killLauncher)
  })
})

const skip = (await whyNoNamespaces(tmpdir())) ?? false

story(
  'npm start proves the main job with real packets, and takes its network away',
  { skip, onPgliteOnly: true },
  async (stage, t) => {
    const demo = await openDemo(stage)
    await chapter(t, 'every session is seen under its own address', async () => {
      const program = await demo.once('--hosts', 'netns')
      assertProven(program, 3)
      assert.match(program.output.join('\n'), /3 network namespaces on 198\.18\.\d+\.0\/24, a real agent in each/)
      assert.deepEqual(namespacesOf(demo.data), [])
    })
    await chapter(t, 'Ctrl-C leaves no process, no namespace and no link', async () => {
      await leavesNothing(demo, 'netns', interrupt)
    })
    await chapter(t, 'nor does a launcher that is killed', async () => {
      await leavesNothing(demo, 'netns', killLauncher)
    })
  },
)

story(
  'npm start is not torn out of its clean-up, and leaves no namespace',
  { skip, onPgliteOnly: true },
  async (stage, t) => {
    const demo = await openDemo(stage)
    await chapter(t, 'Ctrl-C again and again', async () => {
      const { ended } = await leavesNothing(demo, 'netns', interruptImpatiently(demo))
      assert.deepEqual(await ended, { code: 0, signal: null }, 'nobody was torn out of the clean-up')
    })
    await chapter(t, 'SIGTERM to all of them', async () => {
      const { ended } = await leavesNothing(demo, 'netns', terminateGroup)
      assert.deepEqual(await ended, { code: 0, signal: null }, 'nobody was torn out of the clean-up')
    })
  },
)

/** Which options are wrong, and what is said of each, is tested beside `parseDemoOptions`; here is the way out. */
const wrongOptions = onPglite ? it : () => {}

wrongOptions('npm start with a wrong option ends with 2, says what is wrong and does nothing', async () => {
  const args = ['start', '--hosts', 'docker']
  const program = startProgram({ name: 'npm start', path: 'tools/start.mjs', args, environment: {} })
  assert.deepEqual(await program.ended, { code: 2, signal: null })
  assert.equal(program.log.join('\n'), "berth start: --hosts takes netns, memory or auto, not 'docker'")
  assert.deepEqual(program.output, [])
})
