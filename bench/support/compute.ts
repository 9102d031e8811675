import { join } from 'node:path'
import { type Child, startChild } from './child.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'compute', 'main.ts')

export type ComputeChild = Child & {
  readonly socket: string
  readonly network: { readonly cidr: string; readonly gatewayIp: string }
}

/** App servers in memory that boot in no time: what remains is our own work. */
export async function startCompute(folder: string): Promise<ComputeChild> {
  const socket = join(folder, 'compute.sock')
  const where = ['--socket', socket, '--state', join(folder, 'compute')]
  const child = await startChild({
    name: 'the compute provider',
    args: [MAIN, ...where, '--hosts', 'memory', '--boot-ms', '0'],
  })
  const { cidr, gateway_ip } = child.ready
  return { ...child, socket, network: { cidr: String(cidr), gatewayIp: String(gateway_ip) } }
}
