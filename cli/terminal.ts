/** What a command that does one thing and ends may touch; tests bring their own. */
export interface Terminal {
  readonly input: AsyncIterable<Uint8Array | string>
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
}
