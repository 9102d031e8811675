import { join } from 'node:path'
import { buildOnce, runTool } from '../clients/build.ts'

/** Fetches the fuzzer with all that it needs, or finds that done; returns the program. */
export async function prepareFuzzer(): Promise<string> {
  const { output } = await buildOnce('schemathesis', async ({ sources, output }) => {
    await runTool('python3', ['-m', 'venv', output])
    const requirements = join(sources, 'requirements.txt')
    await runTool(join(output, 'bin', 'pip'), ['install', '--quiet', '--no-deps', '--requirement', requirements])
  })
  return join(output, 'bin', 'schemathesis')
}
