import { Alert } from '@mantine/core'
import { toErrorMessage } from '../../lib/problem.ts'

/** Announces why a change of a thread failed. Renders nothing without an error. */
export function ReviewError({ error }: { error: Error | null }) {
  if (!error) return null
  return (
    <Alert color="red" role="alert">
      {toErrorMessage(error)}
    </Alert>
  )
}
