import { writeFileSync } from 'node:fs'
import { exampleReports } from './examples/example-reports.ts'

for (const { file, text } of exampleReports()) {
  writeFileSync(new URL(`../examples/${file}`, import.meta.url), text)
}
