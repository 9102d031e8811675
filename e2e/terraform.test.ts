import assert from 'node:assert/strict'
import { openSite } from './support/site.ts'
import { chapter, story } from './support/stage.ts'
import { batchActions, listServers, serverAction } from './terraform/actions.ts'
import {
  readConfigurations,
  readDataSources,
  readFiveMinutes,
  readMetricData,
  refusal,
} from './terraform/data-sources.ts'
import { type GroupConfig, groupResource } from './terraform/group.ts'
import { passwordLogin, revoke } from './terraform/login.ts'
import { creationBody, type ServerConfig, serverResource } from './terraform/server.ts'
import { golangsdk } from './terraform/wire.ts'

/** Long enough that the next request meets a server that is still booting. */
const BOOT_MS = 400
const FLAVOR = 'workspace.appstream.general.xlarge.2'

story('the calls of the Terraform provider are answered as it expects', { onPgliteOnly: true }, async (stage, t) => {
  const site = await openSite(stage, { servers: 0, bootMs: BOOT_MS })
  await site.startControl()
  const { project, domain, vpc, subnet } = site.world
  const wire = golangsdk(site)
  const groups = groupResource(wire, project.id)
  const servers = serverResource(wire, project.id)
  const actions = batchActions(wire, project.id)
  const get = <T>(path: string) => wire.json<T>('GET', `/v1/${project.id}${path}`)

  const groupConfig: GroupConfig = {
    ...{ name: 'tf_group', os_type: 'Linux', flavor_id: FLAVOR, vpc_id: vpc.id, subnet_id: subnet.id },
    ...{ system_disk_type: 'SAS', system_disk_size: 80, is_vdi: false, enabled: true, description: 'by Terraform' },
    ...{ image_id: '3f2c8a52-9a10-4f0a-8c3b-5d1e7f6a9b02', image_type: 'private' },
    ip_virtual: { enable: true },
    route_policy: { max_session: 3 },
    storage_mount_policy: 'SHARE',
    tags: { team: 'cad', floor: '2' },
  }
  let groupId = ''
  let serverId = ''
  const serverConfig = (): ServerConfig => ({
    ...{ server_group_id: groupId, type: 'createApps', flavor_id: FLAVOR, vpc_id: vpc.id, subnet_id: subnet.id },
    ...{ root_volume: { type: 'SAS', size: 90 }, os_type: 'Linux', name: 'tf_server', description: 'by Terraform' },
  })

  await chapter(t, 'the provider finds its project and its account', async () => {
    const { projects } = await wire.json<{ projects: readonly { id: string }[] }>(
      'GET',
      `/v3/projects?name=${project.name}`,
    )
    const { domains } = await wire.json<{ domains: readonly { id: string }[] }>('GET', '/v3/auth/domains')
    // a region that it meets for the first time
    const again = await wire.json<{ projects: readonly { id: string }[] }>(
      'GET',
      `/v3/projects?domain_id=${domain.id}&name=${project.name}`,
    )
    assert.deepEqual(again.projects.length, 1)
    // an auth_url without /v3
    const { status, text } = await wire.send('GET', '/')
    assert.equal(status, 300)
    const { versions } = JSON.parse(text) as {
      versions: { values: readonly { id: string; links: readonly object[] }[] }
    }
    assert.ok(versions.values.some(({ id, links }) => id.startsWith('v3') && links.length > 0))
    assert.deepEqual([projects.map(({ id }) => id), domains.map(({ id }) => id)], [[project.id], [domain.id]])
  })

  await chapter(t, 'with a password instead of an access key it logs in twice, and finds its user', async () => {
    const tokens = await passwordLogin(site)
    assert.equal(tokens.projectId, project.id)
    assert.deepEqual(await listServers(golangsdk(site, tokens.project), tokens.projectId), [])
    const { domains } = await golangsdk(site, tokens.domain).json<{ domains: readonly { id: string }[] }>(
      'GET',
      '/v3/auth/domains',
    )
    const { users } = await golangsdk(site, tokens.domain).json<{ users: readonly { id: string }[] }>(
      'GET',
      `/v3/users?name=${site.world.user.name}`,
    )
    assert.deepEqual([domains.map(({ id }) => id), users.map(({ id }) => id)], [[domain.id], [site.world.user.id]])
  })

  await chapter(t, 'a token that has ended is 401, which makes it log in once more', async () => {
    const list = (token: string) => golangsdk(site, token).send('GET', `/v1/${project.id}/app-servers`)
    const { project: token } = await passwordLogin(site)
    assert.equal((await list(token)).status, 200)
    await revoke(site, token)
    assert.equal((await list(token)).status, 401)
    assert.equal((await list((await passwordLogin(site)).project)).status, 200)
  })

  await chapter(t, 'a server group is created, and the next plan is empty', async () => {
    groupId = await groups.create(groupConfig)
    assert.deepEqual(await groups.drift(groupId, groupConfig), [])
  })

  await chapter(t, 'a server is created, named after its creation, and the next plan is empty', async () => {
    serverId = await servers.create(serverConfig())
    assert.deepEqual(await servers.drift(serverId, serverConfig()), [])
    assert.deepEqual(await groups.drift(groupId, groupConfig), [])
  })

  await chapter(t, 'the group is changed in place: description, thresholds, tags', async () => {
    const { route_policy: _, ...rest } = groupConfig
    const changed = { ...rest, description: '', route_policy: { cpu_threshold: 80 }, tags: { team: 'cam' } }
    await groups.update(groupId, groupConfig, changed)
    assert.deepEqual(await groups.drift(groupId, changed), [])
    await groups.update(groupId, changed, groupConfig)
    assert.deepEqual(await groups.drift(groupId, groupConfig), [])
  })

  await chapter(t, 'batch-update-tsvi goes by its job, with the body of the published example', async () => {
    await actions.byJob('batch-update-tsvi', { items: [{ id: serverId, enable: true }] })
  })

  await chapter(t, 'the other batch actions go by the status of the servers', async () => {
    const items = [serverId]
    const statusAfter = async (type: string, body: object) => {
      await actions.byStatus(type, body, items)
      return (await listServers(wire, project.id)).find(({ id }) => id === serverId)?.status
    }
    assert.equal(await statusAfter('batch-stop', { items, type: 'SOFT' }), 'STOPPED')
    assert.equal(await statusAfter('batch-start', { items }), 'REGISTERED')
    assert.equal(await statusAfter('batch-maint', { items, maintain_status: 'true' }), 'REGISTERED')
    assert.equal(await statusAfter('batch-maint', { items, maintain_status: false }), 'REGISTERED')
    assert.equal(await statusAfter('batch-reboot', { items, type: 'HARD' }), 'REGISTERED')
    assert.equal(await statusAfter('batch-reinstall', { server_ids: items, update_access_agent: false }), 'REGISTERED')
  })

  await chapter(t, 'one server is reinstalled and given another image, each by its job', async () => {
    const image = { image_id: '7c1d9e40-1b2a-4c3d-8e5f-6a7b8c9d0e1f', image_type: 'private', os_type: 'Linux' }
    await serverAction(wire, project.id, serverId, 'reinstall', { update_access_agent: true })
    await serverAction(wire, project.id, serverId, 'change-image', image)
    // neither is a change of what the configuration says of the server
    assert.deepEqual(await servers.drift(serverId, serverConfig()), [])
    assert.equal((await listServers(wire, project.id))[0]?.status, 'REGISTERED')
  })

  await chapter(t, 'while a server is busy a batch action is refused with 409, and done once it is free', async () => {
    await wire.done('PATCH', `/v1/${project.id}/app-servers/actions/batch-reboot`, {
      body: { items: [serverId], type: 'HARD' },
    })
    const refused = await actions.throughConflicts('batch-update-tsvi', { items: [{ id: serverId, enable: true }] })
    assert.ok(refused > 0, 'the server was not busy')
  })

  await chapter(t, 'data sources find what is there', async () => {
    await readDataSources(site, wire, { groupId, serverId, flavorId: FLAVOR })
    const keys = ['help_center_origin', 'IP_VIRTUAL_ENABLE']
    assert.deepEqual(await readConfigurations(wire, project.id, keys), [['IP_VIRTUAL_ENABLE', 'true']])
    assert.deepEqual(await readConfigurations(wire, project.id, ['help_center_origin']), [])
  })

  await chapter(t, 'metrics are read, and where there are none the answer can be read, too', async () => {
    const now = Date.now()
    for (const { metric_name } of await readMetricData(wire, project.id, serverId, now)) {
      assert.equal(metric_name, 'cpu_util')
    }
    const longAgo = now - 24 * 3_600_000
    const points = (await readMetricData(wire, project.id, serverId, longAgo)).flatMap(({ datapoints }) => datapoints)
    assert.deepEqual(points, [])
    const arrays = Object.entries(await readFiveMinutes(wire, project.id, serverId, longAgo))
    assert.equal(arrays.length, 12)
    assert.deepEqual(new Set(arrays.map(([, values]) => values.length)), new Set([0]))
  })

  await chapter(t, 'the service is switched off and on, and what is there stays as it is', async () => {
    const profile = () => get<Readonly<Record<string, unknown>>>('/tenant/profile')
    const act = (service_status: 'active' | 'inactive') =>
      wire.done('POST', `/v1/${project.id}/tenant/action/active`, { body: { service_status } })
    await act('inactive')
    assert.partialDeepStrictEqual(await profile(), { project_id: project.id, service_status: 'inactive' })
    assert.deepEqual(await groups.drift(groupId, groupConfig), [])
    await act('active')
    assert.equal((await profile()).service_status, 'active')
  })

  await chapter(t, 'what needs a cloud is refused with a sentence', async () => {
    const appServers = `/v1/${project.id}/app-servers`
    assert.match(await refusal(wire, 'GET', `${appServers}/${serverId}/actions/vnc`), /no remote console is proxied/)
    const rejoin = await refusal(wire, 'PATCH', `${appServers}/actions/batch-rejoin-domain`, { items: [serverId] })
    assert.match(rejoin, /no AD domain/)
    const migration = { server_ids: [serverId], host_id: 'a-host' }
    assert.match(
      await refusal(wire, 'PATCH', `${appServers}/hosts/batch-migrate`, migration),
      /there are no dedicated hosts/,
    )
    const order = { charging_mode: 'prePaid', period_type: 2, period_num: 1, is_auto_renew: false, is_auto_pay: true }
    const prepaid = { ...creationBody(serverConfig()), create_server_extend_param: order }
    assert.match(await refusal(wire, 'POST', `${appServers}/actions/create`, prepaid), /prePaid/)
    assert.equal((await listServers(wire, project.id)).length, 1)
  })

  await chapter(t, 'everything is destroyed, and nothing is found afterwards', async () => {
    await servers.destroy(serverId)
    await groups.destroy(groupId)
    assert.ok(await groups.isGone(groupId))
    assert.deepEqual(await listServers(wire, project.id), [])
    // again, as after a state file that was not saved
    await groups.destroy(groupId)
  })
})
