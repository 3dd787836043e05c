import { Button, Group } from '@mantine/core'
import { CloudOff, FileQuestion } from 'lucide-react'
import { Link } from 'wouter'
import { Header } from './header.tsx'
import { Signpost } from './lost.tsx'

interface ElsewhereProps {
  /** It was open until just now. */
  ended?: boolean
  /** Nobody could be asked, and this browser has no copy. */
  away?: boolean
  onAgain?: () => void
}

/** In place of a document that cannot be shown. What is not there and what one may not see look alike. */
export function Elsewhere({ ended = false, away = false, onAgain }: ElsewhereProps) {
  const action = (
    <Group justify="center">
      <Button component={Link} href="/">
        To your documents
      </Button>
      {onAgain && (
        <Button variant="default" onClick={onAgain}>
          Try again
        </Button>
      )}
    </Group>
  )
  const Sign = away ? CloudOff : FileQuestion
  const title = away ? 'This document is not in this browser yet' : ended ? 'This document was closed to you' : 'Nothing to show here'
  return (
    <>
      <Header />
      <Signpost sign={<Sign size={44} strokeWidth={1.4} color="var(--soft)" aria-hidden="true" />} title={title} action={action}>
        {away
          ? 'The server cannot be reached. The document opens as soon as it can.'
          : 'This document does not exist, or you may not open it. Ask whoever shared it with you.'}
      </Signpost>
    </>
  )
}
