import { Text, UnstyledButton } from '@mantine/core'

interface ThreadQuoteProps {
  /** Null: the thread is on the whole document. */
  quote: string | null
  /** The words are not in the text any more. */
  isOrphaned?: boolean
  /** Shows the words in the text. Absent while the thread is new. */
  onShow?: () => void
}

/** What a thread is about: words of the text, or the whole document. */
export function ThreadQuote({ quote, isOrphaned = false, onShow }: ThreadQuoteProps) {
  if (quote === null)
    return (
      <Text size="xs" c="dimmed">
        On the whole document
      </Text>
    )
  const words = (
    <span className="thread-quote-text" dir="auto">
      {quote}
    </span>
  )
  if (!onShow) return <div className="thread-quote">{words}</div>
  return (
    <UnstyledButton
      className="thread-quote"
      onClick={onShow}
      disabled={isOrphaned}
      aria-label={isOrphaned ? undefined : `Show “${quote}” in the text`}
    >
      {words}
      {isOrphaned && <span className="thread-orphaned">The words are gone</span>}
    </UnstyledButton>
  )
}
