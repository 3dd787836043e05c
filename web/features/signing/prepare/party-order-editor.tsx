import { NativeSelect, Text, VisuallyHidden } from '@mantine/core'
import { type DragEvent, Fragment, type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import { PartyEditor } from './party-editor.tsx'
import {
  bindWitness,
  canMove,
  changeRole,
  listSigners,
  moveBy,
  moveToNewStep,
  moveToStep,
  type OrderDraft,
  type PartyDraft,
  removeParty,
  setNeeded,
  type StepDraft,
} from './party-order.ts'

/** How many other parties of a step lie above a point. */
function countPartiesAbove(step: Element, draggedKey: string, clientY: number): number {
  const rows = [...step.querySelectorAll<HTMLElement>('[data-party-key][draggable="true"]')].filter(
    (row) => row.dataset.partyKey !== draggedKey,
  )
  const firstBelow = rows.findIndex((row) => {
    const { top, height } = row.getBoundingClientRect()
    return clientY < top + height / 2
  })
  return firstBelow === -1 ? rows.length : firstBelow
}

/** Where a dragged party can be dropped. */
function DropArea({
  className,
  onDropParty,
  children,
}: {
  className: string
  onDropParty: (key: string, event: DragEvent) => void
  children?: ReactNode
}) {
  const [isTarget, setIsTarget] = useState(false)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the same is done by buttons
    <div
      className={className}
      data-drop-target={isTarget}
      onDragOver={(event) => {
        event.preventDefault()
        setIsTarget(true)
      }}
      onDragLeave={() => setIsTarget(false)}
      onDrop={(event) => {
        event.preventDefault()
        setIsTarget(false)
        onDropParty(event.dataTransfer.getData('text/plain'), event)
      }}
    >
      {children}
    </div>
  )
}

function NeededSelect({ number, step, onChange }: { number: number; step: StepDraft; onChange: (needed: number | null) => void }) {
  const count = step.parties.length
  if (count < 2) return null
  const options = Array.from({ length: count - 1 }, (_, index) => ({
    value: String(index + 1),
    label: `${index + 1} of ${count} ${index === 0 ? 'is' : 'are'} enough`,
  }))
  return (
    <NativeSelect
      size="xs"
      aria-label={`How many of step ${number} must act`}
      value={step.needed ?? ''}
      data={[{ value: '', label: 'All must act' }, ...options]}
      onChange={({ currentTarget: { value } }) => onChange(value === '' ? null : Number(value))}
    />
  )
}

/** Says where a party is after a move. */
function describePlace({ steps }: OrderDraft, { key, name }: PartyDraft): string {
  const step = steps.findIndex(({ parties }) => parties.some((party) => party.key === key))
  const others = steps[step]?.parties.filter((party) => party.key !== key) ?? []
  const company = others.length === 0 ? 'alone' : `together with ${others.map((party) => party.name).join(', ')}`
  return `${name}: step ${step + 1} of ${steps.length}, ${company}.`
}

/** Announces moves by buttons, and keeps the focus on the arrow of the party that moved. */
function useButtonMoves({ order, onChange }: PartyOrderEditorProps) {
  const [announcement, announce] = useState('')
  const moved = useRef<{ key: string; direction: number } | null>(null)
  // A row that changes its step is mounted again and would lose the focus.
  useLayoutEffect(() => {
    if (!moved.current) return
    const row = document.querySelector(`[data-party-key="${CSS.escape(moved.current.key)}"]`)
    const arrows = [...(row?.querySelectorAll<HTMLButtonElement>('[data-move]:not(:disabled)') ?? [])]
    ;(arrows.find(({ dataset }) => Number(dataset['move']) === moved.current?.direction) ?? arrows[0])?.focus()
    moved.current = null
  })
  function moveByButton(party: PartyDraft, direction: -1 | 1) {
    const next = moveBy(order, party.key, direction)
    moved.current = { key: party.key, direction }
    announce(describePlace(next, party))
    onChange(next)
  }
  return { announcement, moveByButton }
}

interface StepEditorProps {
  index: number
  order: OrderDraft
  onChange: (order: OrderDraft) => void
  renderParty: (party: PartyDraft, isMovable: boolean) => ReactNode
}

/** The parties of one step, each signer with their witnesses. */
function StepEditor({ index, order, onChange, renderParty }: StepEditorProps) {
  const step = order.steps[index] as StepDraft
  return (
    <DropArea
      className="step-editor"
      onDropParty={(key, event) => onChange(moveToStep(order, key, index, countPartiesAbove(event.currentTarget, key, event.clientY)))}
    >
      <div className="step-header">
        <h3 className="party-step-title">
          Step {index + 1}
          {step.parties.length > 1 && ': at the same time'}
        </h3>
        <NeededSelect number={index + 1} step={step} onChange={(needed) => onChange(setNeeded(order, index, needed))} />
      </div>
      <ol className="party-rows">
        {step.parties.flatMap((party) => [
          renderParty(party, true),
          ...order.witnesses.filter(({ witnessOf }) => witnessOf === party.key).map((witness) => renderParty(witness, false)),
        ])}
      </ol>
    </DropArea>
  )
}

interface PartyOrderEditorProps {
  order: OrderDraft
  onChange: (order: OrderDraft) => void
}

/** The parties by step: those of one step act at the same time, steps one after the other. */
export function PartyOrderEditor({ order, onChange }: PartyOrderEditorProps) {
  const [isDragging, setIsDragging] = useState(false)
  const { announcement, moveByButton } = useButtonMoves({ order, onChange })
  /** The dragged row is mounted again elsewhere, so its own end of dragging is not heard. */
  function drop(next: OrderDraft) {
    setIsDragging(false)
    onChange(next)
  }
  const renderParty = (party: PartyDraft, isMovable: boolean) => (
    <PartyEditor
      key={party.key}
      party={party}
      signers={listSigners(order)}
      {...(isMovable && {
        move: {
          canMoveUp: canMove(order, party.key, -1),
          canMoveDown: canMove(order, party.key, 1),
          onMove: (direction) => moveByButton(party, direction),
          onDragStart: () => setIsDragging(true),
          onDragEnd: () => setIsDragging(false),
        },
      })}
      onRole={(role) => onChange(changeRole(order, party.key, role))}
      onWitnessOf={(signer) => onChange(bindWitness(order, party.key, signer))}
      onRemove={() => onChange(removeParty(order, party.key))}
    />
  )
  const renderGap = (before: number) => (
    <DropArea className="step-gap" onDropParty={(key) => drop(moveToNewStep(order, key, before))}>
      {isDragging && 'Drop here for a step of its own'}
    </DropArea>
  )
  return (
    <div className="party-order" data-dragging={isDragging || undefined}>
      <VisuallyHidden role="status">{announcement}</VisuallyHidden>
      {order.steps.map((step, index) => (
        <Fragment key={step.parties[0]?.key}>
          {renderGap(index)}
          <StepEditor index={index} order={order} onChange={drop} renderParty={renderParty} />
        </Fragment>
      ))}
      {order.steps.length > 0 && renderGap(order.steps.length)}
      {order.copies.length > 0 && (
        <div className="step-editor">
          <h3 className="party-step-title">Copies, when it is complete</h3>
          <ol className="party-rows">{order.copies.map((party) => renderParty(party, false))}</ol>
        </div>
      )}
      {order.steps.length > 1 && (
        <Text size="sm" c="dimmed">
          Steps follow one another. Drag a party, or use the arrows, to change the order.
        </Text>
      )}
    </div>
  )
}
