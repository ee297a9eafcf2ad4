import { expect } from 'vitest'

// Vitest's own matchers are typed `any`, which would switch off the check of everything around them.

export const anyText: unknown = expect.any(String)

export const textWith = (part: string): unknown => expect.stringContaining(part)

export const textLike = (pattern: RegExp): unknown => expect.stringMatching(pattern)
