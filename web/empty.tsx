import { Button, Text, Title } from '@mantine/core'
import type { Kind } from './contract.ts'
import { KindSign, kindOrder, kinds } from './kind.tsx'

interface EmptyProps {
  kind: Kind | null
  q: string
  onCreate: (kind: Kind) => void
  onClear: () => void
}

/** Nothing to list: says what could be here and how to make the first one. */
export function Empty({ kind, q, onCreate, onClear }: EmptyProps) {
  if (q) {
    return (
      <div className="empty">
        <Title order={2} fz="xl">
          Nothing is called “{q}”
        </Title>
        <Text c="dimmed" mt="xs" mb="lg">
          The search looks at titles{kind ? ` of ${kinds[kind].many.toLowerCase()}` : ''}. A part of a word is enough.
        </Text>
        <Button variant="default" onClick={onClear}>
          Clear the search
        </Button>
      </div>
    )
  }
  return (
    <div className="empty">
      <Title order={2} fz="xl">
        {kind ? `No ${kinds[kind].many.toLowerCase()} yet` : 'A clear desk'}
      </Title>
      <Text c="dimmed" mt="xs" mb="xl">
        {kind
          ? 'Make the first one, or ask somebody to share theirs with you.'
          : 'Three things to write together. Everybody you share them with sees each word as it is typed.'}
      </Text>
      <div className="offers">
        {kindOrder
          .filter((each) => !kind || each === kind)
          .map((each) => (
            <button type="button" className="offer" key={each} onClick={() => onCreate(each)}>
              <KindSign kind={each} size={44} />
              <strong>New {kinds[each].one.toLowerCase()}</strong>
              <span>{kinds[each].purpose}</span>
            </button>
          ))}
      </div>
    </div>
  )
}
