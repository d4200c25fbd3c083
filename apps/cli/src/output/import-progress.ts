import type { ProgressState } from '@tidemill/importer'
import { formatDuration } from './duration.ts'
import { createLiveRegion } from './live-region.ts'
import { toSafeText } from './safe-text.ts'

const LIVE_INTERVAL_MS = 200
/** Between lines where nothing can be drawn over. */
const PLAIN_INTERVAL_MS = 5_000
const MAX_NOTES = 50
const MAX_NOTE_LENGTH = 400

export interface ImportProgress {
  update(state: ProgressState): void
  /** Something that was left out. */
  note(text: string): void
  end(): void
}

/** One line that counts on a terminal; elsewhere a line now and then. */
export const createImportProgress = (stream: NodeJS.WriteStream): ImportProgress => {
  const region = stream.isTTY ? createLiveRegion(stream) : undefined
  const interval = region === undefined ? PLAIN_INTERVAL_MS : LIVE_INTERVAL_MS
  let startedAt = performance.now()
  let phase: ProgressState['phase'] | undefined
  let shownAt = performance.now()
  let notes = 0
  const write = (text: string): void => {
    const line = `tidemill: ${toSafeText(text).slice(0, MAX_NOTE_LENGTH)}\n`
    if (region === undefined) stream.write(line)
    else region.above(() => stream.write(line))
  }
  return {
    update: (state) => {
      const now = performance.now()
      if (state.phase !== phase) {
        phase = state.phase
        startedAt = now
        shownAt = now
      }
      if (now - shownAt < interval) return
      shownAt = now
      const line = formatProgress(state, now - startedAt)
      if (region === undefined) stream.write(`${line}\n`)
      else region.draw([line.slice(0, region.columns())])
    },
    note: (text) => {
      notes++
      if (notes <= MAX_NOTES) write(text)
      else if (notes === MAX_NOTES + 1) write('there is more: see the report')
    },
    end: () => region?.draw([]),
  }
}

/** `importing: 1,200 of 5,000 runs, 80/s, 1m left · 3,000,000 points · 40 files` */
export const formatProgress = (state: ProgressState, elapsedMs: number): string => {
  const { phase, doneRuns, totalRuns, points, files } = state
  const perSecond = (doneRuns * 1000) / Math.max(1, elapsedMs)
  const left = totalRuns === undefined || perSecond === 0 ? undefined : ((totalRuns - doneRuns) / perSecond) * 1000
  const runs = [
    totalRuns === undefined ? `${format(doneRuns)} runs` : `${format(doneRuns)} of ${format(totalRuns)} runs`,
    `${format(perSecond)}/s`,
    ...(left === undefined || left <= 0 ? [] : [`${formatDuration(left)} left`]),
  ].join(', ')
  const written = phase === 'importing' ? [`${format(points)} points`, `${format(files.copied)} files`] : []
  return [`${phase}: ${runs}`, ...written].join(' · ')
}

const format = (count: number): string => Math.round(count).toLocaleString('en-US')
