import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Answer, type TestApi, testApi } from '../testing/api.ts'

/** One request as the provider sends it: every member that its structure always has, empty or not. */
async function send(api: TestApi, request: string, body?: object): Promise<Answer> {
  const [method = '', path = ''] = request.split(' ')
  const full = path.replace('{project_id}', api.world.project.id)
  return api.call(method, full, body === undefined ? {} : { body })
}

function part(answer: Answer, name: string): Record<string, unknown> & { id: string } {
  assert.equal(answer.status, 200, answer.text)
  return (answer.body as Record<string, Record<string, unknown> & { id: string }>)[name] ?? assert.fail(answer.text)
}

const VPC = '/v1/{project_id}/vpcs'

it("what Terraform's VPC and subnet ask for, from apply over a plan without drift to destroy", async () => {
  await using api = await testApi({ servers: 0 })
  const wanted = { name: 'tf', cidr: '10.70.0.0/16', description: 'by terraform' }
  const { id: vpcId } = part(await send(api, `POST ${VPC}`, { vpc: { ...wanted, enterprise_project_id: '0' } }), 'vpc')
  assert.equal(part(await send(api, `GET ${VPC}/${vpcId}`), 'vpc').status, 'OK')

  const asked = {
    ...{ name: 'tf', cidr: '10.70.1.0/24', gateway_ip: '10.70.1.1', vpc_id: vpcId, description: 'hosts' },
    ...{ ipv6_enable: false, dhcp_enable: true, dnsList: ['10.70.0.2', '10.70.0.3'] },
    extra_dhcp_opts: [{ opt_name: 'addresstime', opt_value: '24h' }],
  }
  const { id: subnetId } = part(await send(api, 'POST /v1/{project_id}/subnets', { subnet: asked }), 'subnet')
  const read = async () => {
    const vpc = part(await send(api, `GET ${VPC}/${vpcId}`), 'vpc')
    // a warning in the provider's log, no more
    assert.equal((await send(api, `GET /v2.0/{project_id}/vpcs/${vpcId}/tags`)).status, 404)
    const { extend_cidrs } = part(await send(api, `GET /v3/{project_id}/vpc/vpcs/${vpcId}`), 'vpc')
    const subnet = part(await send(api, `GET /v1/{project_id}/subnets/${subnetId}`), 'subnet')
    return { vpc, extend_cidrs, subnet }
  }
  const state = await read()
  assert.partialDeepStrictEqual(state, { vpc: wanted, extend_cidrs: [], subnet: { ...asked, status: 'ACTIVE' } })
  assert.deepEqual(await read(), state)

  const change = { name: 'tf-2', dhcp_enable: true, dnsList: ['10.70.0.4'], extra_dhcp_opts: [{ opt_name: 'ntp' }] }
  await send(api, `PUT ${VPC}/${vpcId}/subnets/${subnetId}`, { subnet: change })
  const { name, description, dnsList } = (await read()).subnet
  assert.deepEqual([name, description, dnsList], ['tf-2', 'hosts', ['10.70.0.4']])

  // a 409 is waited out, and what is gone is 404
  assert.equal((await send(api, `DELETE ${VPC}/${vpcId}`)).status, 409)
  assert.equal((await send(api, `DELETE ${VPC}/${vpcId}/subnets/${subnetId}`)).status, 204)
  assert.equal((await send(api, `GET /v1/{project_id}/subnets/${subnetId}`)).status, 404)
  assert.equal((await send(api, `DELETE ${VPC}/${vpcId}`)).status, 204)
  assert.equal((await send(api, `GET ${VPC}/${vpcId}`)).status, 404)
})
