import { readdir, readFile } from 'node:fs/promises'

/** Of Linux, whatever the kernel's own clock. */
const MS_PER_TICK = 10
const PAGE_MIB = 4096 / 2 ** 20

interface Stat {
  readonly pid: number
  readonly parent: number
  /** User and system time, children that ended and were waited for included. */
  readonly cpuMs: number
  readonly residentMiB: number
}

export interface TreeUsage {
  readonly cpuMs: number
  readonly residentMiB: number
  readonly processes: number
}

/** CPU time so far and resident memory now of the processes and all of their descendants. Linux only. */
export const readTree = async (roots: readonly number[]): Promise<TreeUsage> => {
  const stats = await readStats()
  const children = Map.groupBy(stats, ({ parent }) => parent)
  const found = new Map<number, Stat>()
  const visit = (stat: Stat): void => {
    if (found.has(stat.pid)) return
    found.set(stat.pid, stat)
    for (const child of children.get(stat.pid) ?? []) visit(child)
  }
  for (const stat of stats) if (roots.includes(stat.pid)) visit(stat)
  const all = [...found.values()]
  return {
    cpuMs: all.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    residentMiB: all.reduce((sum, { residentMiB }) => sum + residentMiB, 0),
    processes: all.length,
  }
}

const readStats = async (): Promise<readonly Stat[]> => {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const stats = await Promise.all(names.map(readStat))
  return stats.filter((stat) => stat !== undefined)
}

const readStat = async (pid: string): Promise<Stat | undefined> => {
  let text: string
  try {
    text = await readFile(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // It ended since the folder was listed.
    return undefined
  }
  // The second field is the program's name in parentheses, which may hold anything; the rest starts at field 3.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const number = (field: number): number => Number(fields[field - 3])
  return {
    pid: Number(pid),
    parent: number(4),
    cpuMs: (number(14) + number(15) + number(16) + number(17)) * MS_PER_TICK,
    residentMiB: number(24) * PAGE_MIB,
  }
}
