import { Button } from '@mantine/core'
import { Check } from 'lucide-react'
import type { CSSProperties } from 'react'
import { request } from '../../lib/api-client.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { changeEntry, removeEntry } from '../sections/section-entries.ts'
import { type Poll, polls, type Vote } from '../sections/section-types.ts'
import { showToast } from '../../ui/toast.ts'

interface PollOptionProps {
  text: string
  isChosen: boolean
  votes: number
  /** The votes for all options. */
  allVotes: number
  canVote: boolean
  onVote: () => void
}

/** An option of a poll, with its share of the votes. */
function PollOption({ text, isChosen, votes, allVotes, canVote, onVote }: PollOptionProps) {
  const share = allVotes > 0 ? (100 * votes) / allVotes : 0
  return (
    <button
      type="button"
      className="poll-option"
      aria-pressed={isChosen}
      disabled={!canVote}
      onClick={onVote}
      style={{ '--vote-share': `${share}%` } as CSSProperties}
    >
      <span className="poll-check">{isChosen && <Check size={15} aria-label="your vote" />}</span>
      <span className="poll-text">{text}</span>
      <span className="poll-count">{votes}</span>
    </button>
  )
}

interface PollCardProps {
  liveDocument: LiveDocument
  poll: Poll
  /** The votes of this poll. */
  votes: Vote[]
  userId: string
  canWrite: boolean
  canVote: boolean
}

/** A poll. The server writes the votes, so a vote always belongs to the user it names. */
export function PollCard({ liveDocument, poll, votes, userId, canWrite, canVote }: PollCardProps) {
  const ownOptionId = votes.find((vote) => vote.userId === userId)?.optionId
  const options = poll.options.filter((option) => typeof option?.id === 'string' && typeof option.text === 'string')

  async function vote(optionId: string) {
    const spaceId = liveDocument.name.slice('space:'.length)
    await request('POST', `/api/spaces/${spaceId}/polls/${poll.id}/votes`, { body: { optionId } }).catch((error: unknown) =>
      showToast(`Your vote was not taken. ${toErrorMessage(error)}`, 'red'),
    )
  }

  return (
    <fieldset className="poll">
      <legend>{poll.question}</legend>
      {options.map(({ id, text }) => (
        <PollOption
          key={id}
          text={text}
          isChosen={ownOptionId === id}
          votes={votes.filter(({ optionId }) => optionId === id).length}
          allVotes={votes.length}
          canVote={canVote}
          onVote={() => void vote(id)}
        />
      ))}
      {canWrite && (
        <span>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            onClick={() => changeEntry(liveDocument, polls, poll.id, { closed: !poll.closed })}
          >
            {poll.closed ? 'Open again' : 'Close the poll'}
          </Button>
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => removeEntry(liveDocument, polls, poll, 'Poll')}>
            Remove
          </Button>
        </span>
      )}
    </fieldset>
  )
}
