import type { Reading } from '../metrics/measure.ts'

/** Looks at the host. May reject: then that look is left out. */
export interface MetricsDriver {
  read(): Promise<Reading>
}
