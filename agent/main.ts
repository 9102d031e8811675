import { runAgentCommand } from './command.ts'

const ended = new Promise<void>((resolve) => {
  // a second signal must not end the clean-up that the first began
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
})

process.exitCode = await runAgentCommand(process.argv.slice(2), {
  environment: process.env,
  print: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
  ended,
})
