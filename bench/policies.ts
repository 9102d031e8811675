import type { DatabaselessBenchmark } from './support/benchmark.ts'
import { microsecondsOf } from './support/microseconds.ts'
import { berth, casbinOf, cedarOf, type PolicyContender } from './support/policy-contenders.ts'
import { median, renderTable, round } from './support/table.ts'

const STATEMENTS = 50
const FEW_FOREIGN = 50
const MANY_FOREIGN = 5_000
const RULES = 1_000

/** Each round asks everybody in turn; the figure is the median over the rounds. */
const ROUNDS = 15
const ROUND_MS = 60
const WARM_UP_MS = 300

/** One decision beside two peers, and beside itself with many statements about other services. */
export const policies: DatabaselessBenchmark = async ({ print }) => {
  const own = berth(`berth, ${STATEMENTS} statements`, STATEMENTS)
  const few = berth(`berth, ${FEW_FOREIGN} of another service more`, STATEMENTS, FEW_FOREIGN)
  const many = berth(`berth, ${MANY_FOREIGN} of another service more`, STATEMENTS, MANY_FOREIGN)
  const cedar = cedarOf(`Cedar, ${STATEMENTS} policies`, STATEMENTS)
  const casbin = await casbinOf(`casbin, ${RULES} rules`, RULES)
  const contenders = [own, few, many, cedar, casbin]
  const rounds = await measure(contenders)
  const of = (contender: PolicyContender) => rounds.get(contender) ?? []
  print(`${tableOf(contenders, rounds)}\n`)
  const ratio = (above: PolicyContender, below: PolicyContender) =>
    median(of(above).map((each, at) => each / (of(below)[at] ?? Number.NaN)))
  return {
    targets: [
      { what: 'faster than Cedar', value: ratio(cedar, own), unit: ' ×', atLeast: 10 },
      { what: 'faster than casbin', value: ratio(casbin, own), unit: ' ×', atLeast: 10 },
      {
        what: `${MANY_FOREIGN} foreign statements against ${FEW_FOREIGN}`,
        value: ratio(many, few),
        unit: ' ×',
        atMost: 1.2,
      },
      { what: 'one decision', value: median(of(own)), unit: ' µs' },
    ],
    figures: { microseconds: Object.fromEntries(contenders.map((each) => [each.name, round(median(of(each)))])) },
  }
}

/** Microseconds for one question, in each round. */
async function measure(contenders: readonly PolicyContender[]): Promise<Map<PolicyContender, number[]>> {
  const rounds = new Map<PolicyContender, number[]>()
  for (const contender of contenders) {
    if (!(await contender.ask())) throw new Error(`${contender.name} refuses: its figure would mean nothing`)
    await microsecondsOf(contender.ask, WARM_UP_MS)
    rounds.set(contender, [])
  }
  for (let at = 0; at < ROUNDS; at += 1) {
    for (const contender of contenders) rounds.get(contender)?.push(await microsecondsOf(contender.ask, ROUND_MS))
  }
  return rounds
}

function tableOf(contenders: readonly PolicyContender[], rounds: ReadonlyMap<PolicyContender, number[]>): string {
  const rows = contenders.map((contender) => {
    const figures = rounds.get(contender) ?? []
    return [
      contender.name,
      String(round(median(figures))),
      `${round(Math.min(...figures))}–${round(Math.max(...figures))}`,
    ]
  })
  return renderTable(['', 'µs a decision', 'over rounds'], rows)
}
