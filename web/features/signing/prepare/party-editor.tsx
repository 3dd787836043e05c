import { ActionIcon, NativeSelect } from '@mantine/core'
import { ArrowDown, ArrowUp, GripVertical, X } from 'lucide-react'
import { partyRoleOrder, partyRoleWords, type PartyRole } from '../envelope-words.ts'
import type { PartyDraft } from './party-order.ts'

interface PartyEditorProps {
  party: PartyDraft
  /** The signers whom a witness can confirm. */
  signers: readonly PartyDraft[]
  /** Absent for witnesses and copies, whose place follows from others. */
  move?: { canMoveUp: boolean; canMoveDown: boolean; onMove: (direction: -1 | 1) => void; onDragEnd: () => void; onDragStart: () => void }
  onRole: (role: PartyRole) => void
  onWitnessOf: (signer: string) => void
  onRemove: () => void
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
      <div className="party-buttons">
        {move && (
          <>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={`Move ${name} up`}
              data-move="-1"
              disabled={!move.canMoveUp}
              onClick={() => move.onMove(-1)}
            >
              <ArrowUp size={17} aria-hidden="true" />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={`Move ${name} down`}
              data-move="1"
              disabled={!move.canMoveDown}
              onClick={() => move.onMove(1)}
            >
              <ArrowDown size={17} aria-hidden="true" />
            </ActionIcon>
          </>
        )}
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Remove ${name}`} onClick={onRemove}>
          <X size={17} aria-hidden="true" />
        </ActionIcon>
      </div>
    </li>
  )
}
