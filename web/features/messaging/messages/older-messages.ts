import { useEffect, useState } from 'react'
import { toErrorMessage } from '../../../lib/problem.ts'
import { fetchOlder, type MessageLog } from '../conversation-queries.ts'

/** A linked message is searched for in at most this many messages. */
const maxSearchedMessages = 2000

/** Older messages of a conversation or thread. */
export interface OlderMessages {
  isBusy: boolean
  /** Why they could not be loaded; empty without an error. */
  problem: string
  /** They are being loaded to find the linked message. */
  isSearching: boolean
  load: () => Promise<void>
}

/**
 * Loads older messages on request, and until the linked message is found.
 * @param log the messages that are loaded
 * @param linkedId the message that the URL names
 */
export function useOlderMessages(
  conversationId: string,
  threadId: string | null,
  log: MessageLog | undefined,
  linkedId: string | null,
): OlderMessages {
  const [{ isBusy, problem }, setState] = useState({ isBusy: false, problem: '' })
  async function load() {
    setState({ isBusy: true, problem: '' })
    const nextProblem = await fetchOlder(conversationId, threadId).then(
      () => '',
      (error: unknown) => toErrorMessage(error),
    )
    setState({ isBusy: false, problem: nextProblem })
  }

  const items = log?.items ?? []
  const isSearchOver = items.length >= maxSearchedMessages || problem !== '' || !log?.before
  const isSearching = linkedId !== null && !isSearchOver && !items.some(({ id }) => id === linkedId)
  useEffect(() => {
    if (isSearching && !isBusy) void load()
  })
  return { isBusy, problem, isSearching, load }
}
