import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expandRequirements } from './requirement-lines.ts'

let base: string
let root: string

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'tidemill-requirements-')))
  root = join(base, 'project')
  await mkdir(join(root, 'sub', 'lib'), { recursive: true })
  await writeFile(join(base, 'secret.txt'), 'secret\n')
  await writeFile(join(root, 'plain.txt'), '# comment\nnumpy==1.26 \\\n  --hash=sha256:x\n\npandas # why\n')
  await writeFile(join(root, 'sub', 'nested.txt'), '-r more.txt\nscipy\n')
  await writeFile(join(root, 'sub', 'more.txt'), 'zlib-ng\n')
  await writeFile(join(root, 'loop.txt'), '-r loop.txt\n')
  await symlink(join(base, 'secret.txt'), join(root, 'link.txt'))
})
afterAll(() => rm(base, { recursive: true }))

test.each<[string, string[], string[]]>([
  ['a name', ['mlflow>=3'], ['mlflow>=3']],
  ['an included file, joined and without comments', ['-r plain.txt'], ['numpy==1.26   --hash=sha256:x', 'pandas']],
  ['files relative to the file that names them', ['--requirement=sub/nested.txt'], ['zlib-ng', 'scipy']],
  ['an option with a URL', ['--extra-index-url https://h/simple'], ['--extra-index-url https://h/simple']],
  ['a direct reference', ['x @ https://h/x.whl', 'git+https://h/x'], ['x @ https://h/x.whl', 'git+https://h/x']],
  ['a marker', ["x; python_version > '3'"], ["x; python_version > '3'"]],
])('%s', async (_name, lines, expanded) => {
  expect(await expandRequirements(lines, root)).toEqual({ lines: expanded, constraints: new Map(), usesProject: false })
})

test.each<[string, string]>([
  ['.', ''],
  ['-e .', ''],
  ['./sub/lib', '/sub/lib'],
  ['-e sub/lib', '/sub/lib'],
  ['./sub/lib[extra]', '/sub/lib[extra]'],
  ["./sub/lib ; python_version > '3'", "/sub/lib ; python_version > '3'"],
])('%s is a folder of the project, not editable', async (line, path) => {
  const { lines, usesProject } = await expandRequirements([line], root)
  expect([lines, usesProject]).toEqual([[root + path], true])
})

test('a constraint file stays one', async () => {
  const { lines, constraints } = await expandRequirements(['-c plain.txt', 'x'], root)
  expect(lines).toEqual(['x'])
  expect([...constraints.keys()]).toEqual([join(root, 'plain.txt')])
})

test.each([
  ['-r ../secret.txt', /outside the project/],
  ['-r link.txt', /outside the project/],
  ['-c /etc/passwd', /outside the project/],
  ['../other', /has no file/],
  ['-r missing.txt', /no file 'missing\.txt'/],
  ['-r loop.txt', /more than 10 deep/],
])('%s is refused', async (line, message) => {
  await expect(expandRequirements([line], root)).rejects.toThrow(message)
})
