import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js'
import { HcClient } from '@huaweicloud/huaweicloud-sdk-core/HcClient.js'
import { DefaultHttpClient } from '@huaweicloud/huaweicloud-sdk-core/http/DefaultHttpClient.js'
import { type Logger, LogLevel } from '@huaweicloud/huaweicloud-sdk-core/logger/index.js'
import { Region } from '@huaweicloud/huaweicloud-sdk-core/region/region.js'
import { silentLog } from '#testing'
import { type AccessKey, type TestApi, testApi } from '../../testing/api.ts'

let api: TestApi
before(async () => {
  api = await testApi()
})
after(() => api[Symbol.asyncDispose]())

/** A client of the vendor's Node SDK, which signs and sends as it does everywhere. */
function official({ access, secret }: AccessKey = api.world.access_key): HcClient {
  const credential = new BasicCredentials().withAk(access).withSk(secret).withProjectId(api.world.project.id)
  return clientOf(credential)
}

const logger: Logger = { ...silentLog, setLevel: () => {}, getLevel: () => LogLevel.ERROR, setName: () => {} }

/** As the SDK's own builder puts it together; that one needs a package which the SDK forgets to name. */
function clientOf(credential: BasicCredentials): HcClient {
  const client = new HcClient(new DefaultHttpClient({ logger }, [api.endpoint]))
  return client.withCredential(credential).withEndpoints([api.endpoint])
}

interface Operation {
  readonly method: string
  readonly url: string
  readonly pathParams?: Readonly<Record<string, string>>
  readonly queryParams?: Readonly<Record<string, unknown>>
  readonly data?: Readonly<Record<string, unknown>>
}

interface Reply {
  readonly httpStatusCode: number
  readonly [member: string]: unknown
}

async function call(client: HcClient, operation: Operation): Promise<Reply> {
  const { pathParams = {}, queryParams = {}, ...rest } = operation
  const request = { contentType: 'application/json', headers: {}, queryParams, ...rest }
  const project_id = api.world.project.id
  return (await client.sendRequest({ ...request, pathParams: { project_id, ...pathParams } })) as Reply
}

const SERVERS = '/v1/{project_id}/app-servers'

describe('a request signed by the official SDK', () => {
  for (const name of [
    'APS',
    'a b',
    'a+b',
    'a&b=c',
    'a/b?c#d',
    "it's (not) so!*",
    '~._-',
    '100%25',
    'ü桌面🙂',
    '"<>[]{}|\\^`',
    '',
  ]) {
    it(`is accepted with the query server_name=${JSON.stringify(name)}`, async () => {
      const reply = await call(official(), {
        method: 'GET',
        url: SERVERS,
        queryParams: { server_name: name, limit: 5 },
      })
      assert.equal(reply.httpStatusCode, 200)
      assert.equal(reply.count, 'APS-1'.includes(name) ? api.world.servers.length : 0)
    })
  }

  it('is accepted with queries in another order than they are signed in', async () => {
    const queryParams = { server_name: 'APS', offset: 1, limit: 1, machine_name: '-' }
    const { items } = await call(official(), { method: 'GET', url: SERVERS, queryParams })
    assert.equal((items as unknown[]).length, 1)
  })

  it('is accepted with a body beyond ASCII, which arrives as it was', async () => {
    const { vpc, subnet } = api.world
    const data = {
      name: '桌面-1',
      description: 'Größe “≥ 8 GB” 🙂',
      image_id: 'image-1',
      image_type: 'private',
      os_type: 'Windows',
      product_id: 'workspace.appstream.general.large.2',
      vpc_id: vpc.id,
      subnet_id: subnet.id,
      system_disk_type: 'SAS',
      system_disk_size: 80,
    }
    const reply = await call(official(), { method: 'POST', url: '/v1/{project_id}/app-server-groups', data })
    assert.deepEqual([reply.name, reply.description], [data.name, data.description])
  })

  it('is accepted with PATCH, and its job can be shown', async () => {
    const data = { items: api.world.servers.map(({ id }) => ({ id, enable: true })) }
    const { job_id } = await call(official(), { method: 'PATCH', url: `${SERVERS}/actions/batch-update-tsvi`, data })
    const pathParams = { job_id: String(job_id) }
    const job = await call(official(), { method: 'GET', url: '/v2/{project_id}/job/{job_id}', pathParams })
    assert.deepEqual([job.id, job.status, job.sub_jobs_total], [job_id, 'RUNNING', data.items.length])
  })

  it('is accepted before the project is known: by region, the SDK asks for it with a signed body on GET', async () => {
    const { access_key, project } = api.world
    const credential = new BasicCredentials().withAk(access_key.access).withSk(access_key.secret)
    const client = clientOf(credential.withIamEndpoint(api.endpoint))
    client.withRegion(new Region(project.name, api.endpoint))
    assert.equal((await call(client, { method: 'GET', url: SERVERS })).count, api.world.servers.length)
  })

  it('is refused with a wrong secret, in words that the SDK understands', async () => {
    const wrong = official({ ...api.world.access_key, secret: 'wrong' })
    await assert.rejects(call(wrong, { method: 'GET', url: SERVERS }), {
      httpStatusCode: 401,
      errorCode: 'APIGW.0301',
      errorMsg: /verify aksk signature fail/,
      requestId: /^[0-9a-f]{32}$/,
    })
  })

  it('is answered with an error that the SDK understands when a job is unknown', async () => {
    const operation = { method: 'GET', url: '/v2/{project_id}/job/{job_id}', pathParams: { job_id: 'nowhere' } }
    await assert.rejects(call(official(), operation), { httpStatusCode: 400, errorCode: 'WKS.00149901' })
  })
})
