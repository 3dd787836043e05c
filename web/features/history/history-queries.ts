import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { request, queryClient, withQuery } from '../../lib/api-client.ts'
import type { Authorship, Page, PastState, Redline, RevisionChanges, EditSession, Version } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { formatDay, formatTime } from '../../lib/time-format.ts'

/** The revision that is shown, and how. */
export interface RevisionSelection {
  /** The sequence number of the revision. */
  at: number
  view: 'text' | 'authors' | 'changes'
  /** The sequence number of the revision before it: the version before, or where its edit session began. */
  previousAt: number
  /** What it is compared with: the revision before it, the current version, or another revision. */
  compareTo: 'previous' | 'current' | number
}

/** The sequence number of the revision that a selected one is compared with. */
export function toComparedRevision({ compareTo, previousAt }: RevisionSelection, head: number): number {
  if (compareTo === 'previous') return previousAt
  return compareTo === 'current' ? head : compareTo
}

/** The revision before one: of a named version the version before it, of others the start of the edit session. */
export function findPreviousRevision(at: number, editSessions: EditSession[], versions: Version[]): number {
  if (versions.some((version) => version.at === at)) return Math.max(0, ...versions.map((version) => version.at).filter((row) => row < at))
  const editSession = editSessions.find(({ from, to }) => at >= from && at <= to)
  return Math.max(0, (editSession?.from ?? at) - 1)
}

const documentPath = (documentName: string, resource: string) => `/api/documents/${documentName}/${resource}`

/** While others edit, the history is refetched at most this often. */
const refreshIntervalMs = 2500

/** Refetches the history when the document changes, while the history is shown. */
export function useHistoryRefresh(liveDocument: LiveDocument): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    function refresh() {
      timer ??= setTimeout(() => {
        timer = undefined
        void queryClient.invalidateQueries({ queryKey: ['history', liveDocument.name] })
      }, refreshIntervalMs)
    }
    liveDocument.doc.on('update', refresh)
    return () => {
      clearTimeout(timer)
      liveDocument.doc.off('update', refresh)
    }
  }, [liveDocument])
}

/** Edit sessions, newest first, as far as they are loaded. */
export function useEditSessions(documentName: string) {
  return useInfiniteQuery({
    queryKey: ['history', documentName, 'edit-sessions'],
    queryFn: ({ pageParam, signal }) =>
      request<Page<EditSession>>('GET', withQuery(documentPath(documentName, 'history'), { limit: 30, cursor: pageParam }), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    staleTime: 0,
  })
}

/** Named versions. */
export function useVersions(documentName: string) {
  return useQuery({
    queryKey: ['history', documentName, 'versions'],
    queryFn: ({ signal }) => request<Page<Version>>('GET', withQuery(documentPath(documentName, 'versions'), { limit: 100 }), { signal }),
    staleTime: 0,
  })
}

/** A past revision never changes. */
const immutable = { staleTime: Number.POSITIVE_INFINITY, placeholderData: keepPreviousData } as const

export function usePastState(documentName: string, at: number) {
  return useQuery({
    queryKey: ['past', documentName, 'state', at],
    queryFn: ({ signal }) => request<PastState>('GET', withQuery(documentPath(documentName, 'history/state'), { at }), { signal }),
    ...immutable,
  })
}

export function useAuthorship(documentName: string, at: number, enabled: boolean) {
  return useQuery({
    queryKey: ['past', documentName, 'authorship', at],
    queryFn: ({ signal }) => request<Authorship>('GET', withQuery(documentPath(documentName, 'authorship'), { at }), { signal }),
    ...immutable,
    enabled,
  })
}

export function useRedline(documentName: string, from: number, to: number) {
  return useQuery({
    queryKey: ['past', documentName, 'redline', from, to],
    queryFn: ({ signal }) => request<Redline>('GET', withQuery(documentPath(documentName, 'redline'), { from, to }), { signal }),
    ...immutable,
  })
}

/** What differs between two revisions of a document. */
export function useRevisionChanges(documentName: string, from: number, to: number) {
  return useQuery({
    queryKey: ['past', documentName, 'changes', from, to],
    queryFn: ({ signal }) =>
      request<RevisionChanges>('GET', withQuery(documentPath(documentName, 'history/changes'), { from, to }), { signal }),
    ...immutable,
  })
}

/** What restoring a revision changes now. */
export function useRestoreChanges(documentName: string, at: number | undefined) {
  return useQuery({
    queryKey: ['history', documentName, 'restore-changes', at],
    queryFn: ({ signal }) =>
      request<RevisionChanges>('GET', withQuery(documentPath(documentName, 'history/changes'), { to: at }), { signal }),
    staleTime: 0,
    enabled: at !== undefined,
  })
}

/** The most stops of the slider in one edit session. */
const maxStopsPerSession = 12

/** Returns the revisions at which the slider stops, oldest first: stops in each edit session, its end, and named versions. */
export function listSliderStops(editSessions: EditSession[], versions: Version[]): number[] {
  const oldest = Math.min(...editSessions.map(({ from }) => from))
  const rows = new Set(versions.map(({ at }) => at).filter((at) => at >= oldest))
  for (const { from, to } of editSessions) {
    const length = to - from + 1
    const stopCount = Math.min(length, maxStopsPerSession)
    for (let stop = 1; stop <= stopCount; stop++) rows.add(from - 1 + Math.round((length * stop) / stopCount))
  }
  return [...rows].sort((first, second) => first - second)
}

/** Estimates when a revision was written, from its edit session, in milliseconds since 1970. */
function estimateRevisionTime(at: number, editSessions: EditSession[]): number | undefined {
  const editSession = editSessions.find(({ from, to }) => at >= from && at <= to)
  if (!editSession) return undefined
  const [start, end] = [Date.parse(editSession.startedAt), Date.parse(editSession.endedAt)]
  return editSession.to === editSession.from ? end : start + ((end - start) * (at - editSession.from)) / (editSession.to - editSession.from)
}

/** The day and time of a revision, as they are shown; empty if its edit session is not loaded. */
export function formatRevisionTime(at: number | undefined, editSessions: EditSession[]): string {
  const time = at === undefined ? undefined : estimateRevisionTime(at, editSessions)
  return time === undefined ? '' : `${formatDay(new Date(time).toISOString())}, ${formatTime(time)}`
}

/** The display name of an author. The server's own edits have neither id nor name. */
export const toAuthorName = (userId: string | null, name: string | null | undefined): string =>
  userId === null ? 'SmartStart' : (name ?? 'Somebody')
