import { Alert, type AlertProps, Button } from '@mantine/core'
import { toErrorMessage } from '../lib/problem.ts'

interface LoadErrorProps extends Pick<AlertProps, 'm' | 'mb'> {
  query: { error: Error | null; isFetching: boolean; refetch: () => Promise<unknown> }
}

/** Says why a list could not be loaded, with a button that loads it again. */
export function LoadError({ query: { error, isFetching, refetch }, ...margins }: LoadErrorProps) {
  return (
    <Alert color="red" {...margins}>
      {toErrorMessage(error)}{' '}
      <Button size="compact-sm" variant="subtle" onClick={() => void refetch()} loading={isFetching}>
        Try again
      </Button>
    </Alert>
  )
}
