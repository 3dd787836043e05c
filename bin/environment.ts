/** Prints the table of docs/configuration.md from the schema of the variables: `npx node bin/environment.ts`. */
import { variables } from '../config.ts'

console.log('| variable | default | what it does |\n| --- | --- | --- |')
for (const [name, schema] of Object.entries(variables.shape)) {
  const standard = schema.safeParse(undefined)
  const shown = standard.success && standard.data !== undefined ? `\`${standard.data}\`` : ''
  console.log(`| \`${name}\` | ${shown} | ${schema.description} |`)
}
