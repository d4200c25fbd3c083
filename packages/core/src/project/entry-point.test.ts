import { expect, test } from 'vitest'
import { InvalidParameterValueError } from '../errors.ts'
import { resolveEntryPoint } from './entry-point.ts'
import type { EntryPoint } from './project.ts'

const spec = (...names: string[]): { entryPoints: EntryPoint[] } => ({
  entryPoints: names.map((name) => ({ name, command: `run ${name}`, parameters: [] })),
})

test('prefers a declared entry point to a script of that name', () => {
  expect(resolveEntryPoint(spec('a.py'), 'a.py').command).toBe('run a.py')
})

test.for([
  ['train.py', 'python train.py'],
  ['sub/a b.py', "python 'sub/a b.py'"],
  ['run.sh', '/bin/bash run.sh'],
  ['fit.R', `Rscript -e "mlflow::mlflow_source('fit.R')" --args`],
  ['{x}.py', "python '{{x}}.py'"],
  ['.hidden.py', 'python .hidden.py'],
] as const)('makes an entry point of the script %s', ([name, command]) => {
  expect(resolveEntryPoint(spec('main'), name, '/bin/bash')).toEqual({ name, command, parameters: [] })
})

test.for(['train.PY', '.py', 'dir/.sh', 'train', '-c.py', '$(touch PWN).R', 'a.py.txt', ''])(
  'does not take %s for a script',
  (name) => {
    expect(() => resolveEntryPoint(spec('main'), name)).toThrow(InvalidParameterValueError)
  },
)

test('says what there is, in the words of MLflow, and what to do', () => {
  expect(() => resolveEntryPoint(spec('main', "it's"), 'mian')).toThrow(
    `Could not find mian among entry points ['main', "it's"] or interpret mian as a runnable script. ` +
      `Supported script file extensions: ['.py', '.sh']. Did you mean 'main'?`,
  )
  expect(() => resolveEntryPoint(spec(), 'main')).toThrow('name a script of it with -e, for example -e train.py')
})
