import { chmod, mkdir, mkdtemp, realpath, rm, rmdir, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { queryOnce, serverEnds, testServers } from '../../../test/embedded-server.ts'
import { textWith } from '../../../test/matchers.ts'
import { canReach, ensurePrivateFolder, findPlaces } from './places.ts'

const servers = testServers()

const isRoot = process.geteuid?.() === 0

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-places-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  return realpath(folder)
}

describe('the places of an embedded server', () => {
  it('are the same by whichever name the data directory is called', async () => {
    const folder = await makeFolder()
    await symlink(folder, `${folder}-link`)
    onTestFinished(() => rm(`${folder}-link`))

    const places = await findPlaces(join(folder, 'a', '..', 'data'))
    const byLink = await findPlaces(`${folder}-link/data`)

    expect(places).toEqual(byLink)
    expect(places).toMatchObject({
      base: join(folder, 'data'),
      cluster: join(folder, 'data', 'postgres'),
      controlSocket: join(folder, 'data', 'run', 'control.sock'),
    })
  })

  it.each([
    { bytes: 'fits', length: 80, beside: true },
    { bytes: 'does not fit', length: 81, beside: false },
  ])(
    'have the sockets beside the data while a path $bytes into 107 bytes',
    async ({ length, beside }) => {
      const folder = await makeFolder()
      const dataDir = `${folder}/`.padEnd(length, 'x')

      const { base, runFolder } = await findPlaces(dataDir)

      expect(base).toBe(dataDir)
      expect(dirname(runFolder)).toBe(beside ? dataDir : '/tmp')
    },
  )

  it('serve a database whose own path is far too long for a socket', async () => {
    const dataDir = join(await servers.makeDataDir(), 'deep'.repeat(30))
    const { runFolder } = await findPlaces(dataDir)
    onTestFinished(() => rm(runFolder, { recursive: true }))

    const server = await servers.acquire(dataDir)
    const answer = await queryOnce(server.connection, 'select 1 as one')
    await server.release()
    await serverEnds(dataDir)

    expect(answer).toEqual([{ one: 1 }])
    expect(server.connection.host).toBe(runFolder)
  })

  it.runIf(isRoot)('lie in a system folder for root where the server cannot pass', async () => {
    const dataDir = join(await servers.makeDataDir(), 'home', 'data')
    await mkdir(dirname(dataDir), { mode: 0o700 })
    const notices: string[] = []
    const { base } = await findPlaces(dataDir)
    onTestFinished(async () => {
      await rm(base, { recursive: true })
      await rmdir(dirname(base)).catch(() => {}) // not the only one there
    })

    const server = await servers.acquire(dataDir, { onNotice: (line) => notices.push(line) })
    const answer = await queryOnce(server.connection, 'select 1 as one')
    await server.release()
    await serverEnds(base)

    expect(answer).toEqual([{ one: 1 }])
    expect(dirname(base)).toBe('/var/lib/tocsin')
    expect(notices).toEqual([textWith(`lies in ${base}: `)])
  })
})

describe('reach', () => {
  const user = { uid: 4001, gid: 4002 }

  it.each([
    { mode: 0o755, reached: true },
    { mode: 0o711, reached: true },
    { mode: 0o750, reached: false },
    { mode: 0o700, reached: false },
  ])("ends at another's folder of mode $mode: $reached", async ({ mode, reached }) => {
    const folder = join(await makeFolder(), 'passage')
    await mkdir(join(folder, 'beyond'), { recursive: true })
    await chmod(folder, mode)

    expect(await canReach(join(folder, 'beyond'), user)).toBe(reached)
  })

  it('goes through the private folder of the user itself', async () => {
    const folder = join(await makeFolder(), 'own')
    await mkdir(folder, { mode: 0o700 })
    const { uid, gid } = await stat(folder)

    expect(await canReach(folder, { uid, gid })).toBe(true)
  })
})

describe('a private folder', () => {
  it('is made for its user alone, and mended when it was open', async () => {
    const folder = join(await makeFolder(), 'run')

    await ensurePrivateFolder(folder, undefined)
    await chmod(folder, 0o777)
    await ensurePrivateFolder(folder, undefined)

    expect((await stat(folder)).mode & 0o777).toBe(0o700)
  })

  it('is refused when it is only a link, which another user may have laid', async () => {
    const folder = await makeFolder()
    await symlink(folder, join(folder, 'run'))

    const refused = ensurePrivateFolder(join(folder, 'run'), undefined)

    await expect(refused).rejects.toMatchObject({ code: 'database_unavailable' })
  })
})
