import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startServerOn, STORES } from './clients/stores.ts'
import { printTable } from './clients/print-table.ts'
import { corpus } from './corpus/corpus.ts'
import { ACCEPTED } from './differential/accepted.ts'
import { compare, type Difference } from './differential/compare.ts'
import { judge } from './differential/judge.ts'
import { MLFLOW_SERVER_VERSION, startMlflowServer } from './differential/mlflow-server.ts'
import { type Performance, play } from './differential/play.ts'

const { postgres } = inject('services')
const PLAY_LIMIT_MS = 600_000
const areas = [...new Set(corpus.map(({ title }) => title.split(':')[0] ?? ''))]

test('every request of the corpus has a title of its own, and accepted differences name such titles', () => {
  const titles = new Set(corpus.map(({ title }) => title))
  expect(titles.size).toBe(corpus.length)
  expect(
    ACCEPTED.flatMap(({ requests }) => (requests === 'any' ? [] : requests)).filter((title) => !titles.has(title)),
  ).toEqual([])
})

describe(`the same requests to mlflow server ${MLFLOW_SERVER_VERSION} and to ours`, () => {
  let mlflow: Performance | undefined
  const obstacle = `mlflow ${MLFLOW_SERVER_VERSION} is not to be had: the package index does not answer`

  beforeAll(async () => {
    await using server = await startMlflowServer()
    if (server !== undefined) mlflow = await play(server.url, corpus)
  }, PLAY_LIMIT_MS)

  describe.each(STORES)('on %s', (store) => {
    const noStore = store === 'Postgres' && !postgres.isAvailable ? postgres.reason : undefined
    let differences: readonly Difference[] = []

    beforeAll(async () => {
      if (mlflow === undefined || noStore !== undefined) return
      await using server = await startServerOn(store, postgres)
      differences = compare(corpus, mlflow, await play(server.url, corpus))
    }, PLAY_LIMIT_MS)

    afterAll(() => {
      if (mlflow === undefined || noStore !== undefined) return
      printTable(
        `Requests on ${store}, compared with mlflow server ${MLFLOW_SERVER_VERSION}`,
        ['area', 'requests', 'with an accepted difference', 'with another difference'],
        areas.map((area) => countArea(area, differences)),
      )
    })

    test.for(areas)('%s: answers as MLflow, or differs as listed', (area, { skip }) => {
      skip(mlflow === undefined || noStore !== undefined, noStore ?? obstacle)
      const { unlisted } = judge(differences, ACCEPTED)
      expect(unlisted.filter(({ title }) => title.startsWith(`${area}:`)).map(describeDifference)).toEqual([])
    })

    test('every accepted difference still occurs', ({ skip }) => {
      skip(mlflow === undefined || noStore !== undefined, noStore ?? obstacle)
      expect(judge(differences, ACCEPTED).stale).toEqual([])
    })
  })
})

const describeDifference = ({ title, at, mlflow, ours }: Difference): string =>
  `${title}, ${at}: ${excerpt(mlflow)} there, ${excerpt(ours)} here`

const excerpt = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 300)

const countArea = (area: string, differences: readonly Difference[]): string[] => {
  const isOfArea = ({ title }: { readonly title: string }): boolean => title.startsWith(`${area}:`)
  const isForAll = (at: string): boolean => ACCEPTED.some((entry) => entry.requests === 'any' && entry.at.test(at))
  const own = differences.filter((difference) => isOfArea(difference) && !isForAll(difference.at))
  const bad = new Set(
    judge(differences, ACCEPTED)
      .unlisted.filter(isOfArea)
      .map(({ title }) => title),
  )
  const accepted = new Set(own.map(({ title }) => title).filter((title) => !bad.has(title)))
  return [area, String(corpus.filter(isOfArea).length), String(accepted.size), String(bad.size)]
}
