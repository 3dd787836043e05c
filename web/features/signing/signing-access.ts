/** How the signing pages reach the server: as a signed-in person, or as the holder of a link. */
import { useQuery } from '@tanstack/react-query'
import { createContext, use } from 'react'
import { queryClient, request, type RequestOptions } from '../../lib/api-client.ts'
import type { Envelope, EnvelopeText } from '../../lib/api-types.ts'

export interface SigningAccess {
  request<Answer>(method: string, path: string, options?: RequestOptions): Promise<Answer>
  /** Whether it is the access of a link. The event stream is for accounts, so these pages ask again now and then. */
  isLink: boolean
}

/** The access of signed-in people; the page of a link provides its own. */
export const SigningAccessContext = createContext<SigningAccess>({ request, isLink: false })
export const useSigningAccess = (): SigningAccess => use(SigningAccessContext)

export const toEnvelopePath = (id: string): string => `/api/legal/envelopes/${id}`
const toEnvelopeKey = (id: string) => ['envelope', `envelope:${id}`]

/** How often the holder of a link learns what others did, milliseconds. */
const linkRefreshMs = 10_000

/** Reads an envelope with its parties. */
export function useEnvelope(id: string) {
  const access = useSigningAccess()
  return useQuery({
    queryKey: toEnvelopeKey(id),
    queryFn: ({ signal }) => access.request<Envelope>('GET', toEnvelopePath(id), { signal }),
    refetchOnWindowFocus: 'always',
    ...(access.isLink && { refetchInterval: linkRefreshMs }),
  })
}

/** Shows the envelope as an act has left it. */
export function keepEnvelope(envelope: Envelope): void {
  queryClient.setQueryData(toEnvelopeKey(envelope.id), envelope)
  void queryClient.invalidateQueries({ queryKey: ['envelopes'] })
}

export const refreshEnvelope = (id: string): Promise<void> => queryClient.invalidateQueries({ queryKey: toEnvelopeKey(id) })

/** Reads the text that was sent. It does not change while the envelope exists. */
export function useEnvelopeText(id: string, isEnabled = true) {
  const access = useSigningAccess()
  return useQuery({
    queryKey: [...toEnvelopeKey(id), 'text'],
    queryFn: ({ signal }) => access.request<EnvelopeText>('GET', `${toEnvelopePath(id)}/text`, { signal }),
    enabled: isEnabled,
    staleTime: 60_000,
  })
}
