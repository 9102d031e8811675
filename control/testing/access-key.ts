import { randomBytes, randomUUID } from 'node:crypto'
import type { World } from '../world.ts'

export type AccessKey = World['access_key']

export function newAccessKey(): AccessKey {
  return {
    access: randomUUID().replaceAll('-', '').slice(0, 20).toUpperCase(),
    secret: randomBytes(20).toString('hex'),
  }
}
