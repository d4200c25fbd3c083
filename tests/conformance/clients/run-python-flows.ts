import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { PythonClient } from './environments.ts'
import { type FlowResult, parseResults } from './flow-result.ts'
import { outputOf } from './output.ts'

const main = join(import.meta.dirname, '../flows/main.py')
const LIMIT_MS = 240_000

/** Runs every flow in one process of the client against the server. Rejects when the process ends before its flows. */
export const runPythonFlows = async (client: PythonClient, trackingUri: string): Promise<FlowResult[]> => {
  const child = spawn(client.python, [main], {
    env: { ...process.env, ...client.environment, MLFLOW_TRACKING_URI: trackingUri },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
  })
  const { code, stdout, stderr } = await outputOf(child)
  if (code !== 0)
    throw new Error(`mlflow ${client.version} ended with ${code}:\n${stdout.slice(-500)}\n${stderr.slice(-3000)}`)
  return parseResults(stdout)
}
