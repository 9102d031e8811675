import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exec, type Log } from '../agent/index.ts'
import {
  type Attachment,
  type NetworkPlan,
  networkPlan,
  portOf,
  renderCable,
  renderNic,
  renderRootAddress,
  renderRootLink,
  renderSwitch,
  renderSwitchPort,
  tagOf,
} from './netns-plan.ts'

export interface Network {
  readonly plan: NetworkPlan
  attach(attachment: Attachment): Promise<void>
  /** Ends every process of the namespace and takes all of its network state away. */
  detach(namespace: string): Promise<void>
  close(): Promise<void>
}

const SUBNETS = 256

/** Clears what an earlier provider of this directory left, then takes the first free subnet, or the wanted one. */
export async function openNetwork(stateDir: string, wantedCidr: string | null, log: Log): Promise<Network> {
  const tag = tagOf(stateDir)
  const stateFile = join(stateDir, 'network.json')
  await removeLeftovers(tag, stateFile, log)
  const plan = await takeSubnet(tag, wantedCidr, stateFile).catch(async (error) => {
    await removeLeftovers(tag, stateFile, log)
    throw error
  })
  await exec('ip', ['-batch', '-'], renderRootAddress(plan))
  await exec('ip', ['-n', plan.switchNamespace, '-batch', '-'], renderSwitch())
  return {
    plan,
    attach: async (attachment) => {
      await exec('ip', ['netns', 'add', attachment.namespace])
      await exec('ip', renderCable(plan, attachment))
      await exec('ip', ['-n', plan.switchNamespace, '-batch', '-'], renderSwitchPort(attachment))
      await exec('ip', ['-n', attachment.namespace, '-batch', '-'], renderNic(plan, attachment))
    },
    detach: async (namespace) => {
      await pullCable(plan, namespace)
      await removeNamespace(namespace)
    },
    close: async () => {
      await removeLeftovers(tag, stateFile, log)
    },
  }
}

/** The name of the interface is the lock: of two providers that want one subnet, the kernel refuses the second. */
async function takeSubnet(tag: string, wantedCidr: string | null, stateFile: string): Promise<NetworkPlan> {
  await exec('ip', ['netns', 'add', networkPlan(tag, 0).switchNamespace])
  const taken = await exec('ip', ['-4', '-o', 'addr'])
  for (let index = 0; index < SUBNETS; index += 1) {
    const plan = networkPlan(tag, index)
    if (wantedCidr !== null && plan.cidr !== wantedCidr) continue
    if (taken.includes(` ${plan.gatewayIp}/`)) continue
    writeFileSync(stateFile, JSON.stringify({ rootInterface: plan.rootInterface }), { mode: 0o600 })
    try {
      await exec('ip', renderRootLink(plan))
      return plan
    } catch (error) {
      // the interface is somebody else's
      rmSync(stateFile, { force: true })
      if (wantedCidr !== null || !String(error).includes('exists')) throw error
    }
  }
  throw new Error(`no free subnet${wantedCidr === null ? ' in 198.18.0.0/16' : `: ${wantedCidr} is taken`}`)
}

async function removeLeftovers(tag: string, stateFile: string, log: Log): Promise<void> {
  const namespaces = listNamespaces().filter((name) => name.startsWith(`berth-${tag}-`))
  if (namespaces.length === 0) return
  log('info', 'namespaces of this directory are removed', { namespaces })
  const machines = namespaces.filter((name) => !name.endsWith('-sw'))
  await Promise.all(machines.map(removeNamespace))
  // the switch goes last: with it go the other end of the root interface and everything that hung on it
  await Promise.all(namespaces.filter((name) => name.endsWith('-sw')).map(removeNamespace))
  await removeRootInterface(stateFile)
}

async function removeRootInterface(stateFile: string): Promise<void> {
  try {
    const { rootInterface } = JSON.parse(readFileSync(stateFile, 'utf8'))
    if (/^berth-\d+$/.test(rootInterface)) await exec('ip', ['link', 'del', rootInterface])
  } catch {
    // already gone with the switch: deleting one end of a veth deletes the other
  }
  rmSync(stateFile, { force: true })
}

/** The kernel takes the interfaces of a namespace away some time after it; this end takes the other along at once. */
async function pullCable({ switchNamespace }: NetworkPlan, namespace: string): Promise<void> {
  try {
    await exec('ip', ['-n', switchNamespace, 'link', 'del', portOf(namespace)])
  } catch {
    // it has none
  }
}

function listNamespaces(): readonly string[] {
  try {
    return readdirSync('/run/netns')
  } catch {
    return []
  }
}

const REMOVAL_TRIES = 5

/** A signal to our group still meets a program that was born a moment ago and has no group of its own yet: again, then. */
async function removeNamespace(namespace: string): Promise<void> {
  for (let left = REMOVAL_TRIES - 1; listNamespaces().includes(namespace); left -= 1) {
    try {
      const pids = await exec('ip', ['netns', 'pids', namespace])
      for (const pid of pids.split('\n').filter(Boolean).map(Number)) killQuietly(pid)
      await exec('ip', ['netns', 'del', namespace])
    } catch (error) {
      if (left === 0) throw error
    }
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone by itself meanwhile
  }
}
