import { chmod, chown, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createProjectFetcher, createProjectResolver, type SourcePolicy } from '@tidemill/projects'
import { serveGitRepository } from '@tidemill/testkit'
import { describe, expect, test } from 'vitest'
import { commitAll, git, setup, type World, writeFiles } from './world.ts'

const MLPROJECT = 'name: demo\nentry_points:\n  main: {command: "echo hello"}\n'
const OWN_MACHINE: SourcePolicy = { allowLocal: true, schemes: ['https', 'ssh', 'git', 'file'] }

const resolverOf = (world: World, policy: SourcePolicy = OWN_MACHINE) =>
  createProjectResolver({ cacheDirectory: join(world.directory, 'cache'), policy })
const fetcherOf = (world: World, policy: SourcePolicy = OWN_MACHINE) =>
  createProjectFetcher({ cacheDirectory: join(world.directory, 'worker-cache'), policy })

/** A repository with two commits: `first` on tag v1 (annotated) and branch old/one, `second` on main. */
const aRepository = async (world: World) => {
  const folder = await world.folder({ MLproject: MLPROJECT, 'sub.d/deep/MLproject': MLPROJECT, 'version.txt': 'one' })
  const first = await commitAll(folder, 'one')
  await git(folder, 'tag', '--annotate', '--message=v1', 'v1')
  await git(folder, 'branch', 'old/one')
  await writeFiles(folder, { 'version.txt': 'two' })
  const middle = await commitAll(folder, 'two')
  await writeFiles(folder, { 'version.txt': 'three' })
  const last = await commitAll(folder, 'three')
  return { folder, first, middle, last, uri: pathToFileURL(folder).href }
}

describe('resolving a Git project', () => {
  test('pins what a version names to a full SHA', async () => {
    await using world = await setup()
    const repository = await aRepository(world)
    const { uri, first, middle, last } = repository
    const resolver = resolverOf(world)
    const versions: [string | undefined, string, string | undefined][] = [
      [undefined, last, undefined],
      ['main', last, 'main'],
      ['old/one', first, 'old/one'],
      ['v1', first, undefined],
      ['refs/heads/old/one', first, undefined],
      [first, first, undefined],
      [middle, middle, undefined],
      [last.slice(0, 7), last, undefined],
      [middle.slice(0, 8), middle, undefined],
    ]
    for (const [version, commit, branch] of versions) {
      const { source } = await resolver.resolve({ uri, ...(version === undefined ? {} : { version }) })
      expect([version, source.commit, source.branch]).toEqual([version, commit, branch])
    }
  })

  test('reads the project of the commit, not of the work tree', async () => {
    await using world = await setup()
    const { folder, uri, last } = await aRepository(world)
    await writeFile(join(folder, 'MLproject'), 'name: changed\n')
    const { source, spec } = await resolverOf(world).resolve({ uri })
    expect(spec.name).toBe('demo')
    expect(source).toEqual({
      kind: 'git',
      uri,
      location: uri,
      subdirectory: '',
      commit: last,
      repositoryUrl: uri,
      sourceName: uri,
    })
  })

  test('finds a subdirectory, with dots in its names', async () => {
    await using world = await setup()
    const { uri } = await aRepository(world)
    const { source, spec } = await resolverOf(world).resolve({ uri: `${uri}#sub.d/deep` })
    expect(source.subdirectory).toBe('sub.d/deep')
    expect(spec.name).toBe('demo')
  })

  test('works over the network, with a bare repository and for a path with blanks', async () => {
    await using world = await setup()
    const { folder, last } = await aRepository(world)
    const served = await serveGitRepository(await world.folder({ MLproject: MLPROJECT }))
    try {
      expect((await resolverOf(world).resolve({ uri: served.uri, version: 'main' })).source.commit).toBe(served.commit)
      expect((await resolverOf(world).resolve({ uri: served.directory })).source.kind).toBe('git')
    } finally {
      await served.stop()
    }
    const odd = join(world.directory, 'a b%20c')
    await git(world.directory, 'clone', '--quiet', folder, odd)
    const { source } = await resolverOf(world).resolve({ uri: pathToFileURL(odd).href })
    expect(source.commit).toBe(last)
  })

  test('reads a repository of another user', async () => {
    if (process.getuid?.() !== 0) return
    await using world = await setup()
    const { folder, uri, last } = await aRepository(world)
    await git(folder, 'config', 'core.sharedRepository', 'all')
    for (const name of ['', '.git']) await chown(join(folder, name), 65534, 65534)
    expect((await resolverOf(world).resolve({ uri })).source.commit).toBe(last)
    expect((await resolverOf(world).resolve({ uri: folder })).source.commit).toBe(last)
  })

  test.each([
    { version: 'mian', message: /no branch, tag or commit 'mian'.*main/s },
    { version: '1234567', message: /no branch, tag or commit '1234567'/ },
    { version: 'f'.repeat(40), message: /no commit f{40}/ },
  ])('says what is there when $version is not', async ({ version, message }) => {
    await using world = await setup()
    const { uri } = await aRepository(world)
    await expect(resolverOf(world).resolve({ uri, version })).rejects.toThrow(message)
  })

  test('names a missing subdirectory, an empty repository and an unreachable host', async () => {
    await using world = await setup()
    const { uri } = await aRepository(world)
    const resolver = resolverOf(world)
    await expect(resolver.resolve({ uri: `${uri}#nowhere` })).rejects.toThrow(/Could not find subdirectory 'nowhere'/)
    const empty = await world.folder({})
    await git(empty, 'init', '--quiet')
    await expect(resolver.resolve({ uri: pathToFileURL(empty).href })).rejects.toThrow(/has no commits/)
    await expect(resolver.resolve({ uri: 'git://127.0.0.1:9/x' })).rejects.toThrow(/Cannot read.*Git said.*refused/s)
  })

  test('several at once share one mirror', async () => {
    await using world = await setup()
    const { uri, last } = await aRepository(world)
    const resolved = await Promise.all(Array.from({ length: 5 }, () => resolverOf(world).resolve({ uri })))
    expect(resolved.map(({ source }) => source.commit)).toEqual(Array(5).fill(last))
    expect(await readdir(join(world.directory, 'cache', 'mirrors'))).toHaveLength(1)
  })
})

