import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface ProcessCost {
  readonly wallMs: number
  /** User and system time of the process and of everything below it that it waited for. */
  readonly cpuMs: number
  readonly exitCode: number
}

const MEASURE = `
import json, os, resource, subprocess, sys, time
started = time.monotonic()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"wallMs": (time.monotonic() - started) * 1000, "cpuMs": (usage.ru_utime + usage.ru_stime) * 1000, "exitCode": code}))
`

/** Runs a command to its end and says what it cost. */
export const measureProcess = async (
  command: readonly string[],
  options: { readonly cwd?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<ProcessCost> => {
  const { stdout } = await run('python3', ['-c', MEASURE, ...command], {
    env: { ...process.env, ...options.environment },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  return JSON.parse(stdout)
}

/** Resident memory of a process, in MiB. */
export const residentMiB = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024
}
