/** Where one server's update stands, as ShowJobDetail tells it. */
export interface ServerProgress {
  readonly name: string
  readonly status: string
  readonly step: string
  readonly attempt: number
  readonly seconds: number
  readonly error: string
}

export interface ProgressDisplay {
  show(servers: readonly ServerProgress[]): void
}

interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** One line a server: redrawn in place on a terminal, printed at each change of step elsewhere. */
export function progressDisplay(output: Output): ProgressDisplay {
  return output.isTTY ? redrawing(output) : plain(output)
}

const MARKS: Readonly<Record<string, string>> = { SUCCESS: '✓', FAILED: '✗', ROLLBACK: '↩' }

export function renderProgress(server: ServerProgress): string {
  const mark = MARKS[server.status] ?? '·'
  const attempt = server.attempt > 1 ? `attempt ${server.attempt}` : ''
  const columns = [
    server.name.padEnd(28),
    server.step.padEnd(13),
    `${server.seconds.toFixed(1).padStart(6)} s`,
    attempt,
  ]
  return `${mark} ${columns.join('  ').trimEnd()}${server.error === '' ? '' : `  ${server.error}`}`
}

function redrawing(output: Output): ProgressDisplay {
  let drawn = 0
  return {
    show: (servers) => {
      const width = output.columns ?? 80
      const lines = servers.map((server) => `\x1b[2K${renderProgress(server).slice(0, width)}\n`)
      output.write((drawn > 0 ? `\x1b[${drawn}A` : '') + lines.join(''))
      drawn = servers.length
    },
  }
}

function plain(output: Output): ProgressDisplay {
  const shown = new Map<string, string>()
  return {
    show: (servers) => {
      for (const server of servers) {
        const key = `${server.step} ${server.attempt} ${server.status}`
        if (shown.get(server.name) === key) continue
        shown.set(server.name, key)
        output.write(`  ${renderProgress(server)}\n`)
      }
    },
  }
}
