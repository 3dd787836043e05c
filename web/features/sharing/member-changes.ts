import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { request, queryClient } from '../../lib/api-client.ts'
import type { Enforced, Enforcement, Role } from '../../lib/api-types.ts'
import { toMembersPath } from '../../lib/members.ts'

/** Describes on how many nodes a change of access is in force. */
function toEnforcementText({ nodes, confirmed, milliseconds }: Enforcement): string {
  const time = `after ${Math.max(1, Math.round(milliseconds))} ms`
  if (confirmed >= nodes) return `In force on ${confirmed} of ${nodes} ${nodes === 1 ? 'node' : 'nodes'} ${time}.`
  return `In force on ${confirmed} of ${nodes} nodes ${time}; the others follow as soon as they answer.`
}

interface MemberChange {
  userId: string
  name: string
  /** Null removes the member. */
  role: Role | null
}

/** Changes who has access to a document. `resultText` says what the last change did. */
export function useMemberChange(documentName: string) {
  const [resultText, setResultText] = useState('')
  const changing = useMutation({
    mutationFn: ({ userId, role }: MemberChange) => {
      const path = `${toMembersPath(documentName)}/${userId}`
      return role ? request<Enforced>('PUT', path, { body: { role } }) : request<Enforced>('DELETE', path)
    },
    onSuccess: ({ enforcement }, { name, role }) => {
      setResultText(`${name} ${role ? 'has the new role' : 'is out'}. ${toEnforcementText(enforcement)}`)
    },
    onMutate: () => setResultText(''),
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: ['document', documentName] })
      return queryClient.invalidateQueries({ queryKey: ['members', documentName] })
    },
  })
  return { changing, resultText }
}
