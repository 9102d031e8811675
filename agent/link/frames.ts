import { Compile } from 'typebox/compile'
import { Challenge, Desired } from '../../contract/agent/messages.ts'

const CheckedChallenge = Compile(Challenge)
const CheckedDesired = Compile(Desired)

/** Where a connection stands decides what it may receive. */
export type Expected = 'challenge' | 'desired'

/** A frame of the control plane, or why it is none. */
export function parseFrame(text: string, expected: Expected): Challenge | Desired | { readonly problem: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { problem: 'not JSON' }
  }
  if (expected === 'challenge')
    return CheckedChallenge.Check(value) ? value : problemOf(CheckedChallenge, value, expected)
  return CheckedDesired.Check(value) ? value : problemOf(CheckedDesired, value, expected)
}

type Explainer = { Errors(value: unknown): { instancePath: string; message: string }[] }

function problemOf(schema: Explainer, value: unknown, expected: Expected): { problem: string } {
  const first = schema.Errors(value)[0]
  return { problem: `no valid ${expected} frame: ${first?.instancePath ?? ''} ${first?.message ?? ''}` }
}
