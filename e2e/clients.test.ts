import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { guideExample } from './clients/example.ts'
import { type Command, LANGUAGES } from './clients/languages.ts'
import { lifeOfServers, succeeded } from './clients/life.ts'
import { environmentOf, type Player, play, type Step } from './clients/play.ts'
import { openSite, type Site } from './support/site.ts'
import { chapter, story } from './support/stage.ts'

/** What encodings disagree about: blanks, plus signs, reserved and unreserved characters, other scripts, emoji. */
const AWKWARD = ['a b', 'a+b', 'a&b=c', 'a/b?c#d', "it's (not) so!*", '~._-', '100%25', 'ü桌面🙂', '"<>[]{}|\\^`', '=']

/** It may have to be compiled. */
const EXAMPLE_MS = 120_000

const listing = (query: Readonly<Record<string, unknown>>): Step => ({ do: 'ListServers', with: query })

function namesOf(page: Readonly<Record<string, unknown>> | undefined): readonly unknown[] {
  assert.ok(Array.isArray(page?.items))
  return page.items.map((server: { name?: unknown }) => server.name)
}

function playerOf({ world, endpoint }: Site): Player & { projectId: string } {
  const { access: accessKey, secret: secretKey } = world.access_key
  return { endpoint, region: world.project.name, accessKey, secretKey, projectId: world.project.id }
}

/** Without a project, the SDK must ask for it. */
function strangerOf(site: Site): Player {
  const { projectId: _, ...stranger } = playerOf(site)
  return stranger
}

for (const [name, language] of Object.entries(LANGUAGES)) {
  story(
    `the official ${name} SDK works against Berth unmodified`,
    { skip: language.whyNotHere(), onPgliteOnly: true },
    async (stage, t) => {
      const site = await openSite(stage, { servers: 2 })
      await site.startControl()
      await site.client.allRegistered()
      let command: Command
      await chapter(t, 'it is fetched and built', async () => {
        command = await language.prepare()
      })

      await chapter(t, 'its signatures are right whatever is in the query', async () => {
        const said = await play(command, playerOf(site), [
          listing({ server_name: 'APS-02', limit: 1, offset: 0 }),
          ...AWKWARD.map((text) => listing({ server_name: text, limit: 5 })),
        ])
        const [page, ...others] = said.map(succeeded)
        assert.deepEqual(namesOf(page), ['APS-02'])
        assert.deepEqual(
          others.map(({ count }) => count),
          AWKWARD.map(() => 0),
        )
      })

      await chapter(t, 'it updates servers, and understands the job', async () => {
        const items = site.serverIds.map((id) => ({ id, enable: true }))
        const [updated] = await play(command, playerOf(site), [{ do: 'BatchUpdateTsvi', with: { body: { items } } }])
        const jobId = String(succeeded(updated).job_id)
        assert.equal((await site.client.jobEnd(jobId)).status, 'SUCCESS')
        const [shown] = await play(command, playerOf(site), [{ do: 'ShowJobDetail', with: { job_id: jobId } }])
        const job = succeeded(shown)
        assert.deepEqual([job.id, job.status, job.sub_jobs_total], [jobId, 'SUCCESS', items.length])
      })

      await chapter(t, 'it finds its project by the name of the region', async () => {
        const [page] = await play(command, strangerOf(site), [listing({})])
        assert.equal(succeeded(page).count, 2)
      })

      await chapter(t, 'it may sign with a derived key', async () => {
        const derived = { ...playerOf(site), derivedService: 'workspace' }
        const [page] = await play(command, derived, [listing({ server_name: 'ü桌面 +' })])
        assert.equal(succeeded(page).count, 0)
        const [refused] = await play(command, { ...derived, derivedService: 'obs' }, [listing({})])
        assert.ok(refused?.ok === false && refused.status === 401)
        assert.match(refused.message, /service obs of its credential is not served here/)
      })

      await chapter(t, 'it takes servers from their creation to their deletion', async () => {
        await lifeOfServers(site, (steps) => play(command, playerOf(site), steps))
      })

      await chapter(t, 'the example of the guide runs as it stands there', async () => {
        const { folder, file, args } = guideExample(name as keyof typeof LANGUAGES, command)
        const env = { ...process.env, ...environmentOf(playerOf(site)), CGO_ENABLED: '0', GOTOOLCHAIN: 'local' }
        const { stdout } = await promisify(execFile)(file, [...args], { cwd: folder, env, timeout: EXAMPLE_MS })
        assert.equal(stdout.trim().split('\n').at(-1), 'SUCCESS')
      })

      await chapter(t, 'it understands what goes wrong', async () => {
        const unknown: Step = { do: 'ShowJobDetail', with: { job_id: 'nowhere' } }
        const [refused] = await play(command, playerOf(site), [unknown])
        assert.ok(refused?.ok === false)
        assert.deepEqual([refused.status, refused.code], [400, 'WKS.00149901'])
        assert.match(refused.requestId, /^[0-9a-f]{32}$/)
        const [unsigned] = await play(command, { ...playerOf(site), secretKey: 'wrong' }, [listing({})])
        assert.ok(unsigned?.ok === false)
        assert.deepEqual([unsigned.status, unsigned.code], [401, 'APIGW.0301'])
        assert.match(unsigned.message, /verify aksk signature fail/)
      })
    },
  )
}
