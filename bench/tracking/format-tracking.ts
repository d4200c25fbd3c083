import { CONTENDERS, type ContenderName, isOurs } from '../contenders/contender.ts'
import { median } from '../processes/quantile.ts'
import type { Work } from '../works/work.ts'
import type { Measurement } from './measure.ts'
import type { TrackingReport } from './tracking.ts'

/** The report as Markdown: costs, ratios with their goals, open loops, starts. */
export const formatTracking = (report: TrackingReport, works: readonly Work[]): string => {
  const measured = works.filter((work) => report.measurements.some(({ work: name }) => name === work.name))
  return [
    `${report.date.slice(0, 10)}, ${report.machine.processors}, ${report.machine.memoryGiB} GiB, Linux ${report.machine.kernel}, Node ${report.machine.node}, Postgres ${report.postgres}; ${report.rounds} rounds of ${report.seconds} s.`,
    table(
      ['work', 'server', 'CPU ms per call', 'calls/s', 'p50 / p95 / p99 ms', 'peak MiB'],
      measured.flatMap((work) => costRows(report, work)),
    ),
    table(
      ['work', 'against', 'CPU ratio', 'goal', 'reached', 'calls/s ratio'],
      measured.flatMap((work) => ratioRows(report, work)),
    ),
    table(
      ['open loop at half the rate', 'server', 'calls/s', 'p50 / p95 / p99 ms'],
      measured.flatMap((work) => openRows(report, work)),
    ),
    table(
      ['server', 'start to first 200', 'CPU of the start', 'idle', 'loaded, highest', 'processes'],
      report.starts.map(({ contender, label, startMs, startCpuMs, idleMiB, processes }) => [
        label,
        `${Math.round(startMs)} ms`,
        `${Math.round(startCpuMs)} ms`,
        `${Math.round(idleMiB)} MiB`,
        `${Math.round(Math.max(...report.measurements.filter((each) => each.contender === contender).map(({ peakMiB }) => peakMiB)))} MiB`,
        String(processes),
      ]),
    ),
  ].join('\n\n')
}

const of = (report: TrackingReport, work: Work, contender: ContenderName, loop: Measurement['loop']): Measurement[] =>
  report.measurements.filter(
    (each) => each.work === work.name && each.contender === contender && each.loop === loop && each.errors === 0,
  )

const labelOf = (report: TrackingReport, contender: ContenderName): string =>
  report.starts.find((start) => start.contender === contender)?.label ?? contender

const costRows = (report: TrackingReport, work: Work): string[][] =>
  CONTENDERS.flatMap((contender) => {
    const measurements = of(report, work, contender, 'closed')
    if (measurements.length === 0) return []
    const middle = (figure: (measurement: Measurement) => number): number => median(measurements.map(figure))
    const costs = measurements.map(({ cpuMsPerCall }) => cpuMsPerCall)
    const transfer = work.name.startsWith('artifact')
      ? `, ${Math.round(middle((each) => each.mibPerSecond))} MiB/s`
      : ''
    return [
      [
        work.title,
        labelOf(report, contender),
        `${show(median(costs))} (${show(Math.min(...costs))} to ${show(Math.max(...costs))})`,
        `${show(middle((each) => each.callsPerSecond))}${transfer}`,
        latencies(middle),
        show(Math.max(...measurements.map(({ peakMiB }) => peakMiB))),
      ],
    ]
  })

const ratioRows = (report: TrackingReport, work: Work): string[][] =>
  CONTENDERS.filter((name) => !isOurs(name)).flatMap((peer) => {
    const ours: ContenderName = peer === 'mlflow-sqlite' ? 'tidemill-embedded' : 'tidemill'
    const [theirCosts, ourCosts] = [of(report, work, peer, 'closed'), of(report, work, ours, 'closed')]
    if (theirCosts.length === 0 || ourCosts.length === 0) return []
    const middle = (all: readonly Measurement[], figure: (measurement: Measurement) => number): number =>
      median(all.map(figure))
    const cpu = middle(theirCosts, (each) => each.cpuMsPerCall) / middle(ourCosts, (each) => each.cpuMsPerCall)
    const rate = middle(ourCosts, (each) => each.callsPerSecond) / middle(theirCosts, (each) => each.callsPerSecond)
    const goal = work.goals[peer]
    return [
      [
        work.title,
        labelOf(report, peer),
        `${show(cpu)}x`,
        goal === undefined ? '' : `${goal}x`,
        goal === undefined ? '' : cpu >= goal ? 'yes' : '**no**',
        `${show(rate)}x`,
      ],
    ]
  })

const openRows = (report: TrackingReport, work: Work): string[][] =>
  CONTENDERS.flatMap((contender) =>
    of(report, work, contender, 'open').map((each) => [
      work.title,
      labelOf(report, contender),
      show(each.callsPerSecond),
      latencies((figure) => figure(each)),
    ]),
  )

const latencies = (of: (figure: (measurement: Measurement) => number) => number): string =>
  [of((each) => each.p50Ms), of((each) => each.p95Ms), of((each) => each.p99Ms)].map(show).join(' / ')

const show = (value: number): string =>
  value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(value >= 10 ? 3 : 2)))

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.length === 0 ? '' : [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
