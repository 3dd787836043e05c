import { ActionIcon, NativeSelect } from '@mantine/core'
import { ArrowDown, ArrowUp, GripVertical, X } from 'lucide-react'
import { partyRoleOrder, partyRoleWords, type PartyRole } from '../envelope-words.ts'
import type { PartyDraft } from './party-order.ts'

interface PartyEditorProps {
  party: PartyDraft
  /** The signers whom a witness can confirm. */
  signers: readonly PartyDraft[]
  /** Absent for witnesses and copies, whose place follows from others. */
  move?:
    | undefined
    | { canMoveUp: boolean; canMoveDown: boolean; onMove: (direction: -1 | 1) => void; onDragEnd: () => void; onDragStart: () => void }
  onRole: (role: PartyRole) => void
  onWitnessOf: (signer: string) => void
  onRemove: () => void
}

const arrows = [
  [-1, 'up', ArrowUp],
  [1, 'down', ArrowDown],
] as const

/** Moves a party without dragging, and removes it. */
function PartyButtons({ party: { name }, move, onRemove }: Pick<PartyEditorProps, 'party' | 'move' | 'onRemove'>) {
  return (
    <div className="party-buttons">
      {move &&
        arrows.map(([direction, words, Icon]) => (
          <ActionIcon
            key={words}
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`Move ${name} ${words}`}
            data-move={direction}
            disabled={direction === -1 ? !move.canMoveUp : !move.canMoveDown}
            onClick={() => move.onMove(direction)}
          >
            <Icon size={17} aria-hidden="true" />
          </ActionIcon>
        ))}
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Remove ${name}`} onClick={onRemove}>
        <X size={17} aria-hidden="true" />
      </ActionIcon>
    </div>
  )
}

/** One party of an envelope that is being prepared. It is moved by dragging, or by its arrow buttons. */
export function PartyEditor({ party, signers, move, onRole, onWitnessOf, onRemove }: PartyEditorProps) {
  const { key, name, email, role, witnessOf } = party
  const canWitness = role === 'witness' || signers.some((signer) => signer.key !== key)
  const roles = partyRoleOrder.filter((one) => one !== 'witness' || canWitness)
  return (
    <li
      className="party-editor"
      data-party-key={key}
      draggable={Boolean(move)}
      onDragStart={(event) => {
        event.dataTransfer.setData('text/plain', key)
        event.dataTransfer.effectAllowed = 'move'
        move?.onDragStart()
      }}
      onDragEnd={move?.onDragEnd}
    >
      {move && <GripVertical className="party-grip" size={18} aria-hidden="true" />}
      <div className="party-content">
        <span className="party-name">
          <bdi>{name}</bdi>
        </span>
        <span className="party-meta">
          {email && <span>{email}</span>}
          {party.userId === null && <span>signs by a link</span>}
        </span>
      </div>
      <div className="party-fields">
        <NativeSelect
          aria-label={`Role of ${name}`}
          value={role}
          data={roles.map((value) => ({ value, label: partyRoleWords[value].label }))}
          onChange={(event) => onRole(event.currentTarget.value as PartyRole)}
        />
        {role === 'witness' && (
          <NativeSelect
            aria-label={`Whose signature ${name} witnesses`}
            value={witnessOf ?? ''}
            data={signers.map((signer) => ({ value: signer.key, label: `of ${signer.name}` }))}
            onChange={(event) => onWitnessOf(event.currentTarget.value)}
          />
        )}
      </div>
      <PartyButtons party={party} move={move} onRemove={onRemove} />
    </li>
  )
}
