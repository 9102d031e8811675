import assert from 'node:assert/strict'
import { openSite } from './support/site.ts'
import { chapter, story } from './support/stage.ts'
import { batchActions, listServers } from './terraform/actions.ts'
import { type GroupConfig, groupResource } from './terraform/group.ts'
import { type ServerConfig, serverResource } from './terraform/server.ts'
import { golangsdk } from './terraform/wire.ts'

const FLAVOR = 'workspace.appstream.general.xlarge.2'

story('the calls of the Terraform provider are answered as it expects', { onPgliteOnly: true }, async (stage, t) => {
  const site = await openSite(stage, { servers: 0 })
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
    assert.deepEqual([projects.map(({ id }) => id), domains.map(({ id }) => id)], [[project.id], [domain.id]])
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

  await chapter(t, 'data sources find what is there', async () => {
    assert.deepEqual(
      (await listServers(wire, project.id, `&server_group_id=${groupId}`)).map(({ id }) => id),
      [serverId],
    )
    const { aps_status } = await get<{ aps_status: object }>(`/app-server-groups/${groupId}/state`)
    assert.ok(Object.keys(aps_status).length > 0, 'an empty map is an error to the provider')
    const { tags } = await get<{ tags: readonly object[] }>(`/server-group/${groupId}/tags`)
    assert.equal(tags.length, 2)
    const restrict = await get<{ max_session: number; max_group_count: number }>(
      '/app-server-groups/resources/restrict',
    )
    assert.ok(restrict.max_session > 0 && restrict.max_group_count > 0)
    const { session_types } = await get<{ session_types: readonly object[] }>('/session-type')
    assert.ok(session_types.length > 0)
    const quota = `product_id=${FLAVOR}&subscription_num=1&disk_size=80&disk_num=1`
    assert.equal((await get<{ is_enough: boolean }>(`/check/quota?${quota}`)).is_enough, true)
    assert.ok((await get<{ products: readonly object[] }>('/product?limit=100')).products.length > 0)
    assert.ok((await get<{ volume_types: readonly object[] }>('/volume-type')).volume_types.length > 0)
    assert.ok(Object.keys((await get<{ azs: object }>('/availability-zone/summary')).azs).length > 0)
    assert.equal((await get<{ project_id: string }>('/tenant/profile')).project_id, project.id)
    const body = { items: ['help_center_origin', 'IP_VIRTUAL_ENABLE'] }
    const path = `/v1/${project.id}/bundles/batch-query-config-info`
    const { config_infos } = await wire.json<{ config_infos: readonly object[] }>('POST', path, { body })
    assert.equal(config_infos.length, 1)
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
