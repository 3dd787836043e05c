import './deliveries.css'
import { Alert, Loader, Modal, SegmentedControl, Stack, Text, Title, UnstyledButton } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ask, withQuery } from './client.ts'
import type { OutboxMail, Page } from './contract.ts'
import { Header } from './header.tsx'
import { LoadMore } from './load-more.tsx'
import { useTitle } from './lost.tsx'
import { ago, inFull } from './moment.ts'
import { explain } from './problem.ts'

type Head = Pick<OutboxMail, 'id' | 'to' | 'subject' | 'createdAt'>

/** A mail as it would arrive. It stands in a frame of its own that runs nothing and reaches nothing of the workspace. */
function Mail({ id }: { id: string }) {
  const [as, setAs] = useState('html')
  const mail = useQuery({ queryKey: ['outbox', id], queryFn: ({ signal }) => ask<OutboxMail>('GET', `/api/outbox/${id}`, { signal }) })
  if (mail.error) return <Alert color="red">{explain(mail.error)}</Alert>
  if (!mail.data) return <Loader type="dots" aria-label="Loading" />
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        To {mail.data.to}, {inFull(mail.data.createdAt)}
      </Text>
      <SegmentedControl
        aria-label="Show as"
        value={as}
        onChange={setAs}
        data={[
          { value: 'html', label: 'As it looks' },
          { value: 'text', label: 'Plain text' },
        ]}
      />
      {as === 'html' ? (
        <iframe className="mail-frame" title={mail.data.subject} sandbox="" srcDoc={mail.data.html} />
      ) : (
        <pre className="mail-text">{mail.data.text}</pre>
      )}
    </Stack>
  )
}

/** Mail that was written and not sent, as no mail server is set; for administrators. */
export function Outbox() {
  useTitle('Outbox')
  const [opened, setOpened] = useState<Head | null>(null)
  const list = useInfiniteQuery({
    queryKey: ['outbox'],
    queryFn: ({ pageParam, signal }) => ask<Page<Head>>('GET', withQuery('/api/outbox', { cursor: pageParam, limit: 30 }), { signal }),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: 5000,
  })
  const found = list.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <>
      <Header />
      <main id="main" className="page" tabIndex={-1}>
        <Title order={1} fz="1.8rem">
          Outbox
        </Title>
        <Text c="dimmed" mb="lg">
          Mail that SmartStart wrote while it had no mail server. With <code>SMTP_URL</code> set, mail is sent and not kept here.
        </Text>
        {list.isPending && <Loader type="dots" aria-label="Loading" />}
        {list.error && <Alert color="red">{explain(list.error)}</Alert>}
        {list.data && found.length === 0 && (
          <Text role="status" c="dimmed">
            No mail is kept here.
          </Text>
        )}
        {found.length > 0 && (
          <ul className="delivery-list" aria-label="Mail">
            {found.map((head) => (
              <li key={head.id} className="delivery" style={{ padding: 0 }}>
                <UnstyledButton className="mail-button" onClick={() => setOpened(head)}>
                  <span className="delivery-words">
                    <span className="delivery-title">{head.subject}</span>
                    <span className="delivery-target">
                      To {head.to} · {ago(head.createdAt)}
                    </span>
                  </span>
                </UnstyledButton>
              </li>
            ))}
          </ul>
        )}
        <LoadMore list={list} />
        <Modal opened={opened !== null} onClose={() => setOpened(null)} title={opened?.subject ?? ''} size="xl">
          {opened && <Mail id={opened.id} />}
        </Modal>
      </main>
    </>
  )
}