describe('resolving a folder', () => {
  test('gives MLflow’s facts of the repository around it', async () => {
    await using world = await setup()
    const { folder, last } = await aRepository(world)
    await git(folder, 'remote', 'add', 'origin', 'https://user:secret@example.org/repo.git')
    const { source } = await resolverOf(world).resolve({ uri: join(folder, 'sub.d/deep') })
    expect(source).toEqual({
      kind: 'folder',
      uri: join(folder, 'sub.d/deep'),
      location: join(folder, 'sub.d/deep'),
      subdirectory: '',
      commit: last,
      repositoryUrl: 'https://example.org/repo.git',
      sourceName: `file://${folder}#sub.d/deep`,
    })
  })

  test('outside of Git has none', async () => {
    await using world = await setup()
    const folder = await world.folder({ MLproject: MLPROJECT })
    const { source } = await resolverOf(world).resolve({ uri: folder })
    expect(source).toEqual({ kind: 'folder', uri: folder, location: folder, subdirectory: '', sourceName: folder })
  })

  test('with a version is a Git source and the user’s tree stays as it is', async () => {
    await using world = await setup()
    const { folder, first } = await aRepository(world)
    const { source } = await resolverOf(world).resolve({ uri: join(folder, 'sub.d'), version: 'v1' })
    expect(source).toMatchObject({ kind: 'git', commit: first, subdirectory: 'sub.d', version: 'v1' })
    expect(await readFile(join(folder, 'version.txt'), 'utf8')).toBe('three')
    expect(await git(folder, 'branch', '--show-current')).toBe('main')
  })

  test.each([
    {
      name: 'a missing folder',
      uri: '/no/such/folder',
      message: /no folder '\/no\/such\/folder', nor is it a Git URI/,
    },
    { name: 'a version without Git', version: 'v1', message: /only supported for Git/ },
    { name: 'a missing subdirectory', suffix: '#nowhere', message: /Could not find subdirectory 'nowhere'/ },
  ])('refuses $name', async ({ uri, suffix = '', version, message }) => {
    await using world = await setup()
    const folder = await world.folder({ MLproject: MLPROJECT })
    const request = { uri: (uri ?? folder) + suffix, ...(version === undefined ? {} : { version }) }
    await expect(resolverOf(world).resolve(request)).rejects.toThrow(message)
  })
})

