import type { SendOutcome } from '../destination.ts'

/** What is wrong, by the code of the system error; what passes by itself. */
const RETRYABLE: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'no space is left on the disk'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EIO', 'the disk reports an error'],
  ['EMFILE', 'this process has too many files open'],
  ['ENFILE', 'this machine has too many files open'],
  ['ENOMEM', 'this machine is out of memory'],
  ['ETIMEDOUT', 'the disk did not answer in time'],
  ['EAGAIN', 'the disk is busy'],
  ['EBUSY', 'the folder is busy'],
  ['EINTR', 'the call was interrupted'],
  ['ESTALE', 'the network disk has lost the folder'],
  ['ENOTCONN', 'the network disk is not connected'],
  ['EHOSTDOWN', 'the network disk is down'],
  ['ENETDOWN', 'the network is down'],
  ['EHOSTUNREACH', 'the network disk cannot be reached'],
  ['ENETUNREACH', 'the network disk cannot be reached'],
])

/** What an operator must change, with what to do. */
const MISCONFIGURED: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'this process may not write there: give its user write and search permission'],
  ['EPERM', 'the system does not permit it: check the owner and attributes of the folder'],
  ['EROFS', 'the file system is read-only: mount it writable'],
  ['ENOENT', 'the folder is not there: mount its disk, or test the destination to make it again'],
  ['ENOTDIR', 'a file lies where a folder is expected: move it away'],
  ['EEXIST', 'a file lies where a folder is expected: move it away'],
  ['ELOOP', 'symbolic links lead in a circle: mend them'],
  ['ENAMETOOLONG', 'the path is too long for the file system: choose a shorter one'],
])

/** What is wrong with this part alone. */
const REJECTED: ReadonlyMap<string, string> = new Map([
  ['EFBIG', 'the part is larger than the file system takes'],
  ['EISDIR', 'a folder lies where the file would be'],
])

/** The outcome of a system error, by its code and never by its text. A code that nobody has foreseen may pass. */
export function classify(code: string, root: string): SendOutcome {
  const operator = MISCONFIGURED.get(code)
  if (operator !== undefined)
    return { kind: 'misconfigured', reason: `${root}: ${operator} (${code})` }
  const person = REJECTED.get(code)
  if (person !== undefined) return { kind: 'rejected', reason: `${root}: ${person} (${code})` }
  const reason = RETRYABLE.get(code) ?? 'the system refused'
  return { kind: 'retryable', reason: `${root}: ${reason} (${code})` }
}
