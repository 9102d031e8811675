// `npm test`, `npm run check|gen|e2e|bench`: sets up and runs a task on the pinned Node.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureInstalled, NODE, ROOT } from './setup.mjs'

ensureInstalled()
const result = spawnSync(NODE, [join(ROOT, 'tools', 'tasks.ts'), ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
})
process.exitCode = result.status ?? 1
