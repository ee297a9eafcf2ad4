import { describe, expect, it } from 'vitest'
import { textLike } from '../../../test/matchers.ts'
import { classify } from './classify.ts'

describe('classify', () => {
  it.each([
    ['ENOSPC', 'retryable'],
    ['EDQUOT', 'retryable'],
    ['EIO', 'retryable'],
    ['EMFILE', 'retryable'],
    ['ETIMEDOUT', 'retryable'],
    ['ESTALE', 'retryable'],
    ['EUNFORESEEN', 'retryable'],
    ['EACCES', 'misconfigured'],
    ['EPERM', 'misconfigured'],
    ['EROFS', 'misconfigured'],
    ['ENOENT', 'misconfigured'],
    ['ENOTDIR', 'misconfigured'],
    ['ENAMETOOLONG', 'misconfigured'],
    ['EFBIG', 'rejected'],
    ['EISDIR', 'rejected'],
  ])('answers, to %s, %s with the folder and the code', (code, kind) => {
    const outcome = classify(code, '/exports')

    expect(outcome).toMatchObject({
      kind,
      reason: textLike(new RegExp(`^/exports: .+ \\(${code}\\)$`)),
    })
  })
})
