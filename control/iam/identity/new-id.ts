import { randomUUID } from 'node:crypto'

/** 32 hexadecimal digits, as ids of IAM are. */
export function newId(): string {
  return randomUUID().replaceAll('-', '')
}
