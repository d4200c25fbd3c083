/** How one flow of one client went. `absent`: this client does not have what the flow uses. */
export interface FlowResult {
  readonly flow: string
  readonly outcome: 'passed' | 'failed' | 'absent'
  readonly seconds: number
  /** The traceback of a failure. */
  readonly detail: string
}

/** The results among the lines that a client process printed: its flows print a JSON object each, libraries print what they like. */
export const parseResults = (stdout: string): FlowResult[] =>
  stdout.split('\n').flatMap((line) => {
    if (!line.startsWith('{"flow"')) return []
    const result: FlowResult = JSON.parse(line)
    return [result]
  })
