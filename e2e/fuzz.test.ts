import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { LANGUAGES } from './clients/languages.ts'
import { prepareFuzzer } from './fuzz/fuzzer.ts'
import { openSite, type Site } from './support/site.ts'
import { chapter, story } from './support/stage.ts'

/** Checks of the fuzzer that the protocol contradicts, each with the reason; all others are on. */
const SWITCHED_OFF: Readonly<Record<string, string>> = {
  positive_data_acceptance:
    'A request that fits its schema may name what does not exist, or contradict itself. These are published 400s, and this check takes only 404 and 409 for refusals (an unknown job: decision 0003).',
}

/** Every request that the fuzzer thinks of in that time is judged; more of them find little more. */
const EXAMPLES_PER_OPERATION = 8
const LIMIT_MS = 170_000

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

async function fuzz(program: string, site: Site, { token, userId, accessKey }: People): Promise<Verdict> {
  const config = join(import.meta.dirname, 'fuzz', 'schemathesis.toml')
  const checks = ['--checks', 'all', '--exclude-checks', Object.keys(SWITCHED_OFF).join(',')]
  const size = ['--phases', 'examples,coverage,fuzzing,stateful', '--max-examples', String(EXAMPLES_PER_OPERATION)]
  const args = ['--config-file', config, 'run', `${site.endpoint}/openapi.json`, ...checks, ...size, '--no-color']
  const environment = {
    BERTH_FUZZ_TOKEN: token,
    BERTH_FUZZ_USER: userId,
    BERTH_FUZZ_KEY: accessKey,
    BERTH_FUZZ_PROJECT: site.world.project.id,
    BERTH_FUZZ_DOMAIN: site.world.domain.id,
  }
  const child = spawn(program, args, {
    cwd: site.stateDir,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LIMIT_MS,
  })
  const code = new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done))
  const said = await text(child.stdout)
  return { code: await code, said }
}

story(
  'nothing that a fuzzer sends makes the API break its contract',
  { skip: LANGUAGES.python.whyNotHere() },
  async (stage, t) => {
    const site = await openSite(stage, { servers: 2 })
    const control = await site.startControl()
    await site.client.allRegistered()
    const everybody = await people(site)
    let program = ''
    await chapter(t, 'the fuzzer is fetched', async () => {
      program = await prepareFuzzer()
    })

    await chapter(
      t,
      'no request gets a status or a body that is not declared, none a 5xx, with or without a token',
      async () => {
        const { code, said } = await fuzz(program, site, everybody)
        assert.equal(code, 0, said.slice(-20_000))
        assert.match(said, /✅ {2}Stateful/)
      },
    )

    await chapter(t, 'all of that was asked by somebody who was signed in, to the end', async () => {
      const headers = { 'x-auth-token': everybody.token }
      const { status } = await fetch(`${site.endpoint}/v5/caller-identity`, { headers })
      assert.equal(status, 200)
    })

    await chapter(t, 'the control plane found no defect in itself, and works on', async () => {
      const defects = control.log.filter((line) => line.includes('a request failed'))
      assert.deepEqual(defects, [])
      const jobId = await site.client.startUpdate(site.serverIds)
      assert.equal((await site.client.jobEnd(jobId)).status, 'SUCCESS')
    })
  },
)
