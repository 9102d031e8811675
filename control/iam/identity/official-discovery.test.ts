import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js'
import { HcClient } from '@huaweicloud/huaweicloud-sdk-core/HcClient.js'
import { DefaultHttpClient } from '@huaweicloud/huaweicloud-sdk-core/http/DefaultHttpClient.js'
import { type Logger, LogLevel } from '@huaweicloud/huaweicloud-sdk-core/logger/index.js'
import { Region } from '@huaweicloud/huaweicloud-sdk-core/region/region.js'
import { silentLog } from '#testing'
import { type TestApi, testApi } from '../../testing/api.ts'
import { insertTestAccount } from '../../testing/identity.ts'

let api: TestApi
before(async () => {
  api = await testApi({ servers: 0 })
})
after(() => api[Symbol.asyncDispose]())

const logger: Logger = { ...silentLog, setLevel: () => {}, getLevel: () => LogLevel.ERROR, setName: () => {} }

it('the official Node SDK makes the project of its region in an account that has none, and works in it', async () => {
  const { owner, project, domain } = await insertTestAccount(api)
  await api.db.deleteFrom('iam.project').where('id', '=', project.id).execute()
  const { access, secret } = owner.access_key
  const credential = new BasicCredentials().withAk(access).withSk(secret).withIamEndpoint(api.endpoint)
  const client = new HcClient(new DefaultHttpClient({ logger }, [api.endpoint])).withCredential(credential)
  client.withEndpoints([api.endpoint]).withRegion(new Region('local-1', api.endpoint))
  const reply = await client.sendRequest({
    method: 'GET',
    url: '/v1/{project_id}/app-servers',
    contentType: 'application/json',
    headers: {},
    queryParams: {},
    pathParams: {},
  })
  assert.partialDeepStrictEqual(reply, { httpStatusCode: 200, count: 0 })
  const query = api.db.selectFrom('iam.project').select(['name', 'parent_id']).where('domain_id', '=', domain.id)
  assert.deepEqual(await query.execute(), [{ name: 'local-1', parent_id: null }])
})
