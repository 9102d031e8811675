/** Stands in for `node:test` in a process that only looks which tests a file registers. */

type Body = (...args: readonly unknown[]) => unknown

interface Suite {
  readonly path: readonly string[]
  readonly body: Body
}

const suites: Suite[] = []
const names: string[] = []
/** Of the suites whose body runs. */
let path: readonly string[] = []

/** A name, options and a body, of which any may be left out. */
function nameOf(args: readonly unknown[]): string {
  const [first] = args
  return typeof first === 'string' ? first : typeof first === 'function' ? first.name : ''
}

function describe(...args: readonly unknown[]): void {
  const body = args.find((arg): arg is Body => typeof arg === 'function')
  if (body) suites.push({ path: [...path, nameOf(args)], body })
}

function it(...args: readonly unknown[]): void {
  names.push([...path, nameOf(args)].join(' > '))
}

const nothing = (): void => {}

export {
  describe,
  describe as suite,
  it,
  it as test,
  nothing as after,
  nothing as afterEach,
  nothing as before,
  nothing as beforeEach,
}

/** Runs the suites registered so far, and those in them, and gives the names of all tests: `suite > suite > test`. */
export async function takeNames(): Promise<readonly string[]> {
  for (let suite = suites.shift(); suite; suite = suites.shift()) {
    path = suite.path
    await suite.body()
  }
  path = []
  return names.splice(0)
}
