import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestLink } from '../agent/link/test-control.ts'
import type { DesiredState } from '../contract/agent/desired-state.ts'
import type { MachineSpec } from '../contract/compute/machine.ts'

/** For tests only: a folder that goes with its block. */
export function testFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'berth-compute-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Of another join token than the test's control plane makes by itself. */
export const OTHER_SECRET = 'o'.repeat(43)

export const CIDR = '198.18.0.0/16'
export const BLOCK = ['198.18.0.20', '198.18.0.21']

export function machineSpec(joinToken: string, address = '198.18.0.9'): MachineSpec {
  return { name: 'APS-01', address, cidr: CIDR, gateway_ip: '198.18.0.1', join_token: joinToken }
}

/** Tells the machine's agent its addresses, and waits until it has them. */
export async function tellAddresses(link: TestLink, generation: number, rebootIf?: string): Promise<void> {
  const desired: DesiredState = {
    generation,
    virtual_ip: {
      enable: true,
      addresses: BLOCK,
      cidr: CIDR,
      gateway_ip: '198.18.0.1',
      managed_uids: { first: 20_000, last: 29_999 },
    },
    reboot: rebootIf === undefined ? null : { if_boot_id: rebootIf },
    probe: null,
  }
  link.want(desired)
  for (;;) {
    const report = await link.nextReport()
    if (report.generation === generation) return
  }
}
