import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { LANGUAGES } from './clients/languages.ts'
import { prepareFuzzer } from './fuzz/fuzzer.ts'
import type { Program } from './support/program.ts'
import { openSite, type Site } from './support/site.ts'
import { chapter, type Stage, story } from './support/stage.ts'

/** Checks of the fuzzer that the protocol contradicts, each with the reason; all others are on. */
const SWITCHED_OFF: Readonly<Record<string, string>> = {
  ensure_resource_availability:
    'An operation that names two things answers 404 for the one that is not there, though the other was just made; this check takes it for the other.',
}

/** One run: which part of the document, how, and how much of it. */
interface Run {
  readonly config: 'schemathesis.toml' | 'links.toml'
  readonly args: readonly string[]
}

/** More requests of each operation find little more. */
const requests = (...operations: readonly string[]): Run => ({
  config: 'schemathesis.toml',
  args: ['--phases', 'examples,coverage,fuzzing', '--max-examples', '3', ...operations],
})

/** In parts, of which each has the time that a story has. */
const REQUESTS: Readonly<Record<string, Run>> = {
  IAM: requests('--include-tag', 'iam'),
  'servers, groups and the network': requests('--include-tag', 'fleet', '--include-tag', 'vpc'),
  'the rest': requests('--exclude-tag', 'iam', '--exclude-tag', 'fleet', '--exclude-tag', 'vpc'),
}

/** Along the links, and how many of them it follows at the least. */
interface Walk extends Run {
  readonly links: number
}

const walk = (links: number, seed: number, scenarios: number, ...operations: readonly string[]): Walk => ({
  config: 'links.toml',
  links,
  args: ['--phases', 'stateful', '--seed', String(seed), '--max-examples', String(scenarios), ...operations],
})

/** From the servers over an update to its job. */
const MAIN_JOB = ['ListServers', 'ShowServer', 'BatchUpdateTsvi', 'ShowJobDetail', 'ListSubJobs']

/** A walk ends early where an answer differs when it is repeated: several seeds go further than more scenarios. */
const WALKS: readonly Walk[] = [
  walk(3, 2, 40, ...MAIN_JOB.flatMap((id) => ['--include-operation-id', id])),
  walk(10, 3, 40, '--exclude-tag', 'iam'),
  walk(3, 2, 25, '--include-tag', 'iam'),
  walk(7, 3, 25, '--include-tag', 'iam'),
]

/** On a machine that is slow and busy. */
const LIMIT_MS = 400_000

/** The owner's token, and somebody else with a key whom nobody will miss. */
interface People {
  readonly token: string
  readonly userId: string
  readonly accessKey: string
}

async function ownersToken({ endpoint, world }: Site): Promise<string> {
  const { name, password } = world.user
  const user = { name, password, domain: { name: world.domain.name } }
  const identity = { methods: ['password'], password: { user } }
  const response = await fetch(`${endpoint}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity, scope: { project: { id: world.project.id } } } }),
  })
  const token = response.headers.get('x-subject-token')
  assert.ok(response.status === 201 && token !== null, `the owner gets no token: ${await response.text()}`)
  return token
}

async function people(site: Site): Promise<People> {
  const user = await site.client.call('POST', '/v5/users', { name: 'somebody', enabled: true })
  const { user_id: userId } = (user.body as { user: { user_id: string } }).user
  const key = await site.client.call('POST', `/v5/users/${userId}/access-keys`, {})
  const { access_key_id: accessKey } = (key.body as { access_key: { access_key_id: string } }).access_key
  return { token: await ownersToken(site), userId, accessKey }
}

interface Verdict {
  readonly code: number | null
  readonly said: string
}

async function fuzz(site: Site, { config, args }: Run, { token, userId, accessKey }: People): Promise<Verdict> {
  const program = await prepareFuzzer()
  const file = join(import.meta.dirname, 'fuzz', config)
  const checks = ['--checks', 'all', '--exclude-checks', Object.keys(SWITCHED_OFF).join(',')]
  const command = ['--config-file', file, 'run', `${site.endpoint}/openapi.json`, '--no-color', ...checks, ...args]
  const environment = {
    BERTH_FUZZ_TOKEN: token,
    BERTH_FUZZ_USER: userId,
    BERTH_FUZZ_KEY: accessKey,
    BERTH_FUZZ_PROJECT: site.world.project.id,
    BERTH_FUZZ_DOMAIN: site.world.domain.id,
    BERTH_FUZZ_GROUP: site.world.server_group.id,
  }
  const child = spawn(program, command, {
    cwd: site.stateDir,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LIMIT_MS,
  })
  const code = new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done))
  const said = await text(child.stdout)
  return { code: await code, said }
}

/** What it takes to be sure that a run meant something: it was signed in all the time, and left nothing broken. */
async function afterwards(site: Site, { token }: People, log: readonly string[]): Promise<void> {
  const { status } = await fetch(`${site.endpoint}/v5/caller-identity`, { headers: { 'x-auth-token': token } })
  assert.equal(status, 200, 'the token ended while it was used')
  assert.deepEqual(
    log.filter((line) => line.includes('a request failed')),
    [],
  )
  assert.equal((await fetch(`${site.endpoint}/healthz`)).status, 200)
}

async function open(stage: Stage): Promise<{ site: Site; control: Program; everybody: People }> {
  const site = await openSite(stage, { servers: 2 })
  const control = await site.startControl()
  await site.client.allRegistered()
  return { site, control, everybody: await people(site) }
}

const skip = LANGUAGES.python.whyNotHere()

for (const [part, run] of Object.entries(REQUESTS)) {
  story(
    `no request about ${part} that a fuzzer thinks of makes the API break its contract`,
    { skip, onPgliteOnly: true },
    async (stage, t) => {
      const { site, control, everybody } = await open(stage)

      await chapter(
        t,
        'none gets a status or a body that is not declared, or a 5xx, with or without a token',
        async () => {
          const { code, said } = await fuzz(site, run, everybody)
          assert.equal(code, 0, said.slice(-20_000))
          for (const phase of ['Examples', 'Coverage', 'Fuzzing']) assert.match(said, new RegExp(`✅ {2}${phase}`))
        },
      )

      await chapter(t, 'it was signed in to the end, and the control plane found no defect in itself', () =>
        afterwards(site, everybody, control.log),
      )
    },
  )
}

story(
  'no walk along the links of the document makes the API break its contract',
  { skip, onPgliteOnly: true },
  async (stage, t) => {
    const { site, control, everybody } = await open(stage)

    for (const [index, run] of WALKS.entries()) {
      await chapter(t, `with ${run.args.join(' ')}`, async () => {
        const { code, said } = await fuzz(site, run, everybody)
        assert.equal(code, 0, said.slice(-20_000))
        const covered = Number(/API Links: +(\d+) covered/.exec(said)?.[1])
        assert.ok(covered >= run.links, `only ${covered} links were followed, not ${run.links}`)
        if (index === 0) assert.ok((await site.client.subJobs()).count > 0, 'no update was started by a link')
      })
    }

    await chapter(t, 'it was signed in to the end, and the control plane found no defect in itself', () =>
      afterwards(site, everybody, control.log),
    )
  },
)
