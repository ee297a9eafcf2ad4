import { file } from '../../src/destinations/file/index.ts'
import { testUnderDrain } from '../contract/destination-under-drain.ts'
import { makeFilePlace } from '../file-place.ts'

testUnderDrain({ type: file, makePlace: makeFilePlace })
