import { createScriptedExecutor, type ScriptedExecutor, SUCCEEDED } from './scripted-executor.ts'

/** Steps that succeed at once and write nothing: what is left is the engine. */
export const createNoOpExecutor = (): ScriptedExecutor =>
  createScriptedExecutor(() => ({ kind: 'end', end: SUCCEEDED }))
