/** What modules need of a logger; Fastify's own (pino) fits. Error wakes somebody, warn is looked at tomorrow. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
