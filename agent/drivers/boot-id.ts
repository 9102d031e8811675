import { readFile } from 'node:fs/promises'

const MAX_LENGTH = 64

/** The kernel draws a new boot id with every boot. */
export async function readBootId(path: string): Promise<string> {
  const text = (await readFile(path, 'utf8')).trim()
  if (text === '' || text.length > MAX_LENGTH) throw new Error(`${path} holds no boot id`)
  return text
}
