import { Button } from '@mantine/core'

interface LoadMoreProps {
  /** An infinite query. */
  list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> }
}

/** A button that loads the next page, while there is one. */
export function LoadMore({ list: { hasNextPage, isFetchingNextPage, fetchNextPage } }: LoadMoreProps) {
  if (!hasNextPage) return null
  return (
    <Button variant="default" mt="md" mx="auto" display="block" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
      Load more
    </Button>
  )
}