describe('a source policy', () => {
  const shared: SourcePolicy = { allowLocal: false, schemes: ['https', 'git'], hosts: ['example.org', '.example.com'] }

  test.each([
    { uri: '/etc', message: /does not run projects from its own disk/ },
    { uri: 'file:///etc', message: /'file' are not allowed here/ },
    { uri: 'git@example.org:x/y.git', message: /'ssh' are not allowed here/ },
    { uri: 'https://evil.test/x', message: /host 'evil.test'/ },
    { uri: 'https://notexample.com/x', message: /host 'notexample.com'/ },
  ])('refuses $uri', async ({ uri, message }) => {
    await using world = await setup()
    await expect(resolverOf(world, shared).resolve({ uri })).rejects.toThrow(message)
  })

  test('is checked again by the worker that fetches', async () => {
    await using world = await setup()
    const { uri } = await aRepository(world)
    const { source } = await resolverOf(world).resolve({ uri })
    await expect(fetcherOf(world, shared)(source, join(world.directory, 'target'))).rejects.toThrow(/not allowed here/)
  })
})

describe('fetching a project', () => {
  const target = (world: World) => join(world.directory, 'target')

  test('checks out exactly the pinned commit, also after the branch moved', async () => {
    await using world = await setup()
    const { folder, uri, last } = await aRepository(world)
    const { source } = await resolverOf(world).resolve({ uri, version: 'main' })
    await writeFiles(folder, { 'version.txt': 'four' })
    await commitAll(folder, 'four')
    const directory = await fetcherOf(world)(source, target(world))
    expect(await readFile(join(directory, 'version.txt'), 'utf8')).toBe('three')
    expect(await git(directory, 'rev-parse', 'HEAD')).toBe(last)
    expect(await git(directory, 'status', '--porcelain')).toBe('')
    expect(await git(directory, 'remote', 'get-url', 'origin')).toBe(uri)
  })

  test('needs no remote once the commit is in the mirror', async () => {
    await using world = await setup()
    const { folder, uri } = await aRepository(world)
    const { source } = await resolverOf(world).resolve({ uri })
    await fetcherOf(world)(source, target(world))
    await rm(folder, { recursive: true })
    await fetcherOf(world)(source, join(world.directory, 'again'))
    expect(await readdir(join(world.directory, 'again'))).toContain('MLproject')
  })

  test('answers the subdirectory', async () => {
    await using world = await setup()
    const { uri } = await aRepository(world)
    const { source } = await resolverOf(world).resolve({ uri: `${uri}#sub.d/deep` })
    expect(await fetcherOf(world)(source, target(world))).toBe(join(target(world), 'sub.d/deep'))
  })

  test('writes a committed link as text and runs no hook', async () => {
    await using world = await setup()
    const { folder, uri } = await aRepository(world)
    await symlink('/etc/passwd', join(folder, 'link'))
    const hook = join(folder, '.git', 'hooks', 'post-checkout')
    await writeFile(hook, `#!/bin/sh\ntouch ${join(world.directory, 'PWN')}\n`)
    await chmod(hook, 0o755)
    await commitAll(folder, 'link')
    const { source } = await resolverOf(world).resolve({ uri })
    const directory = await fetcherOf(world)(source, target(world))
    expect(await readFile(join(directory, 'link'), 'utf8')).toBe('/etc/passwd')
    expect(await readdir(world.directory)).not.toContain('PWN')
  })

  test('says that a commit is gone', async () => {
    await using world = await setup()
    const { uri } = await aRepository(world)
    const { source } = await resolverOf(world).resolve({ uri })
    const gone = { ...source, commit: 'a'.repeat(40) }
    await expect(fetcherOf(world)(gone, target(world))).rejects.toThrow(/has no commit a{40}/)
  })
})
