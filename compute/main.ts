import { runComputeCommand } from './command.ts'

const ended = new Promise<void>((done) => {
  // a second signal must not end the clean-up that the first began
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => done())
})

const code = await runComputeCommand(process.argv.slice(2), {
  print: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
  stdinClosed: () => new Promise((done) => process.stdin.on('close', () => done()).resume()),
  ended,
})
process.exit(code)
