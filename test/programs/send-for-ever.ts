import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openFolder } from '../../src/destinations/file/folder.ts'

// Sends one part again and again until it is killed: folder.test.ts looks at what that leaves.
const [root = '', key = '', size = '0'] = process.argv.slice(2)
const folder = openFolder(root, {
  now: () => new Date(),
  randomHex: (bytes) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex'),
})
const part = {
  key,
  stream: 'security_findings',
  bytes: Buffer.alloc(Number(size), 'tocsin'),
  contentType: 'application/x-gzip',
  contentSha256: '',
  records: 1,
  metadata: {},
} as const

process.send?.('started')
for (;;) {
  await folder.send(part, new AbortController().signal)
  await rm(join(root, key))
}
