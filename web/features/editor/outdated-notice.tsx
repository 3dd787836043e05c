import { Button, Text } from '@mantine/core'
import { RefreshCw } from 'lucide-react'
import { useCallback, useSyncExternalStore } from 'react'
import { hasNewerSchema, metadataName } from '../../../domain/documents/richtext/schema-version.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'

/** Whether a newer version of SmartStart edited the document, now or while it is open. */
export function useNewerSchema({ doc }: LiveDocument): boolean {
  const subscribe = useCallback(
    (onChange: () => void) => {
      const metadata = doc.getMap(metadataName)
      metadata.observe(onChange)
      return () => metadata.unobserve(onChange)
    },
    [doc],
  )
  return useSyncExternalStore(subscribe, () => hasNewerSchema(doc))
}

/** Shown instead of the toolbar where a newer version edited the document. */
export function OutdatedNotice() {
  return (
    <div className="read-only-notice" role="status">
      <RefreshCw size={16} aria-hidden="true" />
      <Text size="sm">This document was edited with a newer version of SmartStart. Reload the page to edit.</Text>
      <Button size="compact-sm" variant="default" onClick={() => location.reload()}>
        Reload
      </Button>
    </div>
  )
}
