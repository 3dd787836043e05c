import { useEffect, useState } from 'react'
import { UndoManager } from 'yjs'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { showUndoToast } from '../../ui/undo/undo-toast.tsx'
import * as sections from './section-types.ts'

/** The origin of this person's edits of sections. Edits of others and of the server have other origins. */
const sectionOrigin = Symbol('sections')

/** Sections that people write. The server writes votes. */
const undoableSections = Object.values(sections).flatMap((section) =>
  typeof section === 'object' && section.name !== sections.votes.name ? [section.name] : [],
)

type UndoStep = UndoManager['undoStack'][number]

const managers = new WeakMap<LiveDocument, UndoManager>()

/** The undo history of a document's sections: own edits only, one step for each action. */
function getUndoManager(liveDocument: LiveDocument): UndoManager {
  let manager = managers.get(liveDocument)
  if (!manager) {
    const roots = undoableSections.map((name) => liveDocument.doc.getMap(name))
    manager = new UndoManager(roots, { trackedOrigins: new Set([sectionOrigin]), captureTimeout: 0 })
    managers.set(liveDocument, manager)
  }
  return manager
}

/** Makes an edit of sections, as one step that the person can undo. */
export function editSections(liveDocument: LiveDocument, edit: () => void): void {
  getUndoManager(liveDocument)
  liveDocument.doc.transact(edit, sectionOrigin)
}

/** Undoes one step, also where later ones follow: they stay. */
function undoStep(manager: UndoManager, step: UndoStep) {
  const place = manager.undoStack.indexOf(step)
  if (place === -1) return
  manager.undoStack.splice(place, 1)
  manager.undoStack.push(step)
  manager.undo()
}

/**
 * Makes an edit that removes something, and offers for some seconds to undo it. The removal is saved at once, so it also holds when the
 * page is closed; then the history of the document brings it back.
 */
export function removeWithUndo(liveDocument: LiveDocument, message: string, edit: () => void): void {
  const manager = getUndoManager(liveDocument)
  const before = manager.undoStack.at(-1)
  editSections(liveDocument, edit)
  const step = manager.undoStack.at(-1)
  if (!step || step === before) return
  const hide = showUndoToast(message, () => undoStep(manager, step))
  const onPopped = ({ stackItem }: { stackItem: UndoStep }) => {
    if (stackItem !== step) return
    manager.off('stack-item-popped', onPopped)
    hide()
  }
  manager.on('stack-item-popped', onPopped)
  liveDocument.doc.once('destroy', hide)
}

/** Elements that have an undo of their own. */
const fieldSelector = 'input, textarea, select, [contenteditable="true"], [role="dialog"]'

/** Undoes and redoes own edits of the sections by key. @returns what the last key did, for screen readers */
export function useUndoKeys(liveDocument: LiveDocument, canWrite: boolean): string {
  const [announcement, setAnnouncement] = useState('')
  useEffect(() => {
    if (!canWrite) return
    const manager = getUndoManager(liveDocument)
    function onKeyDown(event: KeyboardEvent) {
      const { ctrlKey, metaKey, shiftKey, altKey, target, defaultPrevented } = event
      const key = event.key.toLowerCase()
      if (!(ctrlKey || metaKey) || altKey || defaultPrevented || (key !== 'z' && key !== 'y')) return
      if (target instanceof Element && target.closest(fieldSelector)) return
      event.preventDefault()
      const redoes = key === 'y' || shiftKey
      const step = redoes ? manager.redo() : manager.undo()
      if (step) setAnnouncement(redoes ? 'Redone.' : 'Undone.')
      else setAnnouncement(redoes ? 'Nothing to redo.' : 'Nothing to undo.')
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [liveDocument, canWrite])
  return announcement
}
