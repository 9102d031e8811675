import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type TestApi, testApi } from '../testing/api.ts'
import { callGroups, type Group, remove, show, shown, updated } from './test-groups.ts'

/** The requests of the Terraform provider for one server group, in its order (contract 9.2). */

let api: TestApi
before(async () => {
  api = await testApi({ servers: 0 })
})
after(() => api[Symbol.asyncDispose]())

type Config = Readonly<Record<string, unknown>>

/** What the provider compares with the configuration after each read: a difference would be a change to plan. */
const READ = [
  ...['name', 'os_type', 'product_id', 'subnet_id', 'system_disk_type', 'system_disk_size', 'image_id', 'is_vdi'],
  ...['app_type', 'description', 'tags', 'enterprise_project_id', 'ou_name', 'extra_session_type'],
  ...['extra_session_size', 'server_group_status', 'storage_mount_policy'],
]

function assertNoDrift(group: Group, config: Config): void {
  const read = READ.filter((field) => field in config)
  for (const field of read) assert.deepEqual(group[field], config[field], field)
}

async function apply(config: Config): Promise<string> {
  const { storage_mount_policy, ...body } = config
  const answer = await callGroups(api, 'CreateServerGroup', ['POST', '/app-server-groups'], body)
  assert.equal(answer.status, 200, answer.text)
  const { id } = answer.body as Group
  if (storage_mount_policy !== undefined) await updated(api, id, { storage_mount_policy })
  return id
}

function firstConfig(): Config {
  const { vpc, subnet } = api.world
  return {
    name: 'terraform-group',
    os_type: 'Windows',
    product_id: 'workspace.appstream.general.2xlarge.2',
    vpc_id: vpc.id,
    subnet_id: subnet.id,
    system_disk_type: 'SAS',
    system_disk_size: 80,
    image_id: '4a2f6c1e-52a7-4a7d-9f0e-6d1c2b3a4f50',
    image_type: 'gold',
    image_product_id: 'f6a7b8c9-1c44-4f6b-8a35-90c7e1d2b6f1',
    is_vdi: false,
    server_group_status: true,
    app_type: 'SESSION_DESKTOP_APP',
    description: 'made by a script',
    ou_name: 'hall-a',
    extra_session_type: 'CPU',
    extra_session_size: 2,
    ip_virtual: { enable: true },
    route_policy: { max_session: 3, cpu_threshold: 80, mem_threshold: 0 },
    storage_mount_policy: 'USER',
    enterprise_project_id: '0',
    tags: [
      { key: 'foo', value: 'bar' },
      { key: 'owner', value: 'terraform' },
    ],
  }
}

describe('Terraform', () => {
  it('makes a group, finds it as configured, changes it, and destroys it', async () => {
    const first = firstConfig()
    const id = await apply(first)
    const group = await shown(api, id)
    assertNoDrift(group, first)
    assert.deepEqual(group.ip_virtual, { enable: true })
    assert.deepEqual(group.flavors, [{ id: 's2.xlarge.2', links: [{ rel: 'self' }, { rel: 'bookmark' }] }])
    assert.equal((group.product_info as Config).system_disk_size, '80')

    const second = {
      ...first,
      name: 'terraform-renamed',
      description: '',
      ou_name: '',
      tags: [{ key: 'foo', value: 'baz' }],
    }
    await change(id, first, second)
    assertNoDrift(await shown(api, id), second)
    assert.deepEqual((await shown(api, id)).route_policy, { max_session: 3, cpu_threshold: 80 })

    // what is planned again from what was read is the same request, and changes nothing
    await change(id, second, second)
    assertNoDrift(await shown(api, id), second)

    assert.equal((await remove(api, id)).status, 200)
    assert.equal((await show(api, id)).status, 404)
    assert.equal((await remove(api, id)).status, 200)
  })

  it('finds the defaults of what it leaves out', async () => {
    const { vpc_id, subnet_id, ...config } = firstConfig()
    const names = ['os_type', 'product_id', 'system_disk_type', 'system_disk_size', 'image_id']
    const least = Object.fromEntries(names.map((name) => [name, config[name]]))
    const bare = {
      ...least,
      vpc_id,
      subnet_id,
      name: 'bare',
      image_type: 'private',
      is_vdi: true,
      server_group_status: true,
    }
    assert.partialDeepStrictEqual(await shown(api, await apply(bare)), {
      app_type: 'COMMON_APP',
      storage_mount_policy: 'ANY',
      enterprise_project_id: '0',
      site_type: 'CENTER',
      server_group_status: true,
      app_server_count: 0,
      app_server_flavor_count: 0,
      app_group_count: 0,
      subnet_name: 'subnet',
      image_name: config.image_id,
      product_info: { cpu: '4', memory: '8192' },
    })
  })
})

/** Everything is sent, whatever changed; the old tags go first, whole, and then all the new ones come. */
async function change(id: string, from: Config, to: Config): Promise<void> {
  const names = [
    ...['name', 'system_disk_type', 'system_disk_size', 'image_id', 'image_type', 'description', 'ou_name'],
    ...['server_group_status', 'storage_mount_policy', 'image_product_id', 'app_type', 'route_policy'],
  ]
  await updated(api, id, Object.fromEntries(names.map((name) => [name, to[name]])))
  const items = (tags: unknown) => ({ items: [{ server_group_id: id, tags }] })
  const path = '/server-group/tags/batch-'
  const gone = await callGroups(api, 'BatchDeleteServerGroupTags', ['DELETE', `${path}delete`], items(from.tags))
  const there = await callGroups(api, 'BatchCreateServerGroupTags', ['POST', `${path}create`], items(to.tags))
  assert.deepEqual([gone.status, there.status], [204, 204])
}
