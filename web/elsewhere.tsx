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

/** In place of a document that this editor would harm: it removes what it cannot show. */
export function Unreadable({ parts, onAgain }: { parts: string[]; onAgain: () => void }) {
  return (
    <>
      <Header />
      <Signpost
        sign={<FileQuestion size={44} strokeWidth={1.4} color="var(--soft)" aria-hidden="true" />}
        title="This page is too old for this document"
        action={
          <Group justify="center">
            <Button onClick={() => location.reload()}>Load the page again</Button>
            <Button variant="default" onClick={onAgain}>
              Try again
            </Button>
          </Group>
        }
      >
        It holds parts that this editor does not know ({parts.join(', ')}), and would lose them here. They are safe as long as it is closed.
      </Signpost>
    </>
  )
}
