/** Prints the README's table of variables from the schema that reads them: `node bin/environment.ts`. */
import { variables } from '../config.ts'

console.log('| variable | default | what it does |\n| --- | --- | --- |')
for (const [name, schema] of Object.entries(variables.shape)) {
  const standard = schema.safeParse(undefined)
  const shown = standard.success && standard.data !== undefined ? `\`${standard.data}\`` : ''
  console.log(`| \`${name}\` | ${shown} | ${schema.description} |`)
}
