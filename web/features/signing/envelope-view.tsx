import { useEffect, useRef } from 'react'
import type { Envelope } from '../../lib/api-types.ts'
import { EnvelopeHeader } from './envelope-header.tsx'
import { findOwnParty, isOnTurn } from './envelope-words.ts'
import { OwnerActions, RemindButton } from './progress/owner-actions.tsx'
import { ProgressView } from './progress/progress-view.tsx'
import { SignView } from './sign/sign-view.tsx'
import { PartyList } from './progress/party-list.tsx'

/** An envelope that was sent: to sign, where it is the reader's turn, and else how far it is. */
export function EnvelopeView({ envelope }: { envelope: Envelope }) {
  const party = findOwnParty(envelope)
  const isTurn = party !== undefined && envelope.state === 'sent' && isOnTurn(party)
  const wasTurn = useRef(isTurn)
  useEffect(() => {
    // what follows an act stands at the top
    if (wasTurn.current && !isTurn) requestAnimationFrame(() => window.scrollTo(0, 0))
    wasTurn.current = isTurn
  }, [isTurn])
  return (
    <>
      <EnvelopeHeader envelope={envelope} />
      {isTurn ? (
        <>
          <SignView key={party.id} envelope={envelope} party={party} />
          <details className="envelope-details">
            <summary>Who else is asked</summary>
            <PartyList
              envelope={envelope}
              {...(envelope.isOwner && { renderActions: (other) => <RemindButton envelope={envelope} party={other} /> })}
            />
            {envelope.isOwner && <OwnerActions envelope={envelope} />}
          </details>
        </>
      ) : (
        <ProgressView envelope={envelope} />
      )}
    </>
  )
}
