import { readFileSync } from 'node:fs'
import { text as readAll } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { explainSignature } from '../../../contract/signing/explain.ts'
import { parseSdkDate } from '../../../contract/signing/sdk-date.ts'
import { BadInput, parseQuestions, type Question, type Setting } from './signature-input.ts'
import { printable, renderJson, renderText } from './signature-report.ts'

const HELP = `berth iam explain-signature: why a signature is refused, without a server

  --file FILE      requests with their keys, as JSON; - reads standard input
  --at TIME        clock of the server, as 20260521T080000Z (default: serverTime of the request, else its own date)
  --region NAME    region that is served, for derived keys; may be repeated (default: any)
  --service NAME   service that is served, for derived keys; may be repeated (default: any)
  --output FORM    text (default) or json: one object per line
  --help           this text

FILE holds one request, an array of requests, or an object with the array as "vectors". A request has method,
requestTarget (or url), headers, bodyUtf8, sk, authorization (or a header of that name), and if you have them
id, serverTime, and canonicalRequest and stringToSign as the client made them. Secrets are read and never printed.

Exit codes: 0 all valid, 1 some invalid, 2 bad input.
`

const OPTIONS = {
  file: { type: 'string' },
  at: { type: 'string' },
  region: { type: 'string', multiple: true, default: [] as string[] },
  service: { type: 'string', multiple: true, default: [] as string[] },
  output: { type: 'string', default: 'text' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const RENDERERS: ReadonlyMap<string, typeof renderText> = new Map([
  ['text', renderText],
  ['json', renderJson],
])

interface Options {
  readonly file: string
  readonly setting: Setting
  readonly render: typeof renderText
}

/** What the command touches; tests bring their own. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream
  print(text: string): void
  complain(text: string): void
}

/** `berth iam explain-signature`. Returns the exit code. */
export async function explainSignatures(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const options = parseOptions(args)
    if (options === undefined) {
      terminal.print(HELP)
      return 0
    }
    const { file, setting, render } = options
    const questions = await readQuestions(file, setting, terminal.input)
    const judged = questions.map((question) => ({ id: question.id, ...explainSignature(question) }))
    for (const one of judged) terminal.print(render(one))
    return judged.every(({ valid }) => valid) ? 0 : 1
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    terminal.complain(`berth iam explain-signature: ${printable(error.message)}\n`)
    return 2
  }
}

function parseOptions(args: readonly string[]): Options | undefined {
  const values = readOptions(args)
  if (values.help) return undefined
  if (values.file === undefined) throw new BadInput('--file FILE is missing; --file - reads standard input')
  const at = values.at === undefined ? null : parseSdkDate(values.at)
  if (at === undefined) throw new BadInput('--at takes a time of the form 20260521T080000Z')
  const render = RENDERERS.get(values.output)
  if (render === undefined) throw new BadInput('--output takes text or json')
  return { file: values.file, setting: { at, regions: values.region, services: values.service }, render }
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values
  } catch (error) {
    throw new BadInput(error instanceof Error ? error.message : String(error))
  }
}

async function readQuestions(file: string, setting: Setting, input: Terminal['input']): Promise<readonly Question[]> {
  const name = file === '-' ? 'standard input' : file
  const content = file === '-' ? await readAll(input) : readFile(file)
  try {
    return parseQuestions(content, setting)
  } catch (error) {
    throw error instanceof BadInput ? new BadInput(`${name}: ${error.message}`) : error
  }
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException
    throw new BadInput(`${file} cannot be read: ${code}`)
  }
}
