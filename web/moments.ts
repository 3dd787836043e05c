import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { ask, queries, withQuery } from './client.ts'
import type { Authorship, Page, PastState, Redline, Stretch, Version } from './contract.ts'
import type { LiveDocument } from './live.ts'

/** What is looked at of the past. */
export interface Chosen {
  /** A row of the journal: the text as it was right after it. */
  at: number
  view: 'text' | 'authors' | 'changes'
  /** What the changes lead to: a row, or null for now. */
  until: number | null
}

const path = (documentName: string, of: string) => `/api/documents/${documentName}/${of}`

/** While people write, what was read of the newest moments grows old; it is asked for again this often at most, milliseconds. */
const PACE = 2500

/** Asks for the history anew when somebody has written, while it is looked at. */
export function useFreshHistory(live: LiveDocument): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    function refresh() {
      timer ??= setTimeout(() => {
        timer = undefined
        void queries.invalidateQueries({ queryKey: ['history', live.name] })
      }, PACE)
    }
    live.doc.on('update', refresh)
    return () => {
      clearTimeout(timer)
      live.doc.off('update', refresh)
    }
  }, [live])
}

/** Stretches of work, newest first, as far as they are loaded. */
export function useStretches(documentName: string) {
  return useInfiniteQuery({
    queryKey: ['history', documentName, 'stretches'],
    queryFn: ({ pageParam, signal }) =>
      ask<Page<Stretch>>('GET', withQuery(path(documentName, 'history'), { limit: 30, cursor: pageParam }), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    staleTime: 0,
  })
}

/** Versions that somebody named. */
export function useVersions(documentName: string) {
  return useQuery({
    queryKey: ['history', documentName, 'versions'],
    queryFn: ({ signal }) => ask<Page<Version>>('GET', withQuery(path(documentName, 'versions'), { limit: 100 }), { signal }),
    staleTime: 0,
  })
}

/** The past does not change. */
const forGood = { staleTime: Number.POSITIVE_INFINITY, placeholderData: keepPreviousData } as const

export function usePastState(documentName: string, at: number) {
  return useQuery({
    queryKey: ['past', documentName, 'state', at],
    queryFn: ({ signal }) => ask<PastState>('GET', withQuery(path(documentName, 'history/state'), { at }), { signal }),
    ...forGood,
  })
}

export function useAuthorship(documentName: string, at: number, enabled: boolean) {
  return useQuery({
    queryKey: ['past', documentName, 'authorship', at],
    queryFn: ({ signal }) => ask<Authorship>('GET', withQuery(path(documentName, 'authorship'), { at }), { signal }),
    ...forGood,
    enabled,
  })
}

export function useRedline(documentName: string, from: number, to: number) {
  return useQuery({
    queryKey: ['past', documentName, 'redline', from, to],
    queryFn: ({ signal }) => ask<Redline>('GET', withQuery(path(documentName, 'redline'), { from, to }), { signal }),
    ...forGood,
  })
}

/** Moments that a stretch is cut into for the scrubber, at most. */
const CUTS = 12

/** Rows that the scrubber stops at, oldest first: cuts through each stretch, its end, and named versions. */
export function momentsOf(stretches: Stretch[], versions: Version[]): number[] {
  const oldest = Math.min(...stretches.map(({ from }) => from))
  const rows = new Set(versions.map(({ at }) => at).filter((at) => at >= oldest))
  for (const { from, to } of stretches) {
    const length = to - from + 1
    const cuts = Math.min(length, CUTS)
    for (let cut = 1; cut <= cuts; cut++) rows.add(from - 1 + Math.round((length * cut) / cuts))
  }
  return [...rows].sort((one, other) => one - other)
}

/** When a row was written, as well as its stretch tells it: an instant in milliseconds. */
export function timeOf(at: number, stretches: Stretch[]): number | undefined {
  const stretch = stretches.find(({ from, to }) => at >= from && at <= to)
  if (!stretch) return undefined
  const [start, end] = [Date.parse(stretch.startedAt), Date.parse(stretch.endedAt)]
  return stretch.to === stretch.from ? end : start + ((end - start) * (at - stretch.from)) / (stretch.to - stretch.from)
}

/** How somebody is called who wrote; SmartStart itself has no id, and no name. */
export const nameOf = (userId: string | null, name: string | null | undefined): string =>
  userId === null ? 'SmartStart' : (name ?? 'Somebody')
