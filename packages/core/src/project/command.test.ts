import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { InvalidParameterValueError } from '../errors.ts'
import { buildCommand, checkCommand } from './command.ts'
import type { EntryPoint } from './project.ts'
import { quoteForShell } from './shell-quote.ts'

const entryPoint = (command: string, ...names: string[]): EntryPoint => ({
  name: 'main',
  command,
  parameters: names.map((name) => ({ name, type: 'string' })),
})

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')) as T

test.for(read<{ in: string; out: string }[]>('quoting.json'))('quotes $in as shlex.quote does', (vector) => {
  expect(quoteForShell(vector.in)).toBe(vector.out)
})

const templates = read<{ values: Record<string, string>; cases: { template: string; out: string }[] }>('templates.json')

test.for(templates.cases)('fills $template as str.format does', ({ template, out }) => {
  const values = Object.entries(templates.values).map(([name, value]) => ({ name, value }))
  expect(buildCommand(entryPoint(template, ...Object.keys(templates.values)), values)).toBe(out)
})

test('appends undeclared parameters as options in the order given', () => {
  const parameters = [
    { name: 'data', value: '/tmp/d.csv' },
    { name: 'lr', value: '0.1' },
    { name: 'seed', value: '7' },
    { name: 'note', value: 'two words' },
  ]
  expect(buildCommand(entryPoint('python train.py {data} --lr {lr}', 'data', 'lr'), parameters)).toBe(
    "python train.py /tmp/d.csv --lr 0.1 --seed 7 --note 'two words'",
  )
})

test('keeps the line end of a block command, and drops it before appended options', () => {
  const block = entryPoint('python a.py\n')
  expect(buildCommand(block, [])).toBe('python a.py\n')
  expect(buildCommand(block, [{ name: 'k', value: 'v' }])).toBe('python a.py --k v')
})

test('does not read substituted text again', () => {
  expect(
    buildCommand(entryPoint('echo {a} {b}', 'a', 'b'), [
      { name: 'a', value: '{b}' },
      { name: 'b', value: '1' },
    ]),
  ).toBe("echo '{b}' 1")
})

test.for([
  ['{', 'single'],
  ['a }', 'single'],
  ['{a}}', 'single'],
  ['{}', 'no parameter name'],
  ['{0}', 'no parameter name'],
  ['{a.b}', 'reaches into'],
  ['{a[0]}', 'reaches into'],
  ['{a!r}', 'undo the quotes'],
  ['{a!x}', 'undo the quotes'],
  ['{a:.3}', 'cannot use'],
  ['{a:{b}}', 'single'],
  ['{a:>9999}', 'cannot use'],
  ['{zz}', "declare 'zz'"],
  ['{ a }', "did you mean 'a'?"],
  ['echo ${HOME}', 'write ${{HOME}} for a shell variable'],
  ["awk '{print $1}'", 'write {{print $1}} when the braces'],
] as const)('refuses the template %s and says %s', ([template, message]) => {
  const subject = entryPoint(template, 'a')
  const problems = checkCommand(subject).filter(({ severity }) => severity === 'error')
  expect(problems.map((problem) => `${problem.message} (${problem.hint})`).join('\n')).toContain(message)
  expect(() => buildCommand(subject, [{ name: 'a', value: 'x' }])).toThrow(InvalidParameterValueError)
})

test.for([
  ['python t.py "{a}"', true],
  ["python t.py '{a}'", true],
  ['echo "x \\" {a}"', true],
  ['echo "x" {a}', false],
  ["echo it\\'s {a}", false],
  ['python t.py --a {a} --b "c"', false],
] as const)('tells whether a placeholder stands between quotes in %s: %s', ([template, isQuoted]) => {
  expect(checkCommand(entryPoint(template, 'a')).some(({ severity }) => severity === 'warning')).toBe(isQuoted)
})

test('refuses an empty command', () => {
  expect(checkCommand(entryPoint(' \n'))).toMatchObject([{ severity: 'error', message: 'the command is empty' }])
})
