import type { EngineStore } from '@tidemill/core'

/**
 * Keeps a file below the artifact root of a run: `artifactUri` as the run has it, `relativePath` `/`-separated.
 * The content is read once, from its beginning.
 */
export type LogArchive = (
  artifactUri: string,
  relativePath: string,
  content: AsyncIterable<Uint8Array>,
) => Promise<void>

const LINES_PER_READ = 500

/** The stored log of an attempt, a line each, in pages so that its size does not matter. */
export async function* readLogText(engine: EngineStore, attemptId: string): AsyncGenerator<Uint8Array> {
  let from = 1
  for (;;) {
    const { lines } = await engine.readLogs(attemptId, from, LINES_PER_READ)
    const last = lines.at(-1)
    if (last === undefined) return
    yield Buffer.from(lines.map(({ text }) => `${text}\n`).join(''))
    from = last.number + 1
  }
}
