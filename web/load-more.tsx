import { Button } from '@mantine/core'

interface LoadMoreProps {
  /** A list that is read page by page. */
  list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> }
}

/** Below a list: the next page of it, while there is one. */
export function LoadMore({ list: { hasNextPage, isFetchingNextPage, fetchNextPage } }: LoadMoreProps) {
  if (!hasNextPage) return null
  return (
    <Button variant="default" mt="md" mx="auto" display="block" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
      Load more
    </Button>
  )
}
