import type { ImportReport } from '@tidemill/importer'
import { formatDuration } from './duration.ts'
import { toSafeText } from './safe-text.ts'
import { formatTable } from './table.ts'

const MAX_DIFFERENCES = 20

/** What was done, what was left out, and how the comparison went. */
export const formatImportReport = (report: ImportReport): string => {
  const { imported, files, leftOut, verification } = report
  const verbs =
    report.mode === 'dry-run'
      ? ['WOULD BE NEW', 'WOULD CHANGE', 'ALREADY THERE', 'SKIPPED']
      : ['NEW', 'CHANGED', 'UNCHANGED', 'SKIPPED']
  const tallies = Object.entries(imported).map(([entity, tally]) => [
    entity,
    ...[tally.created, tally.updated, tally.unchanged, tally.skipped].map(format),
  ])
  const parts = [
    `${report.source}, ${formatDuration(report.durationMs)}`,
    ...(report.mode === 'verify' ? [] : [formatTable(['', ...verbs], tallies)]),
    ...(report.mode === 'write'
      ? [
          `${format(report.points)} metric points written, ${format(files.copied)} files copied (${format(files.bytes)} bytes), ${format(files.unchanged)} were there`,
        ]
      : []),
    ...Object.entries(leftOut).map(([what, count]) => `not taken over: ${format(count)} ${what}`),
    ...(report.findingCount === 0
      ? []
      : [`${format(report.findingCount)} things were left out or kept where they are, see above or --report`]),
    ...(verification === undefined ? [] : formatVerification(verification)),
  ]
  return parts.join('\n')
}

const formatVerification = (verification: NonNullable<ImportReport['verification']>): string[] => {
  const { counts, sampled, differences, differenceCount, isEqual } = verification
  const rows = Object.entries(counts).map(([what, { source, target }]) => [what, format(source), format(target)])
  return [
    formatTable(['VERIFIED', 'SOURCE', 'TARGET'], rows),
    `compared one by one: ${format(sampled.points)} points of ${format(sampled.runs)} runs, ${format(sampled.files)} files`,
    ...differences.slice(0, MAX_DIFFERENCES).map((difference) => `  differs: ${toSafeText(difference)}`),
    ...(differenceCount > MAX_DIFFERENCES ? [`  and ${format(differenceCount - MAX_DIFFERENCES)} more`] : []),
    isEqual
      ? 'Everything in the source is in the target.'
      : `${format(differenceCount)} differences. Import again, or look into the report.`,
  ]
}

const format = (count: number): string => count.toLocaleString('en-US')
