import { readFileSync } from 'node:fs'
import { isErrno } from './errno.ts'

/**
 * Tells a process from a later one with its pid: field 22 of /proc/<pid>/stat, in clock ticks since boot; `alive` where
 * there is no /proc. Undefined: no such process.
 */
export const processStart = (pid: number): string | undefined => {
  if (process.platform !== 'linux') return isAlive(pid) ? 'alive' : undefined
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name is in parentheses and may hold blanks, so fields count from behind it.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return undefined
    throw error
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isErrno(error, 'EPERM')
  }
}
