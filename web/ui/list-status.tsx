import { Alert, Loader, Text } from '@mantine/core'
import { toErrorMessage } from '../lib/problem.ts'

interface ListStatusProps {
  /** A query of a list. */
  list: { isLoading: boolean; error: Error | null; data: unknown }
  isEmpty: boolean
  emptyText: string
}

/** Says that a list is loading, could not be read, or is empty. */
export function ListStatus({ list, isEmpty, emptyText }: ListStatusProps) {
  return (
    <>
      {list.isLoading && <Loader type="dots" aria-label="Loading" />}
      {list.error && <Alert color="red">{toErrorMessage(list.error)}</Alert>}
      {list.data !== undefined && isEmpty && (
        <Text role="status" c="dimmed">
          {emptyText}
        </Text>
      )}
    </>
  )
}
