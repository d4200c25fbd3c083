import { expect, test } from 'vitest'
import { parsePythonEnv } from './python-env.ts'

test.for([
  ['{}', { buildDependencies: [], dependencies: [] }],
  ['python: 3.10.4', { python: '3.10.4', buildDependencies: [], dependencies: [] }],
  ['python: "3.10"\ndependencies:', { python: '3.10', buildDependencies: [], dependencies: [] }],
  [
    'build_dependencies: [pip, "setuptools<70"]\ndependencies: ["-r requirements.txt", "numpy==2.1 ; python_version > \'3\'"]',
    {
      buildDependencies: ['pip', 'setuptools<70'],
      dependencies: ['-r requirements.txt', "numpy==2.1 ; python_version > '3'"],
    },
  ],
  [
    'dependencies: ["x; touch PWN", "$(touch PWN)"]',
    { buildDependencies: [], dependencies: ['x; touch PWN', '$(touch PWN)'] },
  ],
] as const)('reads %j', ([text, env]) => {
  expect(parsePythonEnv(text, 'python_env.yaml')).toEqual(env)
})

test.for([
  ['', 'is empty'],
  ['[]', 'the file must be a map, but is a list'],
  ['python: 3.10', 'e.yaml:1:9: python must be a string, but is the number 3.1 (quote the version'],
  ['python: 3', 'is the number 3'],
  ['python: "/usr/bin/python"', 'is not a version'],
  ['python: "--help"', 'is not a version'],
  ['dependency: [a]', "unknown key 'dependency' (the keys are"],
  ['dependancies: [a]', "e.yaml:1:1: unknown key 'dependancies' (did you mean 'dependencies'?)"],
  ['dependencies: numpy', 'dependencies must be a list'],
  ['dependencies: [5]', 'must be text, but is the number 5'],
  ['dependencies: [{pip: [a]}]', 'must be text, but is a map'],
  ['dependencies: ["a\\n--index-url http://trap"]', 'has a line break'],
  ['dependencies: ["-r /etc/passwd"]', "'/etc/passwd' is outside of the project"],
  ['dependencies: ["-r../x.txt"]', "'../x.txt' is outside of the project"],
  ['dependencies: ["--constraint=a/../../x"]', 'is outside of the project'],
  ['dependencies: ["-c http://trap/x.txt"]', 'is outside of the project'],
] as const)('refuses %j', ([text, message]) => {
  expect(() => parsePythonEnv(text, 'e.yaml')).toThrow(message)
})
