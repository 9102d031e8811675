import { join } from 'node:path'
import { silentLog } from '../../agent/index.ts'
import { serveProvider } from '../../compute/daemon.ts'
import { memoryProvider } from '../../compute/memory.ts'
import type { Provider } from '../../compute/provider.ts'

export interface TestHosts extends AsyncDisposable {
  readonly socketPath: string
  readonly provider: Provider
}

/** Hosts in memory behind a socket in a folder: the provider of a test, with the agent's own code on each. */
export async function testHosts(
  folder: string,
  cidr: string,
  change?: (plain: Provider) => Provider,
): Promise<TestHosts> {
  const gatewayIp = cidr.replace(/\.0\/\d+$/, '.1')
  const plain = memoryProvider({ reason: null, cidr, gatewayIp, bootMs: 0, log: silentLog })
  const provider = change?.(plain) ?? plain
  const socketPath = join(folder, 'compute.sock')
  const server = await serveProvider(provider, socketPath, silentLog)
  const close = async () => {
    server.close()
    server.closeAllConnections()
    await provider.close()
  }
  return { socketPath, provider, [Symbol.asyncDispose]: close }
}
