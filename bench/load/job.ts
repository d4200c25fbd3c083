/** A request whose body may hold placeholders, see `body-template.ts`. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  readonly path: string
  /** JSON text. */
  readonly body?: string
  /** Instead of `body`: so many bytes of a fixed pattern. */
  readonly bodyBytes?: number
  /** Field of the answer, 32 characters long, that later calls of the script name as `CAPTURED`. */
  readonly capture?: string
}

/** Calls that one connection makes in this order, again and again. */
export type Script = readonly Call[]

export interface LoadJob {
  readonly origin: string
  /** One for each connection, or dealt out in turn when there are fewer. */
  readonly scripts: readonly Script[]
  readonly connections: number
  readonly warmUpMs: number
  readonly measureMs: number
  /** Ends the measured part early. */
  readonly maxCalls?: number
  /** Calls a second, evenly spaced, whether or not earlier ones are answered. Without it each connection waits. */
  readonly rate?: number
  /** The first number that fills a body's `COUNTER`; seven digits. */
  readonly firstCounter: number
}

export interface LoadResult {
  readonly calls: number
  readonly seconds: number
  readonly errors: number
  readonly firstError?: string
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
  readonly receivedBytes: number
  /** Whole rounds of each connection's script that were acknowledged, warm-up included. */
  readonly rounds: readonly number[]
  /** What each connection captured last; empty when its script captures nothing. */
  readonly captured: readonly string[]
}

/** From the generator: it is warm and waits for `go`; it is done. */
export type GeneratorMessage = { readonly kind: 'warm' } | { readonly kind: 'done'; readonly result: LoadResult }

/** To the generator. */
export type GeneratorOrder = { readonly kind: 'job'; readonly job: LoadJob } | { readonly kind: 'go' }
