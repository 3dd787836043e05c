import { Loader, Skeleton } from '@mantine/core'

/** Shown while a page loads, after a short delay. */
export function LoadingPage() {
  return (
    <div className="centered-page delayed-appear" role="status" aria-label="Opening">
      <Loader type="dots" />
    </div>
  )
}

/** Shown while a text loads. */
export function LoadingText() {
  return (
    <div role="status" aria-label="Loading the text">
      {[70, 94, 88, 42].map((width) => (
        <Skeleton key={width} h={14} w={`${width}%`} mb="md" />
      ))}
    </div>
  )
}
