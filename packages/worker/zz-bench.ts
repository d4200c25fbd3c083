import { createEngineStore, createTrackingStore } from '@tidemill/store-postgres'
import { createTestDatabase, createNoOpExecutor, createScriptedExecutor, startRedisServer, waitFor, SUCCEEDED } from '@tidemill/testkit'
import { startWorker, createBullmqDispatcher, createMemoryDispatcher } from './src/index.ts'
import { isTerminalWorkflowRun, NO_RETRY } from '@tidemill/core'
const kind = process.argv[2] as 'pglite'|'postgres'
const { database, drop } = await createTestDatabase(kind, 'postgresql://postgres@127.0.0.1:55432/postgres')
const engine0 = createEngineStore(database)
const trace: any[] = []
const engine = process.argv[6] !== 'trace' ? engine0 : new Proxy(engine0, { get: (t: any, p) => { const v = t[p]; if (typeof v !== 'function' || p === 'onWake') return v; return async (...a: any[]) => { const t0 = performance.now(); try { return await v.apply(t, a) } finally { trace.push([p, t0, performance.now()]) } } } })
const tracking = await createTrackingStore(database, { defaultArtifactRoot: 'mlflow-artifacts:/' })
const redis = await startRedisServer()
const dispatcher = kind === 'pglite' ? createMemoryDispatcher() : createBullmqDispatcher({ redisUrl: redis!.service.isAvailable ? redis!.service.url : '' })
const logger = { debug(){}, info(){}, warn: console.warn, error: console.error }
const executor = process.argv[3] === 'lines' ? createScriptedExecutor(() => ({ kind: 'end', end: SUCCEEDED, lines: ['hello'] })) : createNoOpExecutor()
const worker = await startWorker({ engine, tracking, dispatcher, executor, archiveLog: async (_u,_p,c) => { for await (const _ of c); }, trackingUri: 'x', concurrency: Number(process.argv[5] ?? 16), logger })
const submit = (cells: number) => engine.submit({ experimentId: '0', source: { kind: 'git', uri: 'u', location: 'u', subdirectory: '', sourceName: 'u' }, spec: { environment: { kind: 'python_env' }, entryPoints: [{ name: 'a', command: 'true', parameters: [] }], workflows: [] }, target: { kind: 'workflow', workflow: { name: 'main', parameters: [], steps: [{ key: 'a', entryPoint: 'a', needs: [], parameters: [], matrix: [{ name: 'x', values: Array.from({ length: cells }, (_, i) => String(i)) }], retry: NO_RETRY }] } }, parameters: {}, buildImage: false, priority: 0, labels: [], tags: [], userId: '' })
const done = async (id: string) => { for (;;) { const { rows } = await (await import('../store-postgres/node_modules/kysely/dist/index.js')).sql`select state, ended_at from workflow_run where workflow_run_id = ${id}`.execute(database.db as never) as any; if (rows[0].ended_at) return rows[0]; await new Promise(r => setTimeout(r, 50)) } }
// latency
const lat: number[] = []
let resolveLine: (() => void) | undefined
await engine.onWake((w) => { if (w.topic === 'logs') resolveLine?.() })
for (let i = 0; i < 20; i++) {
  const lines = process.argv[3] === 'lines'
  const line = new Promise<void>((r) => { resolveLine = r })
  const t = performance.now()
  const { workflowRun } = await submit(1)
  if (lines) await line
  if (i === 15 && process.argv[6] === 'trace') for (const [p, a, b] of trace.filter((x) => x[2] >= t)) console.log(String(p), (a - t).toFixed(1), '->', (b - t).toFixed(1))
  lat.push(performance.now() - t)
  await done(workflowRun.workflowRunId)
}
lat.sort((a, b) => a - b)
console.log('latency p50', lat[10]!.toFixed(1), 'max', lat.at(-1)!.toFixed(1))
const n = Number(process.argv[4] ?? 500)
const t = performance.now(); const c = process.cpuUsage()
const { workflowRun } = await submit(n)
const ids = [workflowRun.workflowRunId]
for (const id of ids) console.log((await done(id)).state)
const ms = performance.now() - t; const cpu = process.cpuUsage(c)
console.log(n, 'steps', (n / ms * 1000).toFixed(0), '/s; cpu ms/step', ((cpu.user + cpu.system) / 1000 / n).toFixed(2))
const t2 = performance.now()
const runs = await Promise.all(Array.from({ length: 200 }, () => submit(1)))
await Promise.all(runs.map((r) => done(r.workflowRun.workflowRunId)))
console.log('200 separate runs', (200 / (performance.now() - t2) * 1000).toFixed(0), '/s')
await worker[Symbol.asyncDispose](); await dispatcher[Symbol.asyncDispose](); await drop(); await redis?.stop()
