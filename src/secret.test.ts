import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { Secret } from './secret.ts'

it.each([
  ['a joined text', (secret: Secret) => ['a', secret].join(' ')],
  ['String()', (secret: Secret) => String(secret)],
  ['JSON', (secret: Secret) => JSON.stringify({ secret })],
  ['inspect', (secret: Secret) => inspect({ secret }, { showHidden: true })],
  ['its own properties', (secret: Secret) => JSON.stringify(Object.entries(secret))],
])('does not show its value in %s', (_way, show) => {
  expect(show(new Secret('hunter2'))).not.toContain('hunter2')
})

it('gives its value to whoever asks by name', () => {
  expect(new Secret('hunter2').reveal()).toBe('hunter2')
})
