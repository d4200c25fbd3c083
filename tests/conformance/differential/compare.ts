import type { Exchange } from '../corpus/exchange.ts'
import { normaliser } from './normalise.ts'
import type { Answer, Performance } from './play.ts'

/** One place where the two answers to a request are not the same. */
export interface Difference {
  readonly title: string
  /** `status`, `header content-type`, `body` or a path into it: `error_code`, `runs[0].info.status`. */
  readonly at: string
  readonly mlflow: unknown
  readonly ours: unknown
}

/** Where the answers to the corpus differ, in its order. */
export const compare = (corpus: readonly Exchange[], mlflow: Performance, ours: Performance): Difference[] => {
  const normalTheirs = normaliser(mlflow)
  const normalOurs = normaliser(ours)
  return corpus.flatMap((exchange) => {
    const theirs = mlflow.answers.get(exchange.title)
    const own = ours.answers.get(exchange.title)
    if (theirs === undefined || own === undefined) throw new Error(`No answer to '${exchange.title}'`)
    const found: Omit<Difference, 'title'>[] = []
    if (theirs.status !== own.status) found.push({ at: 'status', mlflow: theirs.status, ours: own.status })
    for (const name of exchange.compareHeaders) {
      if (theirs.headers[name] !== own.headers[name]) {
        found.push({ at: `header ${name}`, mlflow: theirs.headers[name], ours: own.headers[name] })
      }
    }
    // A page for people on one side and an error object on the other: what it says is not for programs.
    if (theirs.status >= 400 && own.status >= 400 && isPage(theirs))
      return found.map((item) => ({ title: exchange.title, ...item }))
    differences('', normalTheirs(theirs.body), normalOurs(own.body), found)
    return found.map((item) => ({ title: exchange.title, ...item }))
  })
}

const isPage = ({ headers }: Answer): boolean => String(headers['content-type']).startsWith('text/html')

const differences = (at: string, mlflow: unknown, ours: unknown, found: Omit<Difference, 'title'>[]): void => {
  if (isObject(mlflow) && isObject(ours)) {
    for (const key of new Set([...Object.keys(mlflow), ...Object.keys(ours)])) {
      differences(at === '' ? key : `${at}.${key}`, mlflow[key], ours[key], found)
    }
    return
  }
  if (Array.isArray(mlflow) && Array.isArray(ours) && mlflow.length === ours.length) {
    for (const [index, item] of mlflow.entries()) differences(`${at}[${index}]`, item, ours[index], found)
    return
  }
  if (JSON.stringify(mlflow) !== JSON.stringify(ours)) found.push({ at: at === '' ? 'body' : at, mlflow, ours })
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
