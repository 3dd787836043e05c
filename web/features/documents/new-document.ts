import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { request, createRandomKey, queryClient } from '../../lib/api-client.ts'
import type { Created, DocumentKind, Template, Venture } from '../../lib/api-types.ts'

/** What the user enters for a new document. Each kind uses some of it. */
export interface NewDocument {
  kind: DocumentKind
  name: string
  /** Null: a blank page. */
  template: Template | null
  agreementKind: string
  purpose: string
  /** Empty: in no venture. */
  ventureId: string
}

/** The values of the form for a new document. */
export function useNewDocument(initialKind: DocumentKind) {
  const [values, setValues] = useState<NewDocument>({
    kind: initialKind,
    name: '',
    template: null,
    agreementKind: 'agreement',
    purpose: '',
    ventureId: '',
  })
  const change = (changed: Partial<NewDocument>) => setValues((current) => ({ ...current, ...changed }))
  /** Uses the template's title unless the user typed another one. */
  function chooseTemplate(template: Template | null) {
    const { name, template: previous } = values
    const isTyped = name.trim() !== '' && name !== previous?.title
    change({ template, name: isTyped ? name : (template?.title ?? '') })
  }
  return { values, change, chooseTemplate }
}

interface CreateRequest {
  path: string
  body: Record<string, string>
}

/** The request that creates the draft, the space, or the venture with its plan. */
function toCreateRequest({ kind, name, template, agreementKind, purpose, ventureId }: NewDocument): CreateRequest {
  const inVenture: Record<string, string> = ventureId ? { ventureId } : {}
  if (kind === 'legal') {
    const content: Record<string, string> = template ? { templateId: template.id } : { kind: agreementKind }
    return { path: '/api/legal/documents', body: { title: name.trim(), ...content, ...inVenture } }
  }
  if (kind === 'space') return { path: '/api/spaces', body: { name: name.trim(), ...inVenture } }
  return { path: '/api/ventures', body: { name: name.trim(), ...(purpose.trim() ? { purpose: purpose.trim() } : {}) } }
}

/** Creates the resource. Returns the name of its live document. */
async function createDocument({ path, body, key }: CreateRequest & { key: string }): Promise<string> {
  const answer = await request<Created & Venture>('POST', path, { body, idempotencyKey: key })
  return answer.documentName ?? answer.planDocumentName
}

/** Creates documents. */
export function useDocumentCreation(onCreated: (documentName: string) => void) {
  const lastRequest = useRef({ text: '', key: '' })
  const creating = useMutation({
    mutationFn: createDocument,
    onSuccess: (documentName) => {
      void queryClient.invalidateQueries({ queryKey: ['documents'] })
      void queryClient.invalidateQueries({ queryKey: ['ventures'] })
      onCreated(documentName)
    },
  })
  function create(newDocument: NewDocument) {
    // An unchanged request keeps its idempotency key: a retry after a lost response creates no second document.
    const createRequest = toCreateRequest(newDocument)
    const text = JSON.stringify(createRequest)
    if (lastRequest.current.text !== text) lastRequest.current = { text, key: createRandomKey() }
    creating.mutate({ ...createRequest, key: lastRequest.current.key })
  }
  return { creating, create }
}
