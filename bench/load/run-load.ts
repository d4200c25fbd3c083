import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { GeneratorMessage, GeneratorOrder, LoadJob, LoadResult } from './job.ts'

/**
 * Runs the job in a generator process. `onWarm` is awaited between warm-up and measurement, `onDone` called at the end.
 * Rejects when the generator dies.
 */
export const runLoad = async (job: LoadJob, onWarm: () => Promise<void>): Promise<LoadResult> => {
  const child = fork(new URL('./generator.ts', import.meta.url), {
    execArgv: ['--conditions=@tidemill/source'],
    // JSON has no NaN, which the quantiles of no calls are.
    serialization: 'advanced',
  })
  const order = (message: GeneratorOrder): void => {
    child.send(message)
  }
  const exited = once(child, 'exit')
  const result = new Promise<LoadResult>((resolve, reject) => {
    child.on('message', (message: GeneratorMessage) => {
      if (message.kind === 'done') resolve(message.result)
      else onWarm().then(() => order({ kind: 'go' }), reject)
    })
    child.once('exit', (code, signal) => reject(new Error(`The load generator ended with ${code ?? signal}`)))
  })
  order({ kind: 'job', job })
  try {
    return await result
  } finally {
    if (child.exitCode === null && child.connected) child.disconnect()
    child.kill()
    await exited
  }
}
