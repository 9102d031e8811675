import type { KernelState, Owner, SessionIpPlan } from '../plan/kernel-state.ts'
import { EMPTY_KERNEL } from '../plan/kernel-state.ts'
import { planCleanUp, planSteps, type Step } from '../plan/steps.ts'
import type { SessionIpDriver } from './session-ip.ts'

const NIC = 'mem0'
const HISTORY_LENGTH = 200

/** A host without a kernel: keeps the state that the steps lead to and answers as the routing would. */
export interface MemorySessionIp extends SessionIpDriver {
  /** Source address of a new connection of this user to the outside, the host's own for users nobody manages. */
  sourceOf(uid: number): string | 'unreachable'
  /** Can something on this host bind the address? */
  hasAddress(address: string): boolean
  /** The call fails at the step with this number (0 before the first), after `times` calls it works again. */
  failAt(step: number, times: number): void
  /** Observing fails, as when the tools are missing. */
  failObserve(times: number): void
  /** What a power cut does. */
  reset(): void
  /** The last steps executed. */
  readonly history: readonly Step[]
}

export function memorySessionIp(hostAddress: string): MemorySessionIp {
  let kernel: KernelState = EMPTY_KERNEL
  const history: Step[] = []
  const failure = { step: 0, times: 0, observe: 0 }

  const execute = (steps: readonly Step[]) => {
    const isFailing = failure.times > 0
    if (isFailing) failure.times -= 1
    for (const [index, step] of steps.entries()) {
      if (isFailing && index === failure.step) throw new Error(`memory: told to fail at step ${index} (${step.do})`)
      kernel = afterStep(kernel, step)
      history.push(step)
    }
    history.splice(0, history.length - HISTORY_LENGTH)
    if (isFailing && failure.step >= steps.length) throw new Error('memory: told to fail after the last step')
  }
  const observe = () => {
    if (failure.observe === 0) return kernel
    failure.observe -= 1
    throw new Error('memory: told to fail while observing')
  }

  return {
    observe: async () => observe(),
    apply: async (plan: SessionIpPlan) => execute(planSteps(plan, observe(), NIC)),
    cleanUp: async () => execute(planCleanUp(observe())),
    sourceOf: (uid) => sourceOf(kernel, uid, hostAddress),
    hasAddress: (address) => address === hostAddress || kernel.addresses.some((each) => each.address === address),
    failAt: (step, times) => Object.assign(failure, { step, times }),
    failObserve: (times) => Object.assign(failure, { observe: times }),
    reset() {
      kernel = EMPTY_KERNEL
    },
    history,
  }
}

function sourceOf(kernel: KernelState, uid: number, hostAddress: string): string {
  const rule = kernel.uidRules.find((each) => each.uid === uid)
  const routes = kernel.routes.filter((route) => route.table === rule?.table)
  const best = routes.find((route) => route.kind === 'gateway') ?? routes.find((route) => route.kind === 'unreachable')
  const isCaught = kernel.catchAlls.some(({ family, uids }) => family === 4 && uids.first <= uid && uid <= uids.last)
  const routed = best === undefined ? (isCaught ? undefined : hostAddress) : best.source
  return routed !== undefined && isAllowed(kernel, uid, routed) ? routed : 'unreachable'
}

function isAllowed(kernel: KernelState, uid: number, source: string): boolean {
  const { guard } = kernel
  if (guard === undefined || guard.pairs.some((pair) => pair.uid === uid && pair.address === source)) return true
  if (uid !== 0 && guard.block.includes(source)) return false
  return guard.managed === undefined || uid < guard.managed.first || uid > guard.managed.last
}

function afterStep(kernel: KernelState, step: Step): KernelState {
  switch (step.do) {
    case 'add-catch-all':
      return { ...kernel, catchAlls: [...kernel.catchAlls, { family: step.family, uids: step.uids }] }
    case 'delete-catch-all':
      return { ...kernel, catchAlls: kernel.catchAlls.filter((each) => !isSameCatchAll(each, step)) }
    case 'add-rule':
      return { ...kernel, uidRules: [...kernel.uidRules, { uid: step.uid, table: step.table }] }
    case 'delete-rule': {
      const isOther = (each: { uid: number; table: number }) => each.uid !== step.uid || each.table !== step.table
      return { ...kernel, uidRules: kernel.uidRules.filter(isOther) }
    }
    case 'flush-table':
      return { ...kernel, routes: kernel.routes.filter((route) => route.table !== step.table) }
    case 'fill-table':
      return { ...kernel, routes: filledRoutes(kernel, step) }
    case 'add-address':
      return { ...kernel, addresses: [...kernel.addresses, { address: step.address, nic: step.nic }] }
    case 'delete-address':
      return {
        ...kernel,
        addresses: kernel.addresses.filter((each) => each.address !== step.address),
        routes: kernel.routes.filter((route) => route.source !== step.address),
      }
    case 'kill-sockets':
    case 'announce':
      return kernel
    default:
      return { ...kernel, guard: guardAfter(kernel, step) }
  }
}

type GuardStep = Extract<Step, { do: `${string}-guard` | `${string}-guard-${string}` }>

function guardAfter(kernel: KernelState, step: GuardStep): KernelState['guard'] {
  if (step.do === 'load-guard') {
    return { current: true, managed: step.managed, pairs: step.pairs, block: step.block }
  }
  if (step.do === 'delete-guard' || kernel.guard === undefined) return undefined
  const { guard } = kernel
  switch (step.do) {
    case 'add-guard-pair':
      return { ...guard, pairs: [...guard.pairs, step.pair] }
    case 'delete-guard-pair':
      return { ...guard, pairs: guard.pairs.filter((pair) => !isSameOwner(pair, step.pair)) }
    case 'add-guard-address':
      return { ...guard, block: [...guard.block, step.address] }
    case 'delete-guard-address':
      return { ...guard, block: guard.block.filter((each) => each !== step.address) }
  }
}

function filledRoutes(kernel: KernelState, step: Extract<Step, { do: 'fill-table' }>): KernelState['routes'] {
  const { table, nic, source, cidr, gateway } = step
  const others = kernel.routes.filter((route) => route.table !== table)
  return [
    ...others,
    { table, kind: 'unreachable', to: 'default', nic: undefined, source: undefined, gateway: undefined },
    { table, kind: 'on-link', to: cidr, nic, source, gateway: undefined },
    { table, kind: 'gateway', to: 'default', nic, source, gateway },
  ]
}

function isSameCatchAll(a: KernelState['catchAlls'][number], b: KernelState['catchAlls'][number]): boolean {
  return a.family === b.family && a.uids.first === b.uids.first && a.uids.last === b.uids.last
}

function isSameOwner(a: Owner, b: Owner): boolean {
  return a.uid === b.uid && a.address === b.address
}
