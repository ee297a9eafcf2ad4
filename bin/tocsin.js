#!/usr/bin/env node
// Starts Tocsin on a Node.js that runs TypeScript as it stands. Plain JavaScript of an old kind, because this file is
// what an older Node.js has to read: when it is one, the work goes to the Node.js that npm installed beside us.
import { spawn } from 'node:child_process'
// By its namespace: an older Node.js has no enableCompileCache, and would not link a name that it lacks.
import * as nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'

/**
 * Whether this Node.js runs TypeScript without a flag and without a warning: since 22.18 and 24.3
 * (nodejs.org/api/typescript.html, History).
 */
function isFit(version) {
  const [major, minor] = version.slice(1).split('.').map(Number)
  return major > 24 || (major === 24 && minor >= 3) || (major === 22 && minor >= 18)
}

/** The Node.js of the package for this platform, or undefined where npm installed none. */
function packagedNode() {
  try {
    const name = `node-${process.platform}-${process.arch}/bin/node`
    return nodeModule.createRequire(import.meta.url).resolve(name)
  } catch {
    return undefined
  }
}

function fail(reason) {
  process.stderr.write(
    `tocsin: needs Node.js 24 (22.18, or 24.3 and newer, will do), and this is ${process.version} ${reason}. ` +
      'Install Node.js 24, or run npm ci again without --omit=optional.\n',
  )
  process.exitCode = 1
}

/** Runs the same command line on `node`; what happens to us happens to it, and ends us as it ended. */
function runOn(node) {
  const child = spawn(node, process.argv.slice(1), {
    stdio: 'inherit',
  })
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // Ctrl-C reaches every process of the terminal: passing it on would press it twice.
      if (signal !== 'SIGINT' || !onTerminal) child.kill(signal)
    })
  }
  child.on('error', (error) => fail(`and ${node} does not start (${error.message})`))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

if (isFit(process.version)) {
  // Each start after the first skips most of the compiling. In a folder of the package, where nobody else can plant code,
  // as they could in the default, which lies in /tmp; where it cannot be written, nothing is cached.
  nodeModule.enableCompileCache(
    fileURLToPath(new URL('../node_modules/.cache/tocsin', import.meta.url)),
  )
  await import('../src/main.ts')
} else {
  const node = packagedNode()
  if (node === undefined) fail('without a packaged one beside it')
  else runOn(node)
}
