import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type Answer, assertDeclared, type CallOptions, type TestApi } from '../testing/api.ts'

/** Calls an operation of the network and holds the answer against the contract; `path` is what follows the project. */
export async function ask(
  api: TestApi,
  operation: string,
  request: string,
  body?: object,
  options: CallOptions = {},
): Promise<Answer> {
  const [method = '', path = ''] = request.split(' ')
  const full = `/v1/${api.world.project.id}/${path}`
  const answer = await api.call(method, full, body === undefined ? options : { ...options, body })
  assertDeclared(operation, answer)
  return answer
}

export type Thing = Readonly<Record<string, unknown>> & { readonly id: string }

export function one(answer: Answer, name: string, status = 200): Thing {
  assert.equal(answer.status, status, answer.text)
  return (answer.body as Record<string, Thing>)[name] as Thing
}

export function some(answer: Answer, name: string): readonly Thing[] {
  assert.equal(answer.status, 200, answer.text)
  return (answer.body as Record<string, Thing[]>)[name] ?? []
}

/** Fails unless the answer refuses in the shape of the network, with this code, and says this. */
export function assertRefused(answer: Answer, status: number, code: string, says: RegExp): void {
  assert.equal(answer.status, status, answer.text)
  const { code: found, message, ...rest } = answer.body as Record<string, unknown>
  assert.deepEqual([found, rest], [code, {}])
  assert.match(String(message), says)
}

export function freshName(): string {
  return `n-${randomUUID().slice(0, 8)}`
}

export async function makeVpc(api: TestApi, cidr = '10.50.0.0/16', more: object = {}): Promise<Thing> {
  return one(await ask(api, 'CreateVpc', 'POST vpcs', { vpc: { name: freshName(), cidr, ...more } }), 'vpc')
}

export function newSubnet(vpc: Thing, start: string, prefix = 24): Record<string, unknown> {
  return { name: freshName(), vpc_id: vpc.id, cidr: `${start}.0/${prefix}`, gateway_ip: `${start}.1` }
}

export async function makeSubnet(api: TestApi, vpc: Thing, start = '10.50.0', prefix = 24): Promise<Thing> {
  return one(await ask(api, 'CreateSubnet', 'POST subnets', { subnet: newSubnet(vpc, start, prefix) }), 'subnet')
}
