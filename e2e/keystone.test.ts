import assert from 'node:assert/strict'
import { createKeystone } from '#iam'
import { systemClock } from '#kernel'
import type { Answer } from './support/api.ts'
import { noKeystone, openKeystone } from './support/keystone.ts'
import { keystonePeople, type Person } from './support/keystone-people.ts'
import { openSite } from './support/site.ts'
import { chapter, story } from './support/stage.ts'
import { until } from './support/wait.ts'

/** How long Berth may believe what Keystone said: short, so that a story need not wait a minute. */
const CACHE_SECONDS = 1
/** Within that and what a busy machine takes. */
const SOON_MS = CACHE_SECONDS * 1000 + 4_000

async function get(endpoint: string, path: string, token: string): Promise<Answer> {
  const response = await fetch(`${endpoint}${path}`, { headers: { 'X-Auth-Token': token } })
  return { status: response.status, body: await response.json() }
}

/** Both roles that are mapped may list servers; a project from outside has none yet. */
function assertKnown(answer: Answer): void {
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  assert.deepEqual(answer.body, { count: 0, items: [] })
}

story('tokens of a real Keystone are accepted', { skip: noKeystone, onPgliteOnly: true }, async (stage, t) => {
  const keystone = await openKeystone(stage)
  await keystone.start()
  const people = await keystonePeople(keystone)
  const domain = await people.createDomain('acme')
  const project = await people.createProject(domain, 'streaming')
  const person = (name: string, role: string) => people.createPerson(domain, project, name, role)
  const [anna, otto, bert] = [
    await person('anna', 'member'),
    await person('otto', 'auditor'),
    await person('bert', 'reader'),
  ]
  const home = await people.createDomain('home')
  const berth = await people.createPerson(home, await people.createProject(home, 'service'), 'berth', 'service')

  const site = await openSite(stage, { servers: 1, control: outsideOptions(keystone.url, berth) })
  const control = await site.startControl()
  const list = (token: string, projectId = project.id) => get(site.endpoint, `/v1/${projectId}/app-servers`, token)
  const statusOf = async (token: string) => (await list(token)).status

  await chapter(t, 'a member is known, in its project and in no other', async () => {
    const token = await people.login(anna)
    assertKnown(await list(token))
    const elsewhere = await list(token, site.world.project.id)
    assert.equal(elsewhere.status, 403)
    assert.match(JSON.stringify(elsewhere.body), /not valid for the project of the path/)
    const { body } = await get(site.endpoint, '/v3/projects?name=streaming', token)
    const { projects } = body as { projects: readonly { id: string; domain_id: string }[] }
    assert.deepEqual(
      projects.map(({ id, domain_id }) => [id, domain_id]),
      [[project.id, domain.id]],
    )
  })

  await chapter(
    t,
    'a role that means nothing here is refused, and so is a token that Keystone does not know',
    async () => {
      const answer = await list(await people.login(otto))
      assert.equal(answer.status, 403)
      assert.match(JSON.stringify(answer.body), /None of the roles of the token means anything here/)
      const token = await people.login(anna)
      assert.equal(await statusOf(`${token.slice(0, -9)}AAAAAAAA=`), 401)
      assert.equal((await site.client.call('GET', `/v1/${site.world.project.id}/app-servers`)).status, 200)
    },
  )

  await chapter(t, 'a token that is revoked stops, and so do those of a user who is disabled', async () => {
    const [token, ofBert] = [await people.login(anna), await people.login(bert)]
    assertKnown(await list(token))
    assertKnown(await list(ofBert))
    await people.revoke(token)
    await people.disable(bert)
    await until('the revoked token stops', async () => (await statusOf(token)) === 401, SOON_MS)
    await until("the disabled user's token stops", async () => (await statusOf(ofBert)) === 401, SOON_MS)
    assertKnown(await list(await people.login(anna)))
  })

  await chapter(t, 'without Keystone nobody is let in by it, and with it again, by the same process', async () => {
    const token = await people.login(anna)
    assertKnown(await list(token))
    await keystone.stop()
    await until('what it said is believed no longer', async () => (await statusOf(token)) === 503, SOON_MS)
    assert.match(JSON.stringify((await list(token)).body), /the identity service outside does not answer/)
    assert.equal((await site.client.call('GET', `/v1/${site.world.project.id}/app-servers`)).status, 200)
    await keystone.start()
    await until('it is asked again', async () => (await statusOf(token)) === 200)
    assertKnown(await list(token))
  })

  await chapter(t, 'an application credential may ask as well', async () => {
    const credential = { kind: 'application_credential', ...(await people.createCredential(berth)) } as const
    const options = { url: keystone.url, caFile: null, credential, roles: new Map(), cacheSeconds: 1 }
    const found = await createKeystone(options, systemClock).validate(await people.login(anna))
    assert.deepEqual([found?.userId, found?.project, found?.roles.toSorted()], [anna.id, project, ['member', 'reader']])
  })

  await chapter(t, 'nothing of it is in the log', async () => {
    const token = await people.login(anna)
    assertKnown(await list(token))
    const log = control.log.join('\n')
    assert.match(log, /the identity service outside could not be asked/, 'that it was away is')
    for (const secret of [token, berth.password, anna.password]) assert.ok(!log.includes(secret))
  })
})

function outsideOptions(url: string, { name, password, domain, project }: Person) {
  const roles = ['admin=te_admin', 'member=Workspace FullAccess', 'reader=Workspace ReadOnlyAccess']
  return {
    args: ['--outside-iam', `${url}/v3`, ...roles.flatMap((role) => ['--outside-role', role])],
    environment: {
      BERTH_OUTSIDE_IAM_USER: name,
      BERTH_OUTSIDE_IAM_USER_DOMAIN: domain.name,
      BERTH_OUTSIDE_IAM_PASSWORD: password,
      BERTH_OUTSIDE_IAM_PROJECT: project.name,
      BERTH_OUTSIDE_IAM_CACHE_SECONDS: String(CACHE_SECONDS),
    },
  }
}
