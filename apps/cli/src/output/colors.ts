import pc from 'picocolors'

/**
 * Colours for a terminal, none for a pipe or a file. `hasColors` heeds NO_COLOR, FORCE_COLOR and TERM; picocolors' own
 * guess would also colour every pipe of a CI job.
 */
export const colors = pc.createColors(process.stdout.isTTY === true && process.stdout.hasColors())
